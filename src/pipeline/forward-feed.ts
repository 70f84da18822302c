// The main path: forwards one feed to one sink. Timer, queue, webhook, backfill and replay all end here.
import { BridgeError } from "../errors.ts";
import { forwardLoad, type LoadDeps } from "./forward-load.ts";
import { loadLedger, type Updates } from "./ledger.ts";
import { gatherLoads } from "./loads.ts";
import type { Checkpoint, CheckpointStore, DeadLetterStore, FeedSource, Saved, Sink } from "./ports.ts";
import { expireLedger, firstCheckpoint, raiseWatermark } from "./progress.ts";
import { readAhead } from "./read-ahead.ts";
import { doneTo, plannedSlices, withOwedLookback, type ReadingPlan, type Timing } from "./reading-plan.ts";
import type { Instant } from "./records.ts";
import { openProgress } from "./route-progress.ts";
import { settledUpTo } from "./settled-up-to.ts";
import { addTotals, noTotals, type Totals } from "./totals.ts";
import { visibility } from "./visibility.ts";

/** Feed -> sink. The name is stable for ever: it is the key of the state and travels on every event. */
export interface Route {
  readonly name: string;
  readonly feed: string;
  readonly source: FeedSource;
  readonly sink: Sink;
  readonly timing: Timing;
  readonly updates: Updates;
}

/** How one run of one route ended. Only `blocked` asks for attention. */
export type RunOutcome = RunFacts &
  (
    | { readonly kind: "caught-up" }
    | { readonly kind: "out-of-time" }
    | { readonly kind: "blocked"; readonly error: BridgeError }
  );

export interface RunFacts {
  readonly route: string;
  readonly totals: Totals;
  /** No state was found: the feed begins at `start`. */
  readonly firstRun: boolean;
  /** Absent, like the watermark, when the state could not be read. */
  readonly start?: Instant;
  readonly watermark?: Instant;
  /** What went wrong without harm to the run: the next one does it again. */
  readonly warnings: readonly BridgeError[];
}

/** Everything the main path touches outside itself. Tests pass in-memory versions. */
export interface ForwardDeps {
  readonly store: CheckpointStore;
  readonly deadLetters: DeadLetterStore;
  now(): Instant;
  /** Aborts when reading must stop, early enough for what was read to be sent and saved. */
  readonly reading: AbortSignal;
  /** Aborts when the run must end. */
  readonly sending: AbortSignal;
  /** Most response bytes of one slice; a window with more is split. */
  readonly sliceMaxBytes: number;
  /** Response bytes gathered before they are sent and saved together. */
  readonly loadBytes: number;
}

/**
 * Forwards one feed until it is caught up, out of time or blocked. A window counts as done only once each of its
 * records was confirmed or dead-lettered: a crash can repeat records and never loses one. `saved` is what the store
 * holds for this route, `undefined` on its first run. Throws only for bugs.
 */
export async function forwardFeed(route: Route, saved: Saved | undefined, deps: ForwardDeps): Promise<RunOutcome> {
  const began = deps.now();
  const first = firstCheckpoint(saved === undefined ? route.timing.startAt(began) : 0, began);
  const { start } = saved?.checkpoint ?? first;
  let { watermark } = saved?.checkpoint ?? first;
  let totals = noTotals();
  const warnings: BridgeError[] = [];
  const facts = (): RunFacts => ({
    route: route.name,
    totals,
    firstRun: saved === undefined,
    start,
    watermark,
    warnings,
  });
  try {
    // The start is kept at once: it is counted back from the first attempt, not from the first one that succeeds.
    const opened = saved ?? (await deps.store.save(route.name, { checkpoint: first, deadLetters: [] }, undefined));
    const parts = await route.source.parts(deps.reading);
    const checkpoint = withOwedLookback(opened.checkpoint, parts, route.timing, began);
    const ledger = await loadLedger(deps.store, route.name, oldestRead(checkpoint, parts));
    const progress = openProgress(route.name, { checkpoint, revision: opened.revision }, ledger, deps.store);
    const visible = visibility(route.feed, checkpoint);
    const load = loadDeps(route, deps, { ledger, progress, mayClose: (slice) => visible.mayClose(slice) });
    const stop = new AbortController();
    const slices = plannedSlices(readingPlan(route, deps, { checkpoint, parts, stop, began }));
    for await (const next of readAhead(gatherLoads(slices, deps.loadBytes), stop)) {
      const done = await forwardLoad(next, load);
      totals = addTotals(totals, done.totals);
      progress.update((reached) => ({ ...raiseWatermark(reached, parts), servedAt: deps.now() }));
      await progress.save();
      ({ watermark } = progress.checkpoint);
      if (done.failure !== undefined) throw done.failure;
    }
    visible.throwIfAllHidden();
    const { before, checkpoint: final } = expireLedger(progress.checkpoint, parts, route.timing);
    progress.update(() => final);
    await progress.save();
    await compact(route, before, deps.store, warnings);
    return { kind: "caught-up", ...facts() };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error; // a bug: the host records a failed run
    return error.code === "OUT_OF_TIME" ? { kind: "out-of-time", ...facts() } : { kind: "blocked", ...facts(), error };
  }
}

/** Everything is delivered and saved by now: an untidy ledger is no failure. */
async function compact(route: Route, before: Instant, store: CheckpointStore, warnings: BridgeError[]): Promise<void> {
  try {
    await store.compactLedger(route.name, before);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    warnings.push(error);
  }
}

/** The ledger is needed from here on: nothing older is read in this run. */
function oldestRead(checkpoint: Checkpoint, parts: readonly string[]): Instant {
  const spans = parts.map((part) => checkpoint.lookback[part]?.from ?? doneTo(checkpoint, part));
  return Math.min(checkpoint.watermark, ...spans);
}

function loadDeps(route: Route, deps: ForwardDeps, run: Pick<LoadDeps, "ledger" | "progress" | "mayClose">): LoadDeps {
  return {
    ...run,
    route: route.name,
    feed: route.feed,
    updates: route.updates,
    sink: route.sink,
    deadLetters: deps.deadLetters,
    settledUpTo: settledUpTo(route.feed, route.timing.settleDelayMs),
    sending: deps.sending,
    now: () => deps.now(),
  };
}

function readingPlan(
  route: Route,
  deps: ForwardDeps,
  run: { checkpoint: Checkpoint; parts: readonly string[]; stop: AbortController; began: Instant },
): ReadingPlan {
  return {
    feed: route.feed,
    source: route.source,
    parts: run.parts,
    checkpoint: run.checkpoint,
    end: run.began - route.timing.settleDelayMs,
    windowMs: route.timing.windowMs,
    maxBytes: deps.sliceMaxBytes,
    signal: AbortSignal.any([deps.reading, run.stop.signal]),
  };
}
