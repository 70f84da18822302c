// The port to the outbox: every mail is a row before anything is sent, so that no mail hangs on a process that lives on.
import type { Mail } from "./mail.ts";

/** For those who have something to say. */
export interface MailOutbox {
  /**
   * Resolves with the mail's id, a UUID, once it is safe; the function `mail` sends it. The id is the operation id too.
   * Throws `MAIL_OUTBOX_FULL` when too many wait, and the errors of the state table.
   * @param id a UUID of the caller's; a mail that is there under it already is left as it is. Default: a new one.
   */
  add(mail: Mail, id?: string): Promise<string>;
}

export const outboxLimits = {
  /** Mails that wait or are on their way: ten hours of a managed domain. One more is refused. */
  open: 100,
  /** Rows of mails that ended, without what was in them; with the open ones they fit into one answer of the store. */
  ended: 500,
  /** After that long a mail is given up, as is the wait for its outcome: what is a day late helps nobody. */
  openMs: 24 * 60 * 60 * 1000,
  /** How long a row tells how a mail ended. */
  endedMs: 24 * 60 * 60 * 1000,
};

/** Times are milliseconds since 1970. */
export type MailState =
  | { readonly kind: "queued"; readonly tries: number; readonly notBefore: number }
  /** Noted before the service is called. Until `claimedUntil` the process that noted it may be at work. */
  | { readonly kind: "sending"; readonly tries: number; readonly claimedUntil: number }
  /** The service has it: it is never sent again. */
  | { readonly kind: "accepted"; readonly operationId: string; readonly asked: number; readonly askAt: number }
  | { readonly kind: "succeeded" | "failed" | "given-up"; readonly endedAt: number };

export interface OutboxEntry {
  readonly id: string;
  readonly queuedAt: number;
  readonly recipients: number;
  readonly state: MailState;
  /** Exactly as long as it may have to be sent: while queued or sending. */
  readonly mail?: Mail;
  /** Changes with every write. */
  readonly mark: string;
}

/** What the service's limits are held against, whichever process sends. */
export interface Pace {
  /** When sends began, of the last hour. */
  readonly sentAt: readonly number[];
  /** The service asked for patience, or does not let us in: nothing is sent before. */
  readonly pausedUntil: number;
  /** Absent when it was never written. */
  readonly mark?: string;
}

export interface OutboxSight {
  /** In the order of `queuedAt`. */
  readonly entries: readonly OutboxEntry[];
  readonly pace: Pace;
}

/** For the one who sends. Throws the errors of the state table. */
export interface OutboxStore extends MailOutbox {
  /** Everything, with one call to the store. */
  look(): Promise<OutboxSight>;
  /**
   * Writes both, or neither when one of them was changed by somebody else since it was seen: then `undefined`. Resolves
   * with them and their new marks.
   */
  change(entry: OutboxEntry, pace: Pace): Promise<{ readonly entry: OutboxEntry; readonly pace: Pace } | undefined>;
  /** Removes rows of ended mails. */
  remove(ids: readonly string[]): Promise<void>;
}
