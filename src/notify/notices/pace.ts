// How fast mails may follow each other: a bucket that fills with every mail and drains with time.
import type { Instant } from "../../pipeline/records.ts";
import type { NoticeState } from "./notice-state.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** At most so many mails go in any hour: a managed mail domain takes 10, and others write mails too. */
export const MOST_MAILS_AN_HOUR = 6;
/** So many at once, from an empty bucket; a managed mail domain takes 5 a minute. */
const AT_ONCE = 3;
/** One mail drains in so long. */
const DRAIN_MS = 6 * HOUR_MS;
/** From a full bucket on the pause between two mails doubles with each. */
const LEAST_PAUSE_MS = 15 * MINUTE_MS;
export const LONGEST_PAUSE_MS = 8 * HOUR_MS;

type Pace = NoticeState["pace"];

/** How many mails may go now. With one alone, what there is to tell goes together as a digest. */
export function mailsAllowed(pace: Pace, now: Instant): number {
  const { level, at } = asSeen(pace, now);
  if (now < at + pauseAfter(level)) return 0;
  return Math.max(1, AT_ONCE - Math.ceil(drained(level, at, now)));
}

export function afterMails(pace: Pace, mails: number, now: Instant): Pace {
  if (mails === 0) return pace;
  const { level, at } = asSeen(pace, now);
  return { level: drained(level, at, now) + mails, at: Math.max(at, now) };
}

function drained(level: number, at: Instant, now: Instant): number {
  return Math.max(0, level - Math.max(0, now - at) / DRAIN_MS);
}

function pauseAfter(level: number): number {
  if (level < AT_ONCE) return 0;
  return Math.min(LONGEST_PAUSE_MS, LEAST_PAUSE_MS * 2 ** Math.floor(level - AT_ONCE));
}

/** A time far ahead comes from a clock that was wrong: it must not silence the others. */
function asSeen(pace: Pace, now: Instant): Pace {
  return pace.at > now + LONGEST_PAUSE_MS ? { ...pace, at: now } : pace;
}
