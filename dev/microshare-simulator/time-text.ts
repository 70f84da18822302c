// Times as the platform writes them, and the calendar texts of snapshots and people counters.

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** `2025-03-04T08:00:07.655Z`. */
export function isoText(at: number): string {
  return new Date(at).toISOString();
}

/** `03/04/2025 08:00:07:655 AM`: month first, 12-hour clock, milliseconds after a colon, UTC without saying so. */
export function usDateText(at: number): string {
  const date = new Date(at);
  const hour = date.getUTCHours();
  const day = `${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}/${date.getUTCFullYear()}`;
  const time = `${two(hour % 12 === 0 ? 12 : hour % 12)}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day} ${time}:${String(date.getUTCMilliseconds()).padStart(3, "0")} ${hour < 12 ? "AM" : "PM"}`;
}

/** Numbers as text, Monday = 1, week 1 holds 1 January and weeks begin on Sunday. */
export function calendarTexts(at: number): { dayOfTheWeek: string; dayOfTheYear: string; weekOfTheYear: string } {
  const date = new Date(at);
  const yearStart = Date.UTC(date.getUTCFullYear(), 0, 1);
  const dayOfTheYear = Math.floor((at - yearStart) / dayMs) + 1;
  const weekOfTheYear = Math.floor((dayOfTheYear - 1 + new Date(yearStart).getUTCDay()) / 7) + 1;
  return {
    dayOfTheWeek: String(mondayFirst(date.getUTCDay())),
    dayOfTheYear: String(dayOfTheYear),
    weekOfTheYear: String(weekOfTheYear),
  };
}

export interface LocalDay {
  /** `2025-03-04`, local. */
  readonly date: string;
  readonly hour: number;
  readonly dayOfTheWeek: number;
  /** The instant of the local midnight that began this day. */
  readonly startsAt: number;
}

/** The local calendar of a time zone, daylight saving included. */
export function localDay(at: number, timeZone: string): LocalDay {
  const local = new Date(at + offsetMs(at, timeZone));
  const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate());
  // The offset at midnight may differ from the one now: on two days a year it does.
  const guess = midnight - offsetMs(at, timeZone);
  return {
    date: isoText(midnight).slice(0, 10),
    hour: local.getUTCHours(),
    dayOfTheWeek: mondayFirst(local.getUTCDay()),
    startsAt: midnight - offsetMs(guess, timeZone),
  };
}

// Zones change their offset on quarter hours only.
const offsets = new Map<string, number>();
const formats = new Map<string, Intl.DateTimeFormat>();

function offsetMs(at: number, timeZone: string): number {
  const quarter = Math.floor(at / (15 * minuteMs));
  const cacheKey = `${timeZone} ${quarter}`;
  const known = offsets.get(cacheKey);
  if (known !== undefined) return known;
  const instant = quarter * 15 * minuteMs;
  const parts = new Map(
    formatFor(timeZone)
      .formatToParts(instant)
      .map((part) => [part.type, Number(part.value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
  offsets.set(cacheKey, local - instant);
  return local - instant;
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  formats.set(timeZone, format);
  return format;
}

function mondayFirst(sundayFirst: number): number {
  return sundayFirst === 0 ? 7 : sundayFirst;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
