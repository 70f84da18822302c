// Keeps a sink within the throughput units it was told, so that catching up does not throttle the hub's other producers.
import type { SinkClock } from "./settled-steps.ts";

/** Resolves when so much may go. An aborted signal ends the wait; the caller looks at it anyway before it sends. */
export type Pace = (batch: { readonly bytes: number; readonly events: number }, signal: AbortSignal) => Promise<void>;

/** What one throughput unit takes in a second: whichever is reached first (Event Hubs quotas, ingress). */
const BYTES_PER_SECOND = 1_000_000;
const EVENTS_PER_SECOND = 1_000;

/**
 * What was sent is paid for by waiting before the next batch, over all partitions together: the units are the namespace's,
 * not a partition's. A pause saves nothing up, so that there is never a burst above one batch a partition.
 */
export function throughputPace(units: number, { now, wait }: Pick<SinkClock, "now" | "wait">): Pace {
  let freeAt = Number.NEGATIVE_INFINITY;
  return async ({ bytes, events }, signal) => {
    const seconds = Math.max(bytes / BYTES_PER_SECOND, events / EVENTS_PER_SECOND) / units;
    const startsAt = Math.max(freeAt, now());
    freeAt = startsAt + 1000 * seconds;
    const pauseMs = Math.ceil(startsAt - now());
    if (pauseMs <= 0) return;
    try {
      await wait(pauseMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
}
