// How many events came into each partition lately: from where it ended each time that it was asked.
import type { SinkEnds } from "../../operations/overview.ts";
import type { ShownSink } from "./page-data.ts";

export interface PartitionHistory {
  /** Notes where the partitions end at `now` (milliseconds since 1970) and says what came since the oldest note kept. */
  note(now: number, sinks: readonly SinkEnds[]): readonly ShownSink[];
}

interface Sample {
  readonly at: number;
  readonly last: number;
}

/** Kept: what is younger, and the one sample in front of it. */
const PERIOD_MS = 60 * 60 * 1000;

export function createPartitionHistory(): PartitionHistory {
  /** By sink, hub and partition: a hub created anew begins anew. */
  const samples = new Map<string, Sample[]>();

  function sinceOldest(key: string, now: number, last: number): { readonly added: number; readonly seconds: number } {
    const kept = samples.get(key) ?? [];
    samples.set(key, kept);
    kept.push({ at: now, last });
    while (kept.length > 2 && now - (kept[1]?.at ?? now) >= PERIOD_MS) kept.shift();
    const oldest = kept[0] ?? { at: now, last };
    return { added: last - oldest.last, seconds: Math.round((now - oldest.at) / 1000) };
  }

  return {
    note: (now, sinks) =>
      sinks.map((one): ShownSink => {
        if (one.kind !== "read") return one;
        const partitions = one.partitions.map(({ partition, last }) => {
          return { partition, last, ...sinceOldest(JSON.stringify([one.sink, one.hub, partition]), now, last) };
        });
        return { ...one, partitions };
      }),
  };
}
