// How late records come: storage time minus record time, as a distribution that fits into a run's summary.

/** Upper bounds of the buckets in milliseconds; what is later than the last one counts in the bucket behind it. */
export const LATENESS_BOUNDS_MS = [1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60].map(
  (minutes) => minutes * 60_000,
);

export interface Lateness {
  /** One count more than there are bounds. */
  readonly counts: readonly number[];
  readonly maxMs: number;
}

export const NO_LATENESS: Lateness = { counts: LATENESS_BOUNDS_MS.map(() => 0).concat(0), maxMs: 0 };

/** Of records that were delivered for the first time; those without a known storage time tell nothing. */
export function addLateness(
  lateness: Lateness,
  records: readonly { readonly time: number; readonly storedAt?: number }[],
): Lateness {
  const counts = [...lateness.counts];
  let { maxMs } = lateness;
  for (const { time, storedAt } of records) {
    if (storedAt === undefined) continue;
    const lateMs = Math.max(0, storedAt - time);
    const found = LATENESS_BOUNDS_MS.findIndex((bound) => lateMs <= bound);
    const bucket = found === -1 ? LATENESS_BOUNDS_MS.length : found;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    maxMs = Math.max(maxMs, lateMs);
  }
  return { counts, maxMs };
}

export function mergeLateness(one: Lateness, other: Lateness): Lateness {
  return {
    counts: one.counts.map((count, bucket) => count + (other.counts[bucket] ?? 0)),
    maxMs: Math.max(one.maxMs, other.maxMs),
  };
}

/** True when records come so late that the lookback soon no longer reaches them. */
export function nearsLookback(lateness: Lateness, lookbackMs: number): boolean {
  return lookbackMs > 0 && lateness.maxMs >= 0.75 * lookbackMs;
}
