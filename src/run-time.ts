// The time one run has: Node gets no cancellation from the host, so a run carries its own deadline.
import type { RunTime } from "./pipeline/forward-all.ts";

/** For a process that is told to end: what was read is sent and saved, and nothing more is read. */
const STOPPING_MS = 10_000;

/**
 * Counts down from now, by a clock that never steps. Timers do not keep the process alive. Once `stop` aborts, a share of
 * the time is over, and of all of it ten seconds are left.
 */
export function createRunTime(
  budgetMs: number,
  monotonicNow: () => number = () => performance.now(),
  stop?: AbortSignal,
): RunTime {
  let endsAt = monotonicNow() + budgetMs;
  let isStopping = false;
  const timeLeftMs = (): number => {
    const now = monotonicNow();
    if (stop?.aborted === true && !isStopping) {
      isStopping = true;
      endsAt = Math.min(endsAt, now + STOPPING_MS);
    }
    return Math.max(0, endsAt - now);
  };
  return {
    timeLeftMs,
    after(ms) {
      const controller = new AbortController();
      const isShare = ms < timeLeftMs();
      let timer = setTimeout(() => controller.abort(), ms).unref();
      const end = (): void => {
        clearTimeout(timer);
        if (isShare) controller.abort();
        else timer = setTimeout(() => controller.abort(), Math.min(ms, STOPPING_MS)).unref();
      };
      if (stop?.aborted === true && isShare) end();
      else stop?.addEventListener("abort", end, { once: true });
      return {
        signal: controller.signal,
        cancel: () => {
          clearTimeout(timer);
          stop?.removeEventListener("abort", end);
        },
      };
    },
  };
}
