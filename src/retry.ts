// How often and how long to wait before trying again: one policy value per boundary, one pure function for the delay.

/** What a boundary (the Microshare API, a sink) does about failures that may pass. */
export interface RetryPolicy {
  /** Most tries in all, the first one included. */
  readonly attempts: number;
  /** Upper end of the first delay; it doubles with every try. */
  readonly baseDelayMs: number;
  /** No delay of our own choice is longer; a server may ask for more. */
  readonly maxDelayMs: number;
}

/**
 * Milliseconds to wait after try number `attempt` (from 1) failed: exponential, with the upper half of each step left to
 * chance, so that clients that failed together do not come back together. `random` gives numbers in [0, 1).
 * A server's own wish (`retryAfterMs`) is never undercut, not even by `maxDelayMs`.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: () => number, retryAfterMs = 0): number {
  const step = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  return Math.ceil(Math.max(step / 2 + (random() * step) / 2, retryAfterMs));
}
