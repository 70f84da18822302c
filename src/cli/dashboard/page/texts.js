// Times, spans and counts in words.

/**
 * `2025-03-04 08:00:00Z`, or a dash.
 * @param {string | number | undefined} instant ISO 8601, or milliseconds since 1970
 */
export function timeText(instant) {
  if (instant === undefined) return "-";
  return new Date(instant)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

/**
 * `2025-03-04 08:00Z`, or a dash.
 * @param {string | undefined} instant
 */
export function minuteText(instant) {
  return timeText(instant).replace(/:\d\dZ$/, "Z");
}

const UNITS = /** @type {const} */ ([
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
]);

/**
 * The two largest units: `2 d 3 h`, `5 min 10 s`.
 * @param {number | undefined} seconds
 */
export function spanText(seconds) {
  if (seconds === undefined) return "-";
  let rest = Math.abs(Math.round(seconds));
  /** @type {string[]} */
  const parts = [];
  for (const [name, unit] of UNITS) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0 && parts.length < 2) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
  }
  return `${seconds < 0 ? "-" : ""}${parts.length === 0 ? "0 s" : parts.join(" ")}`;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function countText(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
