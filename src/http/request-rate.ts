// Bounds the requests that one instance takes within a minute.

const MINUTE_MS = 60_000;

/** Takes a request, or gives the milliseconds until there is room for one. */
export type RequestRate = () =>
  | { readonly kind: "taken" }
  | { readonly kind: "too-many"; readonly retryAfterMs: number };

/**
 * A bucket that holds a minute's requests and fills evenly: a burst passes, more than that on average does not.
 * @param now milliseconds, monotonic
 */
export function requestRate(perMinute: number, now: () => number): RequestRate {
  const msPerRequest = MINUTE_MS / perMinute;
  let room = perMinute;
  let filledAt = now();
  return () => {
    const at = now();
    room = Math.min(perMinute, room + (at - filledAt) / msPerRequest);
    filledAt = at;
    if (room < 1) return { kind: "too-many", retryAfterMs: (1 - room) * msPerRequest };
    room -= 1;
    return { kind: "taken" };
  };
}
