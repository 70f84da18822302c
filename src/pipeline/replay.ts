// Replay: sends the dead letters of a route again, through the same sender as a run and under the same event ids.
import { BridgeError } from "../errors.ts";
import type { DeadLetterReplayStore, DeadLetterSight } from "./dead-letter-ports.ts";
import type { ForwardDeps, Route } from "./forward-feed.ts";
import type { LeaseKeeper } from "./lease.ts";
import { loadLedger } from "./ledger.ts";
import { withoutSending } from "./progress.ts";
import { oldestRead } from "./reading-plan.ts";
import { freshPositions, type RecoveryDeps } from "./recovery.ts";
import type { OutgoingEvent } from "./records.ts";
import { settleClaims } from "./replay-claims.ts";
import { eventOfLetter, lettersInOrder, loadsOfLetters } from "./replay-letters.ts";
import { openReplayTally, type ReplayFacts, type ReplayTally } from "./replay-tally.ts";
import { openProgress, type RouteProgress } from "./route-progress.ts";
import { createSender, type Sender } from "./sender.ts";
import type { Saved } from "./ports.ts";
import { underLease } from "./under-lease.ts";

export interface ReplayDeps extends Omit<ForwardDeps, "deadLetters" | "progressing" | "sliceMaxBytes" | "inFlight"> {
  readonly letters: DeadLetterReplayStore;
}

export type ReplayOutcome = ReplayFacts & ReplayEnding;

export type ReplayEnding =
  | { readonly kind: "done" }
  | { readonly kind: "out-of-time" }
  /** A run, or another replay, has the route. */
  | { readonly kind: "elsewhere"; readonly owner: string }
  | { readonly kind: "blocked"; readonly error: BridgeError };

/**
 * Sends each dead letter of the route once more. A letter is claimed before it is sent, and removed only once the sink
 * confirmed its event; refused again it stays, with the new reason. Two replays of one route never overlap, as both need
 * its lease; what a replay that died left claimed is looked up in the sink first (`settleClaims`). Throws only for bugs.
 */
export async function replayDeadLetters(route: Route, deps: ReplayDeps): Promise<ReplayOutcome> {
  const tally = openReplayTally(route.name);
  const ended = (ending: ReplayEnding): ReplayOutcome => ({ ...tally.facts(), ...ending });
  try {
    const outcome = await underLease(route.name, deps, (keeper, saved) =>
      replayUnderLease({ route, keeper, tally, deps }, saved),
    );
    return ended(outcome.kind === "done" ? { kind: "done" } : outcome);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return ended(error.code === "OUT_OF_TIME" ? { kind: "out-of-time" } : { kind: "blocked", error });
  }
}

/** One replay of one route under its lease. */
interface Turn {
  readonly route: Route;
  readonly keeper: LeaseKeeper;
  readonly tally: ReplayTally;
  readonly deps: ReplayDeps;
}

async function replayUnderLease(turn: Turn, saved: Saved): Promise<void> {
  const { route, keeper, tally, deps } = turn;
  const letters = await lettersInOrder(deps.letters.listDeadLetters(route.name));
  tally.noteFound(letters.length);
  if (letters.length === 0) return;
  const ledger = await loadLedger(
    deps.store,
    [route.name],
    oldestRead(saved.checkpoint, Object.keys(saved.checkpoint.parts)),
  );
  const progress = openProgress(saved, ledger, (change, revision) =>
    keeper.save((lease) => deps.store.save(route.name, change, revision, lease)),
  );
  const recovery = { ...recoveryDeps(turn), progress, ledger };
  const sender = createSender(keeper, deps.sending, recovery);
  try {
    // Also gives everything that an earlier replay has sent the time to arrive.
    await sender.recover();
    const open = await settleClaims(letters, { ...recovery, letters: deps.letters, owner: deps.owner, tally });
    for (const load of loadsOfLetters(open, deps.loadBytes)) {
      if (deps.reading.aborted) throw outOfTime(route.name);
      await replayLoad(load, turn, sender, recovery);
    }
  } catch (error) {
    // The reason it ended is the one to report; a mark that stays only makes the next run read back.
    if (error instanceof BridgeError) await saveMark(progress, sender).catch(unlessABug);
    throw error;
  }
  await saveMark(progress, sender);
}

/** Claims, sends, then removes what was confirmed. A claim stays on what may have arrived, and on nothing else. */
async function replayLoad(
  load: readonly DeadLetterSight[],
  { route, tally, deps }: Turn,
  sender: Sender,
  recovery: RecoveryDeps,
): Promise<void> {
  const { letters, owner } = deps;
  const positions = await freshPositions(recovery);
  const claims = new Map<string, DeadLetterSight>();
  const events: OutgoingEvent[] = [];
  for (const seen of load) {
    const { eventId } = seen.entry;
    const found = await eventOfLetter(seen.entry, route, () => letters.readDeadLetter(route.name, eventId));
    if (found.kind === "impossible") tally.noteUnsendable(eventId, found.reason);
    else {
      const claim = await letters.claimDeadLetter(route.name, seen, owner, positions && { positions });
      if (claim === undefined) continue; // changed by somebody else meanwhile: left for another replay
      claims.set(eventId, claim);
      events.push(found.event);
    }
  }
  if (events.length === 0) return;
  const report = await sender.send(events);
  const giveBack = async ({ eventId }: OutgoingEvent, reason?: string): Promise<void> => {
    const claim = claims.get(eventId);
    claims.delete(eventId);
    if (claim !== undefined) await letters.releaseDeadLetter(route.name, claim, reason);
  };
  for (const { eventId } of report.confirmed) {
    claims.delete(eventId);
    await letters.removeDeadLetter(route.name, eventId);
    tally.noteDelivered();
  }
  for (const { event, reason } of report.refused) {
    await giveBack(event, reason);
    tally.noteRefused(event.eventId, reason);
  }
  if (report.failure === undefined) return;
  if (report.failure.code !== "SINK_UNCERTAIN") for (const event of events) await giveBack(event);
  throw report.failure;
}

function recoveryDeps({ route, tally, deps }: Turn): Omit<RecoveryDeps, "progress" | "ledger"> {
  return {
    route: route.name,
    sink: route.sink,
    warnings: tally.warnings,
    now: () => deps.now(),
    wait: (ms, signal) => deps.clock.wait(ms, signal),
    signal: deps.reading,
    maxBytes: deps.readBackBytes,
  };
}

/** Takes the mark `sending` away unless something may be in the sink that nobody knows of. */
async function saveMark(progress: RouteProgress, sender: Sender): Promise<void> {
  if (sender.nothingUncertain && progress.checkpoint.sending !== undefined) progress.update(withoutSending);
  if (progress.changed) await progress.save();
}

function unlessABug(error: unknown): void {
  if (!(error instanceof BridgeError)) throw error;
}

function outOfTime(route: string): BridgeError {
  return new BridgeError("OUT_OF_TIME", `Route ${route}: the time was over before every dead letter was sent`, {
    fix: "Run the replay again: it goes on with those that are left.",
  });
}
