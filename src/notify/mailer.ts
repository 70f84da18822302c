// The port to the service that sends mails: begin an operation, and ask later how it ended.
import type { BridgeError } from "../errors.ts";
import type { Mail } from "./mail.ts";

/** What a service said to a mail. `error` tells the operator; it holds neither an address nor a secret. */
export type SendStarted =
  /** It has the mail. How it goes on is asked for with `outcome` and this id: the service may give one of its own. */
  | { readonly kind: "started"; readonly operationId: string; readonly askAfterMs?: number }
  /** It has not taken the mail, but may later. `MAIL_THROTTLED` (honour `retryAfterMs`) or `MAIL_DENIED`. */
  | { readonly kind: "not-taken"; readonly error: BridgeError; readonly retryAfterMs?: number }
  /** It will never take this mail: `MAIL_REFUSED`. */
  | { readonly kind: "refused"; readonly error: BridgeError }
  /** It may have the mail or not: `MAIL_UNAVAILABLE`. Ask for the operation before anything is sent again. */
  | { readonly kind: "uncertain"; readonly error: BridgeError; readonly retryAfterMs?: number };

/** How an operation stands. `succeeded` means that the service sent the mail off, not that it was delivered. */
export type MailOutcome =
  | { readonly kind: "running"; readonly askAfterMs?: number }
  | { readonly kind: "succeeded" }
  /** `MAIL_FAILED`. */
  | { readonly kind: "failed"; readonly error: BridgeError }
  /** The service knows no such operation: it never took the mail. */
  | { readonly kind: "unknown" }
  /** It could not be asked: `MAIL_THROTTLED`, `MAIL_DENIED`, `MAIL_UNAVAILABLE`. */
  | { readonly kind: "unanswered"; readonly error: BridgeError; readonly retryAfterMs?: number };

/** Expected failures are outcomes; what is thrown is a bug. */
export interface Mailer {
  /**
   * Asks the service once, without repeating. A send with an `operationId` (a UUID) that the service knows already is the
   * same operation and sends nothing again.
   */
  send(mail: Mail, operationId: string, signal: AbortSignal): Promise<SendStarted>;
  outcome(operationId: string, signal: AbortSignal): Promise<MailOutcome>;
}
