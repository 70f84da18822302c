// Times and spans for people.

/** `2026-03-01 08:00:00Z`, or a dash. */
export function timeText(time: number | undefined): string {
  return time === undefined
    ? "-"
    : new Date(time)
        .toISOString()
        .replace("T", " ")
        .replace(/\.\d+Z$/, "Z");
}

/** The two largest units: `2 d 3 h`, `5 min 10 s`. */
export function spanText(ms: number | undefined): string {
  if (ms === undefined) return "-";
  const seconds = Math.round(Math.abs(ms) / 1000);
  const counts = UNITS.map(({ name, seconds: unit, within }) => ({ name, count: Math.floor(seconds / unit) % within }));
  const first = counts.findIndex(({ count }) => count > 0);
  if (first === -1) return "0 s";
  const text = counts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${count} ${name}`)
    .join(" ");
  return ms < 0 ? `-${text}` : text;
}

const UNITS = [
  { name: "d", seconds: 86_400, within: Infinity },
  { name: "h", seconds: 3_600, within: 24 },
  { name: "min", seconds: 60, within: 60 },
  { name: "s", seconds: 1, within: 60 },
] as const;
