// Readings of windows that several routes follow, each at its own pace: what is kept for whom, and for how long.
import { BridgeError } from "../errors.ts";
import type { FeedSource } from "./ports.ts";
import { readSlices, type Slice, type SliceRequest } from "./slices.ts";

/** A route, as a reading knows it. */
export type Seat = object;

export interface Readings {
  /** To be called for every route before any of them reads. */
  join(): Seat;
  /** The slices of a window, from the reading that is kept for this route, else from a new one. */
  read(seat: Seat, request: SliceRequest): AsyncGenerator<Slice, void, undefined>;
  /** Says whether it was the last one. */
  leave(seat: Seat): boolean;
  /** Resolves once no reading that was given up is still at work. */
  ended(): Promise<void>;
}

export interface ReadingLimits {
  /** Of slices that wait for somebody, besides the newest one. */
  readonly mostWaitingBytes: number;
  /** Aborts when the time for reading is over, for all seats at once. */
  readonly time: AbortSignal;
}

interface Reading {
  readonly slices: AsyncGenerator<Slice, void, undefined>;
  readonly stop: AbortController;
  /** Those that somebody has not taken yet; the first one has the number `first`. */
  readonly kept: Slice[];
  first: number;
  /** The number of the slice that each seat takes next. Who is not in it takes nothing from here. */
  readonly next: Map<Seat, number>;
  end?: { readonly kind: "complete" } | { readonly kind: "failed"; readonly error: unknown };
  pull?: Promise<void>;
}

/** See `shareReading`. */
export function createReadings(source: FeedSource, { mostWaitingBytes, time }: ReadingLimits): Readings {
  const seats = new Set<Seat>();
  /** In the order in which they began. */
  const readings = new Map<string, Reading>();
  const alone = new Set<Reading>();
  const ending = new Set<Promise<unknown>>();

  /** The first one to ask reads for all; who was left behind, or has been here before, reads for itself. */
  function readingFor(seat: Seat, request: SliceRequest): Reading {
    const { part, window, maxBytes } = request;
    const key = JSON.stringify([part, window.from, window.to, maxBytes]);
    const known = readings.get(key);
    if (known?.next.has(seat) === true) return known;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, time]);
    const slices = readSlices(source, { ...request, signal });
    const followers = known === undefined ? [...seats] : [seat];
    const next = new Map(followers.map((follower): [Seat, number] => [follower, 0]));
    const reading: Reading = { slices, stop, kept: [], first: 0, next };
    if (known === undefined) readings.set(key, reading);
    else alone.add(reading);
    return reading;
  }

  async function take(reading: Reading, seat: Seat, signal: AbortSignal): Promise<Slice | undefined> {
    for (;;) {
      const number = reading.next.get(seat);
      // Left behind: the caller asks again, from where it has come to.
      if (number === undefined) return undefined;
      const slice = reading.kept[number - reading.first];
      if (slice !== undefined) {
        reading.next.set(seat, number + 1);
        letGo(reading);
        return slice;
      }
      if (reading.end?.kind === "failed") throw reading.end.error;
      if (reading.end !== undefined) return undefined;
      reading.pull ??= pullNext(reading);
      await unlessStopped(reading.pull, signal, time);
    }
  }

  /** Never rejects: those who wait find the failure in the reading. */
  async function pullNext(reading: Reading): Promise<void> {
    try {
      const asked = await reading.slices.next();
      if (asked.done === true) reading.end = { kind: "complete" };
      else reading.kept.push(asked.value);
    } catch (error) {
      reading.end = { kind: "failed", error };
    }
    delete reading.pull;
    leaveBehind(reading);
  }

  const all = (): readonly Reading[] => [...readings.values(), ...alone];

  /** Who is furthest behind in the oldest reading loses its place there, until what waits is little enough. */
  function leaveBehind(newest: Reading): void {
    const waiting = (reading: Reading): number => {
      const kept = reading === newest && reading.end === undefined ? reading.kept.slice(0, -1) : reading.kept;
      return kept.reduce((sum, slice) => sum + slice.bytes, 0);
    };
    while (all().reduce((sum, reading) => sum + waiting(reading), 0) > mostWaitingBytes) {
      const oldest = all().find((reading) => waiting(reading) > 0);
      if (oldest === undefined) return;
      for (const [seat, number] of oldest.next) if (number === oldest.first) oldest.next.delete(seat);
      letGo(oldest);
    }
  }

  /** Drops what everybody has taken, and a reading that nobody follows any more. */
  function letGo(reading: Reading): void {
    const least = Math.min(...reading.next.values());
    const taken = Math.min(least - reading.first, reading.kept.length);
    reading.kept.splice(0, taken);
    reading.first += taken;
    if (reading.next.size > 0) return;
    for (const [key, one] of readings) if (one === reading) readings.delete(key);
    alone.delete(reading);
    reading.stop.abort();
    const ended = reading.slices.return().catch(unlessExpected);
    ending.add(ended);
    // A bug stays in the set, and comes out of `ended`.
    void ended.then(
      () => ending.delete(ended),
      () => undefined,
    );
  }

  function quit(reading: Reading, seat: Seat): void {
    if (reading.next.delete(seat)) letGo(reading);
  }

  return {
    join() {
      const seat: Seat = {};
      seats.add(seat);
      return seat;
    },
    async *read(seat, request) {
      const reading = readingFor(seat, request);
      try {
        for (;;) {
          const slice = await take(reading, seat, request.signal);
          if (slice === undefined) return;
          yield slice;
        }
      } finally {
        quit(reading, seat);
      }
    },
    leave(seat) {
      seats.delete(seat);
      for (const reading of all()) quit(reading, seat);
      return seats.size === 0;
    },
    async ended() {
      await Promise.all(ending);
    },
  };
}

/** Of a reading that nobody wants any more. */
function unlessExpected(error: unknown): void {
  if (!(error instanceof BridgeError)) throw error;
}

/**
 * What is waited for goes on for the others when one of them stops. When the time is over for all, it is waited for to the
 * end: that comes at once then, with what was read up to there.
 */
export async function unlessStopped<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  time: AbortSignal,
): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    if (!time.aborted) reject(stopped());
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function stopped(): BridgeError {
  return new BridgeError("OUT_OF_TIME", "The route stopped reading", {
    fix: "Nothing to do: the next run goes on from here.",
  });
}
