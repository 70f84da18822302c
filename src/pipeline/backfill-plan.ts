// What a backfill has to read: of its range, all that neither the live route nor a backfill before it has delivered.
import { BridgeError } from "../errors.ts";
import type { BackfillBook, OpenBackfill } from "./backfill-ports.ts";
import { firstCheckpoint, raiseWatermark } from "./progress.ts";
import { pastGaps } from "./gaps.ts";
import type { Checkpoint, Gap } from "./ports.ts";
import { doneTo } from "./reading-plan.ts";
import type { Instant, Window } from "./records.ts";
import { common, merged, overlap, without } from "./spans.ts";
import { describeWindow, isoText } from "./windows.ts";

export interface BackfillRequest extends Window {
  /** Deliver once more what was delivered already. */
  readonly again: boolean;
}

/** By part; parts with nothing of a kind are left out. */
export interface BackfillPlan {
  readonly request: BackfillRequest;
  readonly parts: readonly string[];
  /** To be read and sent. */
  readonly todo: SpansByPart;
  /** Delivered already: left out, or with `again` sent once more. */
  readonly delivered: SpansByPart;
  /** Not come to yet by the live route, which will read it itself. */
  readonly leftToLive: SpansByPart;
}

export type SpansByPart = Readonly<Record<string, readonly Window[]>>;

/** `live` is the checkpoint of the route itself. Throws `BACKFILL_REFUSED` for a range that is none. */
export function planBackfill(
  request: BackfillRequest,
  parts: readonly string[],
  live: Checkpoint,
  book: BackfillBook,
): BackfillPlan {
  if (!(request.from < request.to)) {
    throw refused(`The range ${describeWindow(request)} is empty`, "Give a time --to that is later than --from.");
  }
  const range = [{ from: request.from, to: request.to }];
  const plans = parts.map((part) => {
    const ahead = [{ from: doneTo(live, part), to: Number.POSITIVE_INFINITY }];
    const delivered = common(range, merged([...deliveredLive(live, part), ...(book.delivered[part] ?? [])]));
    const leftToLive = common(range, ahead);
    const todo = without(range, [...ahead, ...(request.again ? [] : delivered)]);
    return { part, todo, delivered, leftToLive };
  });
  const pick = (of: (one: (typeof plans)[number]) => readonly Window[]): SpansByPart =>
    Object.fromEntries(plans.flatMap((one) => (of(one).length === 0 ? [] : [[one.part, of(one)]])));
  return {
    request,
    parts,
    todo: pick((one) => one.todo),
    delivered: pick((one) => one.delivered),
    leftToLive: pick((one) => one.leftToLive),
  };
}

/** From the live route's beginning to where it stands, without what an operator gave up before it was read. */
function deliveredLive(live: Checkpoint, part: string): readonly Window[] {
  const givenUp = (live.gaps ?? []).filter((gap) => gap.part === part);
  const unread = givenUp.map(({ from, to, readTo = from }) => ({ from: Math.max(from, readTo), to }));
  return without([{ from: live.start, to: doneTo(live, part) }], unread);
}

/** The open backfill of this very range; else the book with it. Throws `BACKFILL_REFUSED` where another one overlaps. */
export function opened(
  book: BackfillBook,
  { from, to, again }: BackfillRequest,
  { by, since }: Pick<OpenBackfill, "by" | "since">,
): { readonly entry: OpenBackfill; readonly book: BackfillBook; readonly resumes: boolean } {
  const same = book.open.find((one) => one.from === from && one.to === to && one.again === again);
  if (same !== undefined) return { entry: same, book, resumes: true };
  const other = book.open.find((one) => overlap(one, { from, to }));
  if (other !== undefined) {
    throw refused(
      `The range ${describeWindow({ from, to })} overlaps with the backfill of ${describeWindow(other)}, which is open since ${isoText(other.since)}`,
      `Finish that one first: bridge backfill --from ${isoText(other.from)} --to ${isoText(other.to)}${other.again ? " --again" : ""}.`,
    );
  }
  const spans = Object.values(book.delivered).reduce((sum, list) => sum + list.length, 0);
  if (book.open.length >= MOST_OPEN || spans >= MOST_SPANS) {
    throw refused(
      `There are ${book.open.length} backfills open and ${spans} spans delivered, more than can be kept`,
      "Finish those that are open, and fill the spans in between: spans that touch become one.",
    );
  }
  const entry = { from, to, again, by, since };
  return { entry, book: { ...book, open: [...book.open, entry] }, resumes: false };
}

/** All of it is one row of the state table. */
const MOST_OPEN = 20;
const MOST_SPANS = 3000;

/** The book without the backfill, and with what it has delivered. */
export function closed(book: BackfillBook, entry: OpenBackfill, progress: Checkpoint): BackfillBook {
  const delivered: Record<string, readonly Window[]> = { ...book.delivered };
  for (const part of Object.keys(progress.parts)) {
    const skipped = (progress.gaps ?? []).filter((gap) => gap.part === part);
    const spans = merged([...(delivered[part] ?? []), ...without([entry], skipped)]);
    if (spans.length > 0) delivered[part] = spans;
  }
  return { open: book.open.filter((one) => !isSame(one, entry)), delivered };
}

export function isSame(one: OpenBackfill, other: OpenBackfill): boolean {
  return one.from === other.from && one.to === other.to && one.again === other.again && one.since === other.since;
}

/** The name under which its progress is kept: one for each backfill that was ever opened. */
export function backfillName(route: string, { from, to, since }: OpenBackfill): string {
  return `${route}~backfill-${compact(from)}-${compact(to)}-${compact(since)}`;
}

function compact(instant: Instant): string {
  return isoText(instant).replaceAll(/[-:.]/g, "");
}

/** Where the backfill begins: what is not to be read are its gaps. */
export function firstBackfillCheckpoint(plan: BackfillPlan, live: Checkpoint, now: Instant): Checkpoint {
  const { request, parts, todo } = plan;
  const gaps = parts.flatMap((part): Gap[] =>
    without([request], todo[part] ?? []).map((span) => ({ part, ...span, reason: "not for this backfill", at: now })),
  );
  const begun = {
    ...firstCheckpoint(request.from, now),
    gaps,
    // A feed that has shown records has the right to read them: an hour without any is no sign of missing rights.
    nextSegment: Math.min(live.nextSegment, 1),
  };
  const moved = parts.map((part) => [part, { doneTo: Math.min(request.to, pastGaps(request.from, begun, part)) }]);
  return raiseWatermark({ ...begun, parts: Object.fromEntries(moved) }, parts);
}

/** True once each part has come to the end of the range. */
export function isDone(progress: Checkpoint, { to }: Window): boolean {
  return Object.keys(progress.parts).every((part) => doneTo(progress, part) >= to);
}

function refused(what: string, fix: string): BridgeError {
  return new BridgeError("BACKFILL_REFUSED", what, { fix });
}
