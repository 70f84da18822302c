// One run over all routes: every route gets its turn, whatever happens to the others.
import { BridgeError } from "../errors.ts";
import { forwardFeed, type ForwardDeps, type Route, type RunOutcome } from "./forward-feed.ts";
import type { Saved } from "./ports.ts";
import { addTotals, noTotals } from "./totals.ts";

/** The time of one run, in milliseconds. */
export interface RunTime {
  timeLeftMs(): number;
  /** A signal that aborts after so long; `cancel` lets go of its timer. */
  after(ms: number): { readonly signal: AbortSignal; cancel(): void };
}

export interface ForwardAllDeps extends Omit<ForwardDeps, "reading" | "sending"> {
  readonly time: RunTime;
}

/** With the time that all turns of the route took together. */
export type TimedOutcome = RunOutcome & { readonly tookMs: number };

export interface RunResult {
  /** One for each route, in the order served. */
  readonly outcomes: readonly TimedOutcome[];
  /** Errors that are not expected, by route: bugs. The run must fail with them. */
  readonly bugs: readonly { readonly route: string; readonly error: unknown }[];
}

/**
 * Forwards each route once, least recently served first, each with an equal share of the time that is left, so that an
 * endless one starves nobody. Time that others did not need goes to those that ran out, in further rounds.
 */
export async function forwardAll(routes: readonly Route[], deps: ForwardAllDeps): Promise<RunResult> {
  const outcomes = new Map<string, TimedOutcome>();
  const bugs: { route: string; error: unknown }[] = [];
  let waiting = await inOrder(routes, deps, outcomes, bugs);
  while (waiting.length > 0 && deps.time.timeLeftMs() > LEAST_TURN_MS) {
    const hungry: Turn[] = [];
    for (const [index, turn] of waiting.entries()) {
      const shareMs = deps.time.timeLeftMs() / (waiting.length - index);
      const leftBefore = deps.time.timeLeftMs();
      const outcome = await guarded(turn.route, bugs, () => take(turn, shareMs, deps));
      if (outcome === undefined) continue;
      const tookMs = leftBefore - deps.time.timeLeftMs();
      const earlier = outcomes.get(turn.route.name);
      outcomes.set(turn.route.name, afterEarlier({ ...outcome, tookMs }, earlier));
      if (outcome.kind === "out-of-time" && outcome.totals.slices > 0) hungry.push({ route: turn.route });
    }
    waiting = hungry;
  }
  for (const { route, saved } of waiting) {
    if (!outcomes.has(route.name)) outcomes.set(route.name, { ...neverServed(route, saved), tookMs: 0 });
  }
  return { outcomes: [...outcomes.values()], bugs };
}

/** Below this a turn could not even log in and read one page. */
const LEAST_TURN_MS = 1000;
/** Of a turn: the rest is kept for sending and saving what was read. */
const READING_SHARE = 0.85;

interface Turn {
  readonly route: Route;
  /** What the store holds, when it was loaded for this turn already. */
  readonly saved?: Saved | undefined;
  readonly loaded?: true;
}

async function inOrder(
  routes: readonly Route[],
  deps: ForwardAllDeps,
  outcomes: Map<string, TimedOutcome>,
  bugs: { route: string; error: unknown }[],
): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  for (const route of routes) {
    await guarded(route, bugs, async () => {
      try {
        turns.push({ route, saved: await deps.store.load(route.name), loaded: true });
      } catch (error) {
        if (!(error instanceof BridgeError)) throw error;
        outcomes.set(route.name, { ...blockedBeforeStart(route, error), tookMs: 0 });
      }
      return undefined;
    });
  }
  return turns.toSorted((one, other) => servedAt(one) - servedAt(other));
}

function servedAt(turn: Turn): number {
  return turn.saved?.checkpoint.servedAt ?? 0;
}

async function take(turn: Turn, shareMs: number, deps: ForwardAllDeps): Promise<RunOutcome> {
  const reading = deps.time.after(shareMs * READING_SHARE);
  const sending = deps.time.after(Math.max(shareMs, deps.time.timeLeftMs()));
  try {
    const saved = turn.loaded === true ? turn.saved : await deps.store.load(turn.route.name);
    return await forwardFeed(turn.route, saved, { ...deps, reading: reading.signal, sending: sending.signal });
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return blockedBeforeStart(turn.route, error);
  } finally {
    reading.cancel();
    sending.cancel();
  }
}

/** A bug in one route must fail the run, but only after the others had their turn. */
async function guarded(
  route: Route,
  bugs: { route: string; error: unknown }[],
  work: () => Promise<RunOutcome | undefined>,
): Promise<RunOutcome | undefined> {
  try {
    return await work();
  } catch (error) {
    bugs.push({ route: route.name, error });
    return undefined;
  }
}

/** Counts of all turns together: what a later one read again counts as read again. */
function afterEarlier(outcome: TimedOutcome, earlier: TimedOutcome | undefined): TimedOutcome {
  if (earlier === undefined) return outcome;
  return {
    ...outcome,
    firstRun: earlier.firstRun,
    totals: addTotals(earlier.totals, outcome.totals),
    warnings: [...earlier.warnings, ...outcome.warnings],
    tookMs: earlier.tookMs + outcome.tookMs,
  };
}

/** The state could not be read: nothing is known of this route's progress. */
function blockedBeforeStart(route: Route, error: BridgeError): RunOutcome {
  return { kind: "blocked", route: route.name, totals: noTotals(), firstRun: false, warnings: [], error };
}

function neverServed(route: Route, saved: Saved | undefined): RunOutcome {
  const facts = { route: route.name, totals: noTotals(), firstRun: saved === undefined, warnings: [] };
  if (saved === undefined) return { kind: "out-of-time", ...facts };
  const { start, watermark } = saved.checkpoint;
  return { kind: "out-of-time", ...facts, start, watermark };
}
