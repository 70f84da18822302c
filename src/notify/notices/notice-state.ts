// What is remembered of notices from run to run: small, bounded, plain data.
import * as z from "zod";
import type { Instant } from "../../pipeline/records.ts";
import { LASTING_CAUSES, MOMENTARY_CAUSES, type Cause } from "./causes.ts";

const instant = z.number();
const count = z.number().int().min(0);

const entry = z.object({
  cause: z.enum([...LASTING_CAUSES, ...MOMENTARY_CAUSES]),
  /** The route; the rule; empty for the app as a whole. */
  where: z.string(),
  /** When this time of it began. */
  since: instant,
  /** Failures in a row; or of a momentary cause what is not told yet. */
  count,
  code: z.string().optional(),
  /** A lasting one is told of, so that its end will be told. */
  told: z.literal(true).optional(),
  /** When it was told last: the cool-down counts from here. */
  toldAt: instant.optional(),
  /** How often it was told again while it lasted. */
  reminders: count.optional(),
  /** When it ended. With `told` its end is not told yet; without, it is kept for its cool-down alone. */
  overAt: instant.optional(),
  /** Of a rule. */
  example: z.string().optional(),
  to: z.array(z.string()).optional(),
  coolDownMs: z.number().optional(),
});

const waitingMail = z.object({
  id: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
});

const state = z.object({
  at: instant,
  entries: z.array(entry),
  /** When a route last delivered something, or was first seen. */
  deliveredAt: z.record(z.string(), instant),
  pace: z.object({ level: z.number(), at: instant }),
  /** Mails that the outbox has not taken yet. */
  waiting: z.array(waitingMail),
});

/** One cause at one place. */
export type NoticeEntry = Readonly<z.infer<typeof entry>>;
export type WaitingMail = Readonly<z.infer<typeof waitingMail>>;

export interface NoticeState {
  /** Of the latest run that changed something. */
  readonly at: Instant;
  readonly entries: readonly NoticeEntry[];
  readonly deliveredAt: Readonly<Record<string, Instant>>;
  /** How full the bucket was when the last mail went, and when that was. */
  readonly pace: { readonly level: number; readonly at: Instant };
  readonly waiting: readonly WaitingMail[];
}

export const NO_NOTICES: NoticeState = {
  at: 0,
  entries: [],
  deliveredAt: {},
  pace: { level: 0, at: 0 },
  waiting: [],
};

/** Some 150 characters each: one row of a table holds them. What is new beyond that is taken up when there is room. */
export const MOST_ENTRIES = 2000;

export function keyOf({ cause, where }: { readonly cause: Cause; readonly where: string }): string {
  return `${cause} ${where}`;
}

export function noticeStateText(value: NoticeState): string {
  return JSON.stringify(value);
}

/** `undefined` when the text is not a state. */
export function readNoticeState(text: string): NoticeState | undefined {
  try {
    return state.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
