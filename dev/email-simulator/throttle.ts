// Limits of the mail service: so many calls in a minute and in an hour. A call that is refused counts as well.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface Limits {
  readonly perMinute: number;
  readonly perHour: number;
}

/** Gives the seconds to wait, or undefined when the call is within the limits. */
export function createThrottle({ perMinute, perHour }: Limits, now: () => number): () => number | undefined {
  let calls: number[] = [];
  return () => {
    const at = now();
    calls = [...calls.filter((call) => call > at - HOUR_MS), at];
    const waits = [
      waitFor(
        calls.filter((call) => call > at - MINUTE_MS),
        perMinute,
        MINUTE_MS,
        at,
      ),
      waitFor(calls, perHour, HOUR_MS, at),
    ];
    const wait = Math.max(...waits);
    return wait > 0 ? Math.ceil(wait / 1000) : undefined;
  };
}

/** Until so few of the calls are left that one more fits. */
function waitFor(calls: readonly number[], limit: number, spanMs: number, at: number): number {
  const blocking = calls.at(-limit - 1);
  return blocking === undefined ? 0 : blocking + spanMs - at;
}
