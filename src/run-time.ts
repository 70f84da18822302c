// The time one run has: Node gets no cancellation from the host, so a run carries its own deadline.
import type { RunTime } from "./pipeline/forward-all.ts";

/** Counts down from now, by a clock that never steps. Timers do not keep the process alive. */
export function createRunTime(budgetMs: number, monotonicNow: () => number = () => performance.now()): RunTime {
  const endsAt = monotonicNow() + budgetMs;
  return {
    timeLeftMs: () => Math.max(0, endsAt - monotonicNow()),
    after(ms) {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), ms);
      timer.unref();
      return { signal: controller.signal, cancel: () => clearTimeout(timer) };
    },
  };
}
