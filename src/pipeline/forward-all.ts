// One run over all routes: every route gets its turn, whatever happens to the others.
import { BridgeError } from "../errors.ts";
import { forwardFeed, type ForwardDeps, type Route, type RunOutcome, type Seen } from "./forward-feed.ts";
import { mergeFacts, noFacts } from "./tally.ts";

/** The time of one run, in milliseconds. */
export interface RunTime {
  timeLeftMs(): number;
  /** A signal that aborts after so long; `cancel` lets go of its timer. */
  after(ms: number): { readonly signal: AbortSignal; cancel(): void };
}

export interface ForwardAllDeps extends Omit<ForwardDeps, "progressing" | "reading" | "sending"> {
  readonly time: RunTime;
  /** Wraps each turn of a route, for those who watch. */
  aroundTurn?(route: Route, turn: () => Promise<RunOutcome>): Promise<RunOutcome>;
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
      const work = () => take(turn, shareMs, deps);
      const outcome = await guarded(turn.route, bugs, () => deps.aroundTurn?.(turn.route, work) ?? work());
      if (outcome === undefined) continue;
      const tookMs = leftBefore - deps.time.timeLeftMs();
      const earlier = outcomes.get(turn.route.name);
      outcomes.set(turn.route.name, afterEarlier({ ...outcome, tookMs }, earlier));
      if (outcome.kind === "out-of-time" && outcome.totals.slices > 0) hungry.push({ route: turn.route });
    }
    waiting = hungry;
  }
  for (const { route, seen } of waiting) {
    if (!outcomes.has(route.name)) outcomes.set(route.name, { ...neverServed(route, seen), tookMs: 0 });
  }
  return { outcomes: [...outcomes.values()], bugs };
}

/** Below this a turn could not even log in and read one page. */
const LEAST_TURN_MS = 1000;
/** Of a turn: the rest is kept for sending and saving what was read. */
const READING_SHARE = 0.85;
/** Of the reading: the rest is kept for an owed lookback, so that a busy feed still looks for late records. */
const PROGRESS_SHARE = 0.75;

interface Turn {
  readonly route: Route;
  /** When it was looked at for this turn already. */
  readonly seen?: Seen;
}

async function inOrder(
  routes: readonly Route[],
  deps: ForwardAllDeps,
  outcomes: Map<string, TimedOutcome>,
  bugs: { route: string; error: unknown }[],
): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  let storageIsDown: BridgeError | undefined;
  for (const route of routes) {
    await guarded(route, bugs, async () => {
      try {
        // Storage that did not answer for one route is not asked for each of the others: that could outlast the run.
        if (storageIsDown !== undefined) throw storageIsDown;
        turns.push({ route, seen: await look(route, deps) });
      } catch (error) {
        if (!(error instanceof BridgeError)) throw error;
        if (error.code === "STATE_UNAVAILABLE") storageIsDown = error;
        outcomes.set(route.name, { ...blockedBeforeStart(route, error), tookMs: 0 });
      }
      return undefined;
    });
  }
  return turns.toSorted((one, other) => servedAt(one) - servedAt(other));
}

/** The lease first: unchanged when it is taken, it vouches for the checkpoint seen behind it. */
async function look(route: Route, deps: ForwardAllDeps): Promise<Seen> {
  const lease = await deps.store.look(route.name);
  return { lease, saved: await deps.store.load(route.name) };
}

function servedAt(turn: Turn): number {
  return turn.seen?.saved?.checkpoint.servedAt ?? 0;
}

async function take(turn: Turn, shareMs: number, deps: ForwardAllDeps): Promise<RunOutcome> {
  const progressing = deps.time.after(shareMs * READING_SHARE * PROGRESS_SHARE);
  const reading = deps.time.after(shareMs * READING_SHARE);
  const sending = deps.time.after(deps.time.timeLeftMs());
  const signals = { progressing: progressing.signal, reading: reading.signal, sending: sending.signal };
  try {
    const seen = turn.seen ?? (await look(turn.route, deps));
    return await forwardFeed(turn.route, seen, { ...deps, ...signals });
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return blockedBeforeStart(turn.route, error);
  } finally {
    for (const timer of [progressing, reading, sending]) timer.cancel();
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

function afterEarlier(outcome: TimedOutcome, earlier: TimedOutcome | undefined): TimedOutcome {
  if (earlier === undefined) return outcome;
  return { ...mergeFacts(outcome, earlier), tookMs: earlier.tookMs + outcome.tookMs };
}

/** The state could not be read: nothing is known of this route's progress. */
function blockedBeforeStart(route: Route, error: BridgeError): RunOutcome {
  return { ...noFacts(route.name), kind: "blocked", error };
}

function neverServed(route: Route, seen: Seen | undefined): RunOutcome {
  return { ...noFacts(route.name, seen?.saved?.checkpoint), kind: "out-of-time" };
}
