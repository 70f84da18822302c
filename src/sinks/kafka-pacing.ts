// Keeps silent for as long as a broker asked, once for all lanes.
import { orAborted, type SinkClock } from "./settled-steps.ts";

export interface Pacing {
  /** A broker asked for silence. */
  silence(ms: number): void;
  /** Resolves when all of it is over; rejects when the signal aborts before. */
  over(signal: AbortSignal): Promise<void>;
}

/**
 * @param mostMs longest silence for one answer: what is left of a longer one the broker asks for again.
 * @param lifetime ends every silence.
 */
export function createPacing(clock: Pick<SinkClock, "wait">, mostMs: number, lifetime: AbortSignal): Pacing {
  let silent = Promise.resolve();
  async function waited(ms: number): Promise<void> {
    try {
      await clock.wait(ms, lifetime);
    } catch (error) {
      if (!lifetime.aborted) throw error;
    }
  }
  return {
    silence(ms) {
      if (ms <= 0) return;
      const before = silent;
      const waiting = waited(Math.min(ms, mostMs));
      silent = Promise.all([before, waiting]).then(() => undefined);
      // Who waits for it meets what went wrong; when nobody does, it is nobody's concern.
      silent.catch(() => undefined);
    },
    over: (signal) => orAborted(silent, signal),
  };
}
