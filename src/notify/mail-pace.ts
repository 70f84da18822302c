// How fast mails may go out, and how long to wait after something went wrong. Pure.
import type { Pace } from "./mail-outbox.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

export interface MailLimits {
  readonly perMinute: number;
  readonly perHour: number;
}

/** True when one more send keeps the limits and the service did not ask for patience. */
export function maySend({ sentAt, pausedUntil }: Pace, { perMinute, perHour }: MailLimits, now: number): boolean {
  const within = (spanMs: number): number => sentAt.filter((at) => at > now - spanMs).length;
  return now >= pausedUntil && within(MINUTE_MS) < perMinute && within(HOUR_MS) < perHour;
}

/** The pace with one more send, and without those that no limit looks at any more. */
export function withSend(pace: Pace, now: number): Pace {
  return { ...pace, sentAt: [...pace.sentAt.filter((at) => at > now - HOUR_MS), now] };
}

export function pausedFor(pace: Pace, waitMs: number, now: number): Pace {
  return { ...pace, pausedUntil: Math.max(pace.pausedUntil, now + waitMs) };
}

export const waits = {
  /** Twice and more the longest send: who comes back later than that from a send finds the row changed. */
  claimMs: 2 * MINUTE_MS,
  sendMs: 30 * SECOND_MS,
  askMs: 20 * SECOND_MS,
  /** Where the service does not let us in, or asks for patience without saying how long. */
  pauseMs: 5 * MINUTE_MS,
};

/**
 * Until an operation is asked for again: one, two, four minutes and so on up to an hour. Questions have a limit of their
 * own, on a managed domain about two a mail.
 */
export function untilNextQuestion(asked: number, askAfterMs = 0): number {
  return Math.max(askAfterMs, Math.min(HOUR_MS, MINUTE_MS * 2 ** Math.min(asked, 10)));
}
