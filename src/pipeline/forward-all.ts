// One run over all routes: every route gets its turn, whatever happens to the others.
import { BridgeError } from "../errors.ts";
import { forwardFeed, type ForwardDeps, type Route, type RunOutcome, type Seen } from "./forward-feed.ts";
import { shareReading } from "./shared-reading.ts";
import type { ReadingLimits } from "./readings.ts";
import { mergeFacts, noFacts } from "./tally.ts";

/** The time of one run, in milliseconds. */
export interface RunTime {
  timeLeftMs(): number;
  /** A signal that aborts after so long; `cancel` lets go of its timer. */
  after(ms: number): { readonly signal: AbortSignal; cancel(): void };
}

export interface ForwardAllDeps extends Omit<ForwardDeps, "progressing" | "reading" | "sending" | "began"> {
  readonly time: RunTime;
  /** Feeds that are served at the same time. Default 1. */
  readonly feedsAtOnce?: number;
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
 * Forwards each route once, least recently served feed first, each feed with an equal share of the time that is left, so
 * that an endless one starves nobody. Routes of one feed are served together and read together; several feeds at a time
 * where `feedsAtOnce` says so. Time that others did not need goes to those that ran out, in further rounds.
 */
export async function forwardAll(routes: readonly Route[], deps: ForwardAllDeps): Promise<RunResult> {
  const run: Run = { deps, outcomes: new Map(), bugs: [] };
  const turns = await inOrder(routes, run);
  const order = [...run.outcomes.keys(), ...turns.map(({ route }) => route.name)];
  let waiting = turns;
  while (waiting.length > 0 && deps.time.timeLeftMs() > LEAST_TURN_MS) waiting = await serve(waiting, run);
  for (const { route, seen } of waiting) {
    if (!run.outcomes.has(route.name)) run.outcomes.set(route.name, { ...neverServed(route, seen), tookMs: 0 });
  }
  return { outcomes: order.flatMap((name) => run.outcomes.get(name) ?? []), bugs: run.bugs };
}

interface Run {
  readonly deps: ForwardAllDeps;
  readonly outcomes: Map<string, TimedOutcome>;
  readonly bugs: { route: string; error: unknown }[];
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

async function inOrder(routes: readonly Route[], { deps, outcomes, bugs }: Run): Promise<readonly Turn[]> {
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
async function look(route: Route, deps: Pick<ForwardDeps, "store">): Promise<Seen> {
  const lease = await deps.store.look(route.name);
  return { lease, saved: await deps.store.load(route.name) };
}

function servedAt(turn: Turn): number {
  return turn.seen?.saved?.checkpoint.servedAt ?? 0;
}

/** One round over those that wait. Resolves with those that could use more time. */
async function serve(waiting: readonly Turn[], run: Run): Promise<readonly Turn[]> {
  const { deps } = run;
  const feeds = [...Map.groupBy(waiting, ({ route }) => route.source).values()];
  const lanes = Math.min(deps.feedsAtOnce ?? 1, feeds.length);
  // What is held at once stays the same, however many feeds hold it.
  const sliceMaxBytes = Math.min(deps.sliceMaxBytes, Math.max(deps.sliceMaxBytes / lanes, LEAST_SLICE_BYTES));
  const hungry = new Set<Route>();
  let next = 0;
  async function serveLane(): Promise<void> {
    for (let turns = feeds[next]; turns !== undefined; turns = feeds[next]) {
      const shareMs = deps.time.timeLeftMs() / Math.ceil((feeds.length - next) / lanes);
      next += 1;
      for (const route of await serveFeed(turns, shareMs, { ...run, deps: { ...deps, sliceMaxBytes } }))
        hungry.add(route);
    }
  }
  await Promise.all(Array.from({ length: lanes }, serveLane));
  return waiting.flatMap(({ route }) => (hungry.has(route) ? [{ route }] : []));
}

/** Below this a window of ordinary records would be split again and again. */
const LEAST_SLICE_BYTES = 1024 * 1024;

/** The routes of one feed, at the same time. Resolves with those that could use more time. */
async function serveFeed(
  turns: readonly Turn[],
  shareMs: number,
  { deps, outcomes, bugs }: Run,
): Promise<readonly Route[]> {
  const { time } = deps;
  const began = deps.now();
  const progressing = time.after(shareMs * READING_SHARE * PROGRESS_SHARE);
  const reading = time.after(shareMs * READING_SHARE);
  const sending = time.after(time.timeLeftMs());
  const signals = { progressing: progressing.signal, reading: reading.signal, sending: sending.signal };
  const seats = seatsFor(turns, { mostWaitingBytes: deps.sliceMaxBytes, time: reading.signal });
  try {
    const hungry = await Promise.all(
      seats.map(async ({ route, seen, leave }) => {
        const leftBefore = time.timeLeftMs();
        const work = () => take({ route, ...(seen && { seen }) }, { ...deps, ...signals, began });
        const outcome = await guarded(route, bugs, async () => {
          try {
            return await (deps.aroundTurn?.(route, work) ?? work());
          } finally {
            await leave?.();
          }
        });
        if (outcome === undefined) return [];
        const tookMs = leftBefore - time.timeLeftMs();
        outcomes.set(route.name, afterEarlier({ ...outcome, tookMs }, outcomes.get(route.name)));
        return outcome.kind === "out-of-time" && outcome.totals.slices > 0 ? [route] : [];
      }),
    );
    const names = new Set(hungry.flat().map(({ name }) => name));
    return turns.map(({ route }) => route).filter(({ name }) => names.has(name));
  } finally {
    for (const timer of [progressing, reading, sending]) timer.cancel();
  }
}

/** Several routes read along with each other; one by itself needs nobody. */
function seatsFor(
  turns: readonly Turn[],
  limits: ReadingLimits,
): readonly (Turn & { readonly leave?: () => Promise<void> })[] {
  const [first, ...others] = turns;
  if (first === undefined || others.length === 0) return turns;
  const readers = shareReading(first.route.source, turns.length, limits);
  return readers.flatMap((reader, index) => {
    const turn = turns[index];
    const { source } = reader;
    return turn === undefined ? [] : [{ ...turn, route: { ...turn.route, source }, leave: () => reader.leave() }];
  });
}

async function take({ route, seen }: Turn, deps: ForwardDeps): Promise<RunOutcome> {
  try {
    return await forwardFeed(route, seen ?? (await look(route, deps)), deps);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return blockedBeforeStart(route, error);
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
