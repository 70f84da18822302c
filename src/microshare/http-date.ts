// The two time headers the client believes: `Date` and `Retry-After`.

/** Milliseconds since 1970 of an HTTP date (RFC 9110, 5.6.7); `undefined` for anything that does not name GMT. */
export function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined || !text.endsWith(" GMT")) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/**
 * Milliseconds a `Retry-After` header asks to wait: seconds, or a date taken relative to the server's own clock
 * (`serverNow`), since ours may differ. `undefined` when there is none or it cannot be read; never negative.
 */
export function parseRetryAfter(text: string | undefined, serverNow: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const time = parseHttpDate(text);
  return time === undefined ? undefined : Math.max(0, time - serverNow);
}
