// The end of a backfill: its dead letters go to the live route, and its span counts as delivered.
import type { BackfillStore, OpenBackfill } from "./backfill-ports.ts";
import { closed } from "./backfill-plan.ts";
import type { DeadLetterReplayStore, DeadLetterSight } from "./dead-letter-ports.ts";
import type { DeadLetterStore } from "./ports.ts";
import { underLeaseWhenFree, type LeaseWorkDeps } from "./under-lease.ts";

export interface FinishDeps extends Omit<LeaseWorkDeps, "reading"> {
  readonly book: BackfillStore;
  readonly letters: Pick<DeadLetterReplayStore, "listDeadLetters" | "readDeadLetter" | "removeDeadLetter">;
  readonly deadLetters: DeadLetterStore;
  readonly stop: AbortSignal;
}

/** Each step may be done again: a backfill that dies in here finishes when it is resumed. False when it was stopped. */
export async function finishBackfill(
  route: string,
  own: string,
  entry: OpenBackfill,
  deps: FinishDeps,
): Promise<boolean> {
  const letters: DeadLetterSight[] = [];
  for await (const letter of deps.letters.listDeadLetters(own)) letters.push(letter);
  if (letters.length > 0 && !(await moveLetters(letters, route, own, deps))) return false;
  const saved = await deps.store.load(own);
  for (;;) {
    const sight = await deps.book.loadBook(route);
    if (saved === undefined || !sight.book.open.some((one) => one.since === entry.since && one.from === entry.from))
      return true;
    if (await deps.book.saveBook(route, closed(sight.book, entry, saved.checkpoint), sight)) return true;
  }
}

/** Where replay, retention and the operator look for them. Bodies first, as ever; then the rows; then the old ones go. */
async function moveLetters(
  letters: readonly DeadLetterSight[],
  route: string,
  own: string,
  deps: FinishDeps,
): Promise<boolean> {
  for (const { entry } of letters) {
    const { eventId, reason } = entry;
    const body = await deps.letters.readDeadLetter(own, eventId);
    if (body !== undefined) await deps.deadLetters.put(route, { eventId, reason, body });
  }
  const moved = await underLeaseWhenFree(route, { ...deps, reading: deps.stop }, async (keeper, saved) => {
    let { revision } = saved;
    for (let from = 0; from < letters.length; from += MOST_LETTERS) {
      const deadLetters = letters.slice(from, from + MOST_LETTERS).map(({ entry }) => entry);
      const change = { checkpoint: saved.checkpoint, deadLetters };
      ({ revision } = await keeper.save((lease) => deps.store.save(route, change, revision, lease)));
    }
  });
  if (moved.kind !== "done") return false;
  for (const { entry } of letters) await deps.letters.removeDeadLetter(own, entry.eventId);
  return true;
}

/** Rows in one transaction beside the checkpoint and the lease. */
const MOST_LETTERS = 50;
