// When a step of a sink is tried again, and after how long.
import { retryDelayMs, type RetryPolicy } from "../retry.ts";
import type { SendFailure } from "./send-failure.ts";

/** The one retry policy of a sink. A step is opening a link, or sending one batch. */
export interface SinkRetryPolicy extends RetryPolicy {
  /** What a throttled sender waits at least. Throttling does not count as a try. */
  readonly busyDelayMs: number;
  /** How long throttling may hold up one step before the sink gives up; the caller's signal may end it earlier. */
  readonly busyTotalMs: number;
}

/**
 * Three tries within seconds, as the next hourly run is the real retry. Event Hubs asks a throttled sender to wait
 * 10 seconds (error 50002); it may stay throttled for minutes while others use the namespace.
 */
export const sinkRetryPolicy: SinkRetryPolicy = {
  attempts: 3,
  baseDelayMs: 1_000,
  maxDelayMs: 10_000,
  busyDelayMs: 10_000,
  busyTotalMs: 5 * 60_000,
};

/**
 * Milliseconds to wait before the next try, or `undefined` when there is none. Wrong credentials get one more try (a
 * token may just have been renewed), as each attempt costs a round of log-in and counts against lock-out rules.
 *
 * @param tries how often the step was tried so far, at least 1.
 * @param spentMs time since its first try began.
 * @param random gives numbers in [0, 1).
 */
export function pauseBeforeRetry(
  failure: SendFailure,
  tries: number,
  spentMs: number,
  random: () => number,
  policy: SinkRetryPolicy,
): number | undefined {
  if (!failure.retryable || !failure.definite) return undefined;
  if (failure.kind === "busy") {
    // Senders that were throttled together come back spread over a quarter of the wait.
    const pauseMs = Math.ceil(policy.busyDelayMs * (1 + random() / 4));
    return spentMs + pauseMs > policy.busyTotalMs ? undefined : pauseMs;
  }
  const most = failure.kind === "unauthorized" || failure.kind === "no-token" ? 2 : policy.attempts;
  return tries < most ? retryDelayMs(policy, tries, random) : undefined;
}
