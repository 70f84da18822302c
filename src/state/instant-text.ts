// Points in time as plain ISO text, so that anyone can read the state in a storage browser.
import type { Instant } from "../pipeline/records.ts";

/** Always 24 characters (`2026-11-20T08:00:00.000Z`), so that texts sort like the times they stand for. */
export function instantText(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** `undefined` for everything that is not an ISO time in UTC. */
export function readInstant(text: unknown): Instant | undefined {
  if (typeof text !== "string" || !isoTime.test(text)) return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

/** Fractions and even seconds may be missing: someone may have written the text by hand. */
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/;
