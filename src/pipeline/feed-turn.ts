// The turn of one feed: its routes are served at the same time and read together, each with its own fate.
import { BridgeError } from "../errors.ts";
import { forwardFeed, type ForwardDeps, type Route, type RunOutcome, type Seen } from "./forward-feed.ts";
import type { ReadingLimits } from "./readings.ts";
import { shareReading } from "./shared-reading.ts";
import { noFacts } from "./tally.ts";

/** The time of one run, in milliseconds. */
export interface RunTime {
  timeLeftMs(): number;
  /** A signal that aborts after so long; `cancel` lets go of its timer. */
  after(ms: number): { readonly signal: AbortSignal; cancel(): void };
}

export interface TurnDeps extends Omit<ForwardDeps, "progressing" | "reading" | "sending" | "began"> {
  readonly time: RunTime;
  /** Wraps each turn of a route, for those who watch. */
  aroundTurn?(route: Route, turn: () => Promise<RunOutcome>): Promise<RunOutcome>;
}

export interface Turn {
  readonly route: Route;
  /** When it was looked at for this turn already. */
  readonly seen?: Seen;
}

export interface Bug {
  readonly route: string;
  readonly error: unknown;
}

export interface TurnResult {
  readonly outcome: RunOutcome;
  readonly tookMs: number;
}

/** Of a turn: the rest is kept for sending and saving what was read. */
const READING_SHARE = 0.85;
/** Of the reading: the rest is kept for an owed lookback, so that a busy feed still looks for late records. */
const PROGRESS_SHARE = 0.75;

/** Resolves with what became of each route, but for those that hit a bug: these are added to `bugs`. */
export async function serveFeed(
  turns: readonly Turn[],
  shareMs: number,
  deps: TurnDeps,
  bugs: Bug[],
): Promise<readonly TurnResult[]> {
  const { time } = deps;
  const progressing = time.after(shareMs * READING_SHARE * PROGRESS_SHARE);
  const reading = time.after(shareMs * READING_SHARE);
  const sending = time.after(time.timeLeftMs());
  const signals = { progressing: progressing.signal, reading: reading.signal, sending: sending.signal };
  // One moment for all, so that routes that stand level ask for the same windows.
  const shared = { ...deps, ...signals, began: deps.now() };
  const seats = seatsFor(turns, {
    mostWaitingBytes: Math.min(deps.sliceMaxBytes, deps.inFlight.maxBytes / 2),
    time: reading.signal,
  });
  try {
    const results = await Promise.all(
      seats.map(async (seat) => {
        const leftBefore = time.timeLeftMs();
        const work = () => take(seat, shared);
        const outcome = await guarded(seat.route, bugs, async () => {
          try {
            return await (deps.aroundTurn?.(seat.route, work) ?? work());
          } finally {
            await seat.leave?.();
          }
        });
        return outcome === undefined ? [] : [{ outcome, tookMs: leftBefore - time.timeLeftMs() }];
      }),
    );
    return results.flat();
  } finally {
    for (const timer of [progressing, reading, sending]) timer.cancel();
  }
}

interface Seat extends Turn {
  /** Absent for a route that reads by itself. */
  leave?(): Promise<void>;
}

function seatsFor(turns: readonly Turn[], limits: ReadingLimits): readonly Seat[] {
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

/** The lease first: unchanged when it is taken, it vouches for the checkpoint seen behind it. */
export async function look(route: Route, { store }: Pick<ForwardDeps, "store">): Promise<Seen> {
  const lease = await store.look(route.name);
  return { lease, saved: await store.load(route.name) };
}

/** The state could not be read: nothing is known of this route's progress. */
export function blockedBeforeStart(route: Route, error: BridgeError): RunOutcome {
  return { ...noFacts(route.name), kind: "blocked", error };
}

/** A bug in one route must fail the run, but only after the others had their turn. */
export async function guarded<Result>(
  route: Route,
  bugs: Bug[],
  work: () => Promise<Result | undefined>,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    bugs.push({ route: route.name, error });
    return undefined;
  }
}
