// One run over all routes: every route gets its turn, whatever happens to the others.
import { BridgeError } from "../errors.ts";
import { blockedBeforeStart, guarded, look, serveFeed, type Bug, type Turn, type TurnDeps } from "./feed-turn.ts";
import type { Route, RunOutcome, Seen } from "./forward-feed.ts";
import { mergeFacts, noFacts } from "./tally.ts";

export type { RunTime } from "./feed-turn.ts";

export interface ForwardAllDeps extends TurnDeps {
  /** Feeds that are served at the same time. Default 1. */
  readonly feedsAtOnce?: number;
}

/** With the time that all turns of the route took together. */
export type TimedOutcome = RunOutcome & { readonly tookMs: number };

export interface RunResult {
  /** One for each route, least recently served first. */
  readonly outcomes: readonly TimedOutcome[];
  /** Errors that are not expected, by route: bugs. The run must fail with them. */
  readonly bugs: readonly Bug[];
}

/**
 * Forwards each route once, the feed with the least recently served one first, each feed with an equal share of the time
 * that is left, so that an endless one starves nobody. Routes of one feed are served at the same time and read together;
 * so are several feeds where `feedsAtOnce` says so. Time that others did not need goes to those that ran out, in further
 * rounds.
 */
export async function forwardAll(routes: readonly Route[], deps: ForwardAllDeps): Promise<RunResult> {
  const run: Run = { deps, outcomes: new Map(), bugs: [] };
  const turns = await inOrder(routes, run);
  const order = [...run.outcomes.keys(), ...turns.map(({ route }) => route.name)];
  let waiting = turns;
  while (waiting.length > 0 && deps.time.timeLeftMs() > LEAST_TURN_MS) waiting = await serveRound(waiting, run);
  for (const { route, seen } of waiting) {
    if (!run.outcomes.has(route.name)) run.outcomes.set(route.name, { ...neverServed(route, seen), tookMs: 0 });
  }
  return { outcomes: order.flatMap((name) => run.outcomes.get(name) ?? []), bugs: run.bugs };
}

/** Below this a turn could not even log in and read one page. */
const LEAST_TURN_MS = 1000;

interface Run {
  readonly deps: ForwardAllDeps;
  readonly outcomes: Map<string, TimedOutcome>;
  readonly bugs: Bug[];
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

function servedAt(turn: Turn): number {
  return turn.seen?.saved?.checkpoint.servedAt ?? 0;
}

/** One turn for each feed that waits, in as many lanes as feeds may be served at once. Resolves with those that could use more time. */
async function serveRound(waiting: readonly Turn[], { deps, outcomes, bugs }: Run): Promise<readonly Turn[]> {
  const feeds = [...Map.groupBy(waiting, ({ route }) => route.source).values()];
  const lanes = Math.min(deps.feedsAtOnce ?? 1, feeds.length);
  const sliceMaxBytes = sliceBytesFor(lanes, deps.sliceMaxBytes);
  const hungry = new Set<string>();
  let next = 0;
  async function serveLane(): Promise<void> {
    for (let turns = feeds[next]; turns !== undefined; turns = feeds[next]) {
      const shareMs = deps.time.timeLeftMs() / Math.ceil((feeds.length - next) / lanes);
      next += 1;
      for (const { outcome, tookMs } of await serveFeed(turns, shareMs, { ...deps, sliceMaxBytes }, bugs)) {
        outcomes.set(outcome.route, afterEarlier({ ...outcome, tookMs }, outcomes.get(outcome.route)));
        if (outcome.kind === "out-of-time" && outcome.totals.slices > 0) hungry.add(outcome.route);
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, serveLane));
  return waiting.flatMap(({ route }) => (hungry.has(route.name) ? [{ route }] : []));
}

/** What is held at once stays the same, however many feeds hold it. */
function sliceBytesFor(lanes: number, mostBytes: number): number {
  return Math.min(mostBytes, Math.max(mostBytes / lanes, LEAST_SLICE_BYTES));
}

/** Below this a window of ordinary records would be split again and again. */
const LEAST_SLICE_BYTES = 1024 * 1024;

function afterEarlier(outcome: TimedOutcome, earlier: TimedOutcome | undefined): TimedOutcome {
  if (earlier === undefined) return outcome;
  return { ...mergeFacts(outcome, earlier), tookMs: earlier.tookMs + outcome.tookMs };
}

function neverServed(route: Route, seen: Seen | undefined): RunOutcome {
  return { ...noFacts(route.name, seen?.saved?.checkpoint), kind: "out-of-time" };
}
