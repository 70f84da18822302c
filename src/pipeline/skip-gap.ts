// Gives up a span that cannot be read, on an operator's word: it is recorded, and the feed goes on behind it.
import { BridgeError } from "../errors.ts";
import type { Route } from "./forward-feed.ts";
import type { Checkpoint, Gap } from "./ports.ts";
import { raiseWatermark } from "./progress.ts";
import { doneTo } from "./reading-plan.ts";
import type { Instant, Window } from "./records.ts";
import { underLease, type LeaseWorkDeps } from "./under-lease.ts";
import { describeWindow, isoText } from "./windows.ts";

export interface SkipGapDeps extends LeaseWorkDeps {
  now(): Instant;
}

export type SkipGapOutcome =
  | {
      readonly kind: "skipped";
      readonly gap: Gap;
      /** How far the part is done now. */
      readonly doneTo: Instant;
      readonly watermark: Instant;
    }
  | { readonly kind: "elsewhere"; readonly owner: string };

/**
 * Records a gap in one part of a route and moves the part to its end. Without a `part` the route must have only one.
 * Throws `GAP_REFUSED` for what would not be a gap, see `withGap`, and what lease, store and discovery throw.
 */
export async function skipGap(
  route: Route,
  part: string | undefined,
  window: Window,
  reason: string,
  deps: SkipGapDeps,
): Promise<SkipGapOutcome> {
  const outcome = await underLease(route.name, deps, async (keeper, saved) => {
    const parts = await route.source.parts(deps.reading, Object.keys(saved.checkpoint.parts));
    const now = deps.now();
    const gap = { part: chosen(route.name, part, parts), ...window, reason, at: now };
    const checkpoint = withGap(saved.checkpoint, gap, { parts, end: now - route.timing.settleDelayMs });
    const change = { checkpoint, deadLetters: [] };
    const after = await keeper.save((lease) => deps.store.save(route.name, change, saved.revision, lease));
    const { watermark } = after.checkpoint;
    return { kind: "skipped" as const, gap, doneTo: doneTo(after.checkpoint, gap.part), watermark };
  });
  return outcome.kind === "done" ? outcome.result : outcome;
}

/** How far the feed may be done at all, and in which parts it is read. */
export interface GapTerms {
  readonly parts: readonly string[];
  /** Now minus the settle delay: what comes later is not due yet. */
  readonly end: Instant;
}

/**
 * The checkpoint with the gap. The part moves to the end of it and never back; the watermark follows. The gap must begin
 * where the part stands or before, so that nothing is left out between, and end where everything is due. One that ends
 * before the part only keeps the lookback away.
 */
export function withGap(checkpoint: Checkpoint, gap: Gap, { parts, end }: GapTerms): Checkpoint {
  const { part, from, to, reason } = gap;
  const reached = doneTo(checkpoint, part);
  const refused = (why: string, fix: string): BridgeError =>
    new BridgeError("GAP_REFUSED", `The gap ${describeWindow(gap)} ${why}`, { fix });
  if (!(from < to)) throw refused("is empty", "Give a time --to that is later than --from.");
  if (reason.trim() === "") throw refused("has no reason", "Say in --reason why these records are given up.");
  if (to <= checkpoint.start) {
    throw refused(`ends before the feed begins, at ${isoText(checkpoint.start)}`, "There is nothing to skip.");
  }
  if (to > end) {
    throw refused(
      `ends later than what is due now, ${isoText(end)}`,
      "End it there or earlier; the future is not lost.",
    );
  }
  if (from > reached) {
    throw refused(
      `begins behind what is still to be read: the feed stands at ${isoText(reached)}`,
      `Begin it at ${isoText(reached)} or earlier; what lies between would be lost without a record.`,
    );
  }
  const gaps = makeRoom(checkpoint.gaps ?? [], checkpoint.coveredFrom);
  if (gaps === undefined) {
    throw refused(
      `would be number ${MOST_GAPS + 1} of this route`,
      "Something else is wrong: change the feed so that its windows can be read, as the error of its runs says.",
    );
  }
  const moved = { ...checkpoint.parts[part], doneTo: Math.max(reached, to) };
  const kept = { ...gap, readTo: reached, reason: reason.slice(0, MOST_REASON_CHARACTERS).toWellFormed() };
  return raiseWatermark({ ...checkpoint, parts: { ...checkpoint.parts, [part]: moved }, gaps: [...gaps, kept] }, parts);
}

/** All of them are in the checkpoint's one row. */
const MOST_GAPS = 100;
const MOST_REASON_CHARACTERS = 300;

/** Reading never goes behind `coveredFrom`: gaps before it are history, and the oldest of them may go. */
function makeRoom(gaps: readonly Gap[], coveredFrom: Instant): readonly Gap[] | undefined {
  if (gaps.length < MOST_GAPS) return gaps;
  const oldest = gaps.reduce((one, other) => (other.to < one.to ? other : one));
  return oldest.to <= coveredFrom ? gaps.filter((gap) => gap !== oldest) : undefined;
}

function chosen(route: string, part: string | undefined, parts: readonly string[]): string {
  const [only] = parts;
  if (part === undefined && only !== undefined && parts.length === 1) return only;
  if (part !== undefined && parts.includes(part)) return part;
  const some = parts.slice(0, 20).map((one) => JSON.stringify(one));
  const list = `${some.join(", ")}${parts.length > some.length ? " and more" : ""}`;
  const wrong = part === undefined ? "is read in several parts" : `has no part ${JSON.stringify(part)}`;
  throw new BridgeError("GAP_REFUSED", `Route ${route} ${wrong}: ${list}`, {
    fix: "Name one of them with --part, written exactly so.",
  });
}
