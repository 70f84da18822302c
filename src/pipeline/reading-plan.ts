// Decides what a run reads, and in which order: what is new first, then what may have come late.
import { BridgeError, type ErrorCode } from "../errors.ts";
import { firstOutsideGaps } from "./gaps.ts";
import { furthestBehind, nextLookbacks, nextWindows, type NextWindow } from "./next-windows.ts";
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
  /** Nothing from here on is read: the end of a backfill. */
  readonly until?: Instant;
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
  /** Aborts when progress must make room for an owed lookback. */
  readonly progressing: AbortSignal;
  /** Told when the length of a part's windows changes; `undefined` when it is that of the setting again. */
  rememberWindow(part: string, windowMs: number | undefined): void;
}

/**
 * The slices of one run. Progress goes window by window, always with the part that is furthest behind, so that the
 * watermark (their minimum) moves; the owed lookback of each part follows as one window, split only if it must be. In a
 * busy run progress makes room when its time is up, so that late records are looked for in every run, and then goes on.
 * A part whose own answers cannot be used is left where it is while the others go on; its error is thrown at the end.
 */
export async function* plannedSlices(plan: ReadingPlan): AsyncGenerator<PlannedSlice, void, undefined> {
  const stopped = new Map<string, BridgeError>();
  const state: PlanState = {
    plan,
    stopped,
    behind: new Map(plan.parts.map((part) => [part, doneTo(plan.checkpoint, part)])),
    hints: new Map(plan.parts.map((part) => [part, plan.checkpoint.parts[part]?.hint])),
    widths: new Map(plan.parts.map((part) => [part, rememberedWidth(plan, part)])),
    closed: new Set(),
  };
  try {
    yield* progressSlices(state, () => !plan.progressing.aborted);
    yield* lookbackSlices(state);
    yield* progressSlices(state, () => true);
  } finally {
    expectAll(plan, []);
  }
  for (const error of stopped.values()) throw error;
}

interface PlanState {
  readonly plan: ReadingPlan;
  readonly stopped: Map<string, BridgeError>;
  /** How far each part is read; parts that are level are taken out. */
  readonly behind: Map<string, Instant>;
  readonly hints: Map<string, string | undefined>;
  /** Length of the next window of each part. */
  readonly widths: Map<string, number>;
  /** What this run has closed anything of. */
  readonly closed: Set<PlannedSlice["purpose"]>;
}

async function* progressSlices(state: PlanState, mayGoOn: () => boolean): AsyncGenerator<PlannedSlice> {
  const { plan, behind, hints, widths, stopped } = state;
  const { source } = plan;
  while (mayGoOn()) {
    const part = furthestBehind(behind);
    if (part === undefined) return;
    // Progress meets a gap only where the route was set back: what was given up stays so.
    const todo = firstOutsideGaps({ from: behind.get(part) ?? plan.end, to: plan.end }, plan.checkpoint, part);
    const widthMs = widths.get(part) ?? plan.windowMs;
    const window = todo === undefined || source.ascending ? todo : firstWindow(todo, widthMs);
    if (window === undefined) {
      behind.delete(part);
      continue;
    }
    const request = { ...sliceRequest(plan, part, hints.get(part)), window };
    expectNext(state, { part, window });
    const read = shrinking(state, { part, window, purpose: "progress" }, () => readSlices(source, request));
    for await (const slice of unlessStopped(part, stopped, () => read)) {
      yield { ...slice, purpose: "progress" };
      if (slice.closedTo !== undefined) behind.set(part, slice.closedTo);
      if (slice.hint !== undefined) hints.set(part, slice.hint);
      if (slice.closedTo === window.to) grow(state, part);
    }
    if (stopped.has(part)) behind.delete(part);
  }
}

async function* lookbackSlices(state: PlanState): AsyncGenerator<PlannedSlice> {
  const { plan, stopped } = state;
  for (const [index, part] of plan.parts.entries()) {
    let owed = plan.checkpoint.lookback[part];
    while (owed !== undefined && !stopped.has(part)) {
      const open = firstOutsideGaps(owed, plan.checkpoint, part);
      if (open === undefined) break;
      const { to } = owed;
      // Progress may have made the windows long again: what they were before counts as well.
      const widthMs = Math.min(state.widths.get(part) ?? plan.windowMs, rememberedWidth(plan, part));
      const whole = plan.source.ascending || widthMs >= plan.windowMs;
      const window = (whole ? undefined : firstWindow(open, widthMs)) ?? open;
      const request = { ...sliceRequest(plan, part, plan.checkpoint.parts[part]?.hint), window };
      expectAll(plan, [{ part, window }, ...lookbacksOf(state, plan.parts.slice(index + 1))]);
      const read = shrinking(state, { part, window, purpose: "lookback" }, () => readSlices(plan.source, request));
      let reached = open.from;
      for await (const slice of unlessStopped(part, stopped, () => read)) {
        yield { ...slice, purpose: "lookback" };
        reached = slice.closedTo ?? reached;
      }
      owed = { from: reached, to };
    }
  }
}

/** This window of progress and what follows it if all goes well: windows of progress, then the lookback. */
function expectNext(state: PlanState, current: NextWindow): void {
  const { plan, behind } = state;
  const next = nextWindows(behind, current, { ...plan, isShortened: (part) => isShortened(state, part) });
  expectAll(plan, [current, ...next, ...lookbacksOf(state, plan.parts)]);
}

function lookbacksOf(state: PlanState, parts: readonly string[]): readonly NextWindow[] {
  const { checkpoint } = state.plan;
  return nextLookbacks(parts, (part) => {
    const owed = checkpoint.lookback[part];
    if (owed === undefined || state.stopped.has(part) || isShortened(state, part)) return undefined;
    return firstOutsideGaps(owed, checkpoint, part);
  });
}

function expectAll({ source, signal }: ReadingPlan, next: readonly NextWindow[]): void {
  if (!source.ascending) source.expect?.(next.map((one) => ({ ...one, signal })));
}

function isShortened({ plan, widths }: PlanState, part: string): boolean {
  return Math.min(widths.get(part) ?? plan.windowMs, rememberedWidth(plan, part)) < plan.windowMs;
}

/**
 * A window that takes the API too long is read again at half its length: at once after a time-out; in the next run after
 * an overload (which may have nothing to do with the window), or when the time of the run was not enough to close
 * anything. The length is remembered, and grows again.
 */
async function* shrinking(
  state: PlanState,
  { part, window, purpose }: Pick<PlannedSlice, "part" | "window" | "purpose">,
  read: () => AsyncIterable<Slice>,
): AsyncGenerator<Slice> {
  try {
    for await (const slice of read()) {
      if (slice.closedTo !== undefined) state.closed.add(purpose);
      yield slice;
    }
  } catch (error) {
    const lengthMs = window.to - window.from;
    if (!isTooMuch(error, state.closed.has(purpose)) || state.plan.source.ascending) throw error;
    // A window may be half as long again as it should, see `firstWindow`.
    if (lengthMs <= LEAST_WINDOW_MS * 1.5) throw error;
    const widthMs = Math.max(LEAST_WINDOW_MS, Math.floor(Math.min(lengthMs, state.plan.windowMs) / 2));
    state.widths.set(part, widthMs);
    state.plan.rememberWindow(part, widthMs);
    if (error.code !== "API_TIMEOUT" || state.plan.signal.aborted) throw error;
  }
}

function isTooMuch(error: unknown, closedAny: boolean): error is BridgeError {
  if (!(error instanceof BridgeError)) return false;
  return (
    error.code === "API_TIMEOUT" || error.code === "API_UNAVAILABLE" || (error.code === "OUT_OF_TIME" && !closedAny)
  );
}

function rememberedWidth({ checkpoint, windowMs }: ReadingPlan, part: string): number {
  return checkpoint.parts[part]?.windowMs ?? windowMs;
}

function grow({ plan, widths }: PlanState, part: string): void {
  const widthMs = widths.get(part) ?? plan.windowMs;
  if (widthMs >= plan.windowMs) return;
  const wider = Math.min(plan.windowMs, widthMs * 2);
  widths.set(part, wider);
  plan.rememberWindow(part, wider < plan.windowMs ? wider : undefined);
}

/** Below this a query asks for hardly anything; what takes too long then is not the window. */
const LEAST_WINDOW_MS = 60_000;

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
  "WINDOW_INCOMPLETE",
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
  const deep = owesDeepLookback(checkpoint, now);
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

/** Once a day. */
export function owesDeepLookback({ deepLookbackAt }: Checkpoint, now: Instant): boolean {
  return now - deepLookbackAt >= DAY_MS;
}

/** How far a part is done; a part met for the first time begins where the feed began. */
export function doneTo(checkpoint: Checkpoint, part: string): Instant {
  return checkpoint.parts[part]?.doneTo ?? checkpoint.start;
}

/** The ledger is needed from here on: nothing older is read in this run. */
export function oldestRead(checkpoint: Checkpoint, parts: readonly string[]): Instant {
  const spans = parts.map((part) => checkpoint.lookback[part]?.from ?? doneTo(checkpoint, part));
  return Math.min(checkpoint.watermark, ...spans);
}

const DAY_MS = 24 * 60 * 60 * 1000;

function sliceRequest(plan: ReadingPlan, part: string, hint: string | undefined) {
  const { feed, maxBytes, signal } = plan;
  return hint === undefined ? { feed, part, maxBytes, signal } : { feed, part, maxBytes, signal, hint };
}
