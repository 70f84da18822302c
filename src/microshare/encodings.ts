// The encodings of three generations of the platform (ids, dates, numbers), read into one form each.
// What cannot be read is undefined, never NaN and never a guess.
import type { Instant } from "../pipeline/records.ts";
import { isObject, valueAt } from "./json-value.ts";

/** A record id: text, or `{"$oid": text}`. */
export function readId(value: unknown): string | undefined {
  const id = isObject(value) ? valueAt(value, "$oid") : value;
  return typeof id === "string" && id.trim() !== "" ? id : undefined;
}

/** A number: plain, as text, or in MongoDB's extended JSON. */
export function readNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "string") return NUMBER_TEXT.test(value) ? readNumber(Number(value)) : undefined;
  if (!isObject(value)) return undefined;
  const name = EXTENDED_NUMBERS.find((extended) => Object.hasOwn(value, extended));
  const inner = name === undefined ? undefined : value[name];
  return isObject(inner) ? undefined : readNumber(inner);
}

/**
 * A date: ISO text with 0 to 9 decimals (no zone means UTC), US text with the milliseconds after a colon (UTC),
 * a number (milliseconds, or seconds where milliseconds would lie before 1973), 13 digits as text, or extended JSON
 * around any of these.
 */
export function readInstant(value: unknown): Instant | undefined {
  if (typeof value === "string") {
    // Other runs of digits could be a date without separators.
    return (
      readUsualIsoText(value) ?? (/^\d{13}$/.test(value) ? Number(value) : (readIsoText(value) ?? readUsText(value)))
    );
  }
  if (isObject(value) && Object.hasOwn(value, "$date")) {
    const inner = valueAt(value, "$date");
    return isObject(inner) && Object.hasOwn(inner, "$date") ? undefined : readInstant(inner);
  }
  return fromNumber(readNumber(value));
}

/** The creation second that an ObjectId begins with. */
export function instantOfId(id: string | undefined): Instant | undefined {
  return id !== undefined && OBJECT_ID.test(id) ? fromNumber(Number.parseInt(id.slice(0, 8), 16)) : undefined;
}

/** 24 hex digits: what every record of the platform is known by. */
export function isObjectId(id: string): boolean {
  return OBJECT_ID.test(id);
}

const OBJECT_ID = /^[0-9a-f]{24}$/i;
const NUMBER_TEXT = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const EXTENDED_NUMBERS = ["$numberLong", "$numberInt", "$numberDouble"];

/** 1973-03-03: as milliseconds nothing can be older, as seconds nothing can be newer than the year 5138. */
const FIRST_MILLISECONDS = 100_000_000_000;
/** Also 1973, in seconds: a smaller number is no time at all (0 stands for "not set"). */
const FIRST_SECONDS = 100_000_000;
const LAST_INSTANT = 8_640_000_000_000_000;

function fromNumber(number: number | undefined): Instant | undefined {
  if (number === undefined || number < FIRST_SECONDS || number > LAST_INSTANT) return undefined;
  return Math.floor(number < FIRST_MILLISECONDS ? number * 1000 : number);
}

/** How nearly all times are written. Each record has several, and this is ten times as fast as the general way. */
const USUAL_LENGTH = "2025-01-31T00:00:00.000Z".length;

/** Undefined for anything but four digits for the year and so on to the Z, also for dates that no calendar has. */
function readUsualIsoText(text: string): Instant | undefined {
  if (text.length !== USUAL_LENGTH || text.charCodeAt(10) !== 0x54 || text.charCodeAt(23) !== 0x5a) return undefined;
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d || text.charCodeAt(19) !== 0x2e) return undefined;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return undefined;
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const millisecond = 10 * twoDigits(text, 20) + digit(text, 22);
  // The days that every month has: the few others, leap seconds and mistakes go the general way. So does NaN.
  const isPlain = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
  if (!isPlain || !(hour <= 23 && minute <= 59 && second <= 59) || Number.isNaN(millisecond)) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
}

function twoDigits(text: string, at: number): number {
  return 10 * digit(text, at) + digit(text, at + 1);
}

/** NaN for anything else. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at) - 0x30;
  return code >= 0 && code <= 9 ? code : Number.NaN;
}

const ISO_TEXT = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:(Z)|([+-])(\d\d):?(\d\d))?$/i;

function readIsoText(text: string): Instant | undefined {
  const match = ISO_TEXT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = "0", decimals = "", , sign, zoneHours, zoneMinutes] = match;
  const milliseconds = Number(decimals.slice(0, 3).padEnd(3, "0"));
  const local = instantOf([year, month, day], [hour, minute, second, milliseconds].map(Number));
  if (local === undefined || sign === undefined) return local;
  const offsetMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return sign === "+" ? local - offsetMs : local + offsetMs;
}

const US_TEXT = /^(\d\d?)\/(\d\d?)\/(\d{4}) (\d\d?):(\d\d):(\d\d)(?::(\d{1,3}))? ?([AP])M$/i;

function readUsText(text: string): Instant | undefined {
  const match = US_TEXT.exec(text);
  if (match === null) return undefined;
  const [, month, day, year, hour, minute, second, millisecond = "0", half] = match;
  const hourOfHalf = Number(hour);
  if (hourOfHalf < 1 || hourOfHalf > 12) return undefined;
  // 12 AM is the hour 0, 12 PM the hour 12.
  const hourOfDay = (hourOfHalf % 12) + (half?.toUpperCase() === "P" ? 12 : 0);
  return instantOf([year, month, day], [hourOfDay, minute, second, millisecond].map(Number));
}

/** Undefined for a date that no calendar has; `Date` would roll it over. */
function instantOf(date: readonly (string | undefined)[], time: readonly number[]): Instant | undefined {
  const [year = 0, month = 0, day = 0] = date.map(Number);
  const [hour = 0, minute = 0, second = 0, millisecond = 0] = time;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  if (year < 1970 || midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  // 60 is a leap second: it counts into the next minute.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
}
