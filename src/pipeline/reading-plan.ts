// Decides what a run reads, and in which order: what is new first, then what may have come late.
import { BridgeError, type ErrorCode } from "../errors.ts";
import type { Checkpoint, FeedSource } from "./ports.ts";
import type { Instant, Window } from "./records.ts";
import { readSlices, type Slice } from "./slices.ts";
import { firstWindow, spanOf } from "./windows.ts";

/** Times of a feed, all in milliseconds; see the settings of the same names. */
export interface Timing {
  /** Where the feed begins, asked once, at its first attempt. */
  startAt(now: Instant): Instant;
  readonly lookbackMs: number;
  readonly deepLookbackMs: number;
  readonly settleDelayMs: number;
  readonly windowMs: number;
}

export type PlannedSlice = Slice & { readonly purpose: "progress" | "lookback" };

export interface ReadingPlan {
  readonly feed: string;
  readonly source: FeedSource;
  readonly parts: readonly string[];
  readonly checkpoint: Checkpoint;
  /** Progress ends here: the run's now minus the settle delay. */
  readonly end: Instant;
  readonly windowMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * The slices of one run. Progress goes window by window, always with the part that is furthest behind, so that the
 * watermark (their minimum) moves. The owed lookback of each part follows as one window, split only if it must be.
 * A part whose own answers cannot be used is left where it is while the others go on; its error is thrown at the end.
 */
export async function* plannedSlices(plan: ReadingPlan): AsyncGenerator<PlannedSlice, void, undefined> {
  const stopped = new Map<string, BridgeError>();
  yield* progressSlices(plan, stopped);
  yield* lookbackSlices(plan, stopped);
  for (const error of stopped.values()) throw error;
}

async function* progressSlices(plan: ReadingPlan, stopped: Map<string, BridgeError>): AsyncGenerator<PlannedSlice> {
  const { checkpoint, source } = plan;
  const behind = new Map(plan.parts.map((part) => [part, doneTo(checkpoint, part)]));
  const hints = new Map(plan.parts.map((part) => [part, checkpoint.parts[part]?.hint]));
  for (;;) {
    const part = furthestBehind(behind);
    if (part === undefined) return;
    const todo: Window = { from: behind.get(part) ?? plan.end, to: plan.end };
    const window = source.ascending ? (todo.from < todo.to ? todo : undefined) : firstWindow(todo, plan.windowMs);
    if (window === undefined) {
      behind.delete(part);
      continue;
    }
    const request = { ...sliceRequest(plan, part, hints.get(part)), window };
    for await (const slice of unlessStopped(part, stopped, () => readSlices(source, request))) {
      yield { ...slice, purpose: "progress" };
      if (slice.closedTo !== undefined) behind.set(part, slice.closedTo);
      if (slice.hint !== undefined) hints.set(part, slice.hint);
    }
    if (stopped.has(part)) behind.delete(part);
  }
}

async function* lookbackSlices(plan: ReadingPlan, stopped: Map<string, BridgeError>): AsyncGenerator<PlannedSlice> {
  for (const part of plan.parts) {
    const window = plan.checkpoint.lookback[part];
    if (window === undefined || stopped.has(part)) continue;
    const request = { ...sliceRequest(plan, part, plan.checkpoint.parts[part]?.hint), window };
    for await (const slice of unlessStopped(part, stopped, () => readSlices(plan.source, request))) {
      yield { ...slice, purpose: "lookback" };
    }
  }
}

/** Passes slices on; an error that is this part's own ends it quietly and is kept for the end of the run. */
async function* unlessStopped(
  part: string,
  stopped: Map<string, BridgeError>,
  read: () => AsyncIterable<Slice>,
): AsyncGenerator<Slice> {
  try {
    yield* read();
  } catch (error) {
    if (!(error instanceof BridgeError) || !OWN_TO_A_PART.has(error.code)) throw error;
    stopped.set(part, error);
  }
}

/** What another part of the same feed may well not meet. Anything else would only fail again, part after part. */
const OWN_TO_A_PART: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "REQUEST_REJECTED",
  "WINDOW_SATURATED",
  "PAGING_UNRELIABLE",
  "RESPONSE_UNREADABLE",
  "RESPONSE_TOO_LARGE",
  "RIGHTS_FILTERED",
]);

/**
 * The checkpoint with the lookback that this run owes: for each part from its progress back by the lookback, once a day
 * by the deep one, never behind what the ledger covers (a raised lookback must not send again what was sent before),
 * and together with what earlier runs left unread. Parts that are no longer read owe nothing: the ledger would have to
 * be kept for them for ever.
 */
export function withOwedLookback(
  checkpoint: Checkpoint,
  parts: readonly string[],
  timing: Timing,
  now: Instant,
): Checkpoint {
  const deep = now - checkpoint.deepLookbackAt >= DAY_MS;
  const backMs = deep ? Math.max(timing.deepLookbackMs, timing.lookbackMs) : timing.lookbackMs;
  const lookback: Record<string, Window> = {};
  for (const part of parts) {
    const to = doneTo(checkpoint, part);
    const from = Math.max(to - backMs, checkpoint.coveredFrom, checkpoint.start);
    const owed = checkpoint.lookback[part];
    if (from < to) lookback[part] = owed === undefined ? { from, to } : spanOf(owed, { from, to });
    else if (owed !== undefined) lookback[part] = owed;
  }
  return { ...checkpoint, lookback, deepLookbackAt: deep ? now : checkpoint.deepLookbackAt };
}

/** How far a part is done; a part met for the first time begins where the feed began. */
export function doneTo(checkpoint: Checkpoint, part: string): Instant {
  return checkpoint.parts[part]?.doneTo ?? checkpoint.start;
}

const DAY_MS = 24 * 60 * 60 * 1000;

function furthestBehind(behind: ReadonlyMap<string, Instant>): string | undefined {
  let found: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [part, at] of behind) {
    if (at < least) {
      found = part;
      least = at;
    }
  }
  return found;
}

function sliceRequest(plan: ReadingPlan, part: string, hint: string | undefined) {
  const { feed, maxBytes, signal } = plan;
  return hint === undefined ? { feed, part, maxBytes, signal } : { feed, part, maxBytes, signal, hint };
}
