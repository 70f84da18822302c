// Where a feed begins: a fixed time, or so long before its first attempt.
import { parseDuration } from "./durations.ts";

/** Kept unresolved: a route resolves it once, at its first attempt, and stores the result. */
export type StartFrom =
  | { readonly kind: "time"; /** Milliseconds since 1970. */ readonly at: number }
  | { readonly kind: "duration"; readonly ms: number };

export type ParsedStartFrom =
  | { readonly kind: "valid"; readonly startFrom: StartFrom }
  | { readonly kind: "invalid"; readonly problem: string };

/** The start of a feed that is attempted for the first time at `now` (milliseconds since 1970). */
export function startAt(startFrom: StartFrom, now: number): number {
  return startFrom.kind === "time" ? startFrom.at : now - startFrom.ms;
}

/** Reads `PT24H`, `2026-03-01` (midnight UTC) or `2026-03-01T08:00:00Z`. */
export function parseStartFrom(text: string): ParsedStartFrom {
  if (/^[Pp]/.test(text)) {
    const duration = parseDuration(text);
    return duration.kind === "valid" ? { kind: "valid", startFrom: { kind: "duration", ms: duration.ms } } : duration;
  }
  return parseTime(text);
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/;

function parseTime(text: string): ParsedStartFrom {
  const parts = DATE.exec(text) ?? TIME.exec(text);
  if (parts === null) return { kind: "invalid", problem: "is neither an ISO 8601 time nor an ISO 8601 duration" };
  if (text.includes("T") && parts[4] === undefined) {
    return { kind: "invalid", problem: "is a time without a zone" };
  }
  const at = Date.parse(text);
  if (Number.isNaN(at) || !dayExists(Number(parts[1]), Number(parts[2]), Number(parts[3]))) {
    return { kind: "invalid", problem: "is a day or time that does not exist" };
  }
  if (at < 0) return { kind: "invalid", problem: "is before 1970" };
  return { kind: "valid", startFrom: { kind: "time", at } };
}

/** `Date.parse` takes 30 February for 2 March. */
function dayExists(year: number, month: number, day: number): boolean {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}
