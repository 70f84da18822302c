// What a request to the function `notification` must be, and what becomes of it: a mail in the outbox, or every fault listed.
import * as z from "zod";
import { BridgeError } from "../errors.ts";
import { faultsOf, problem, type HttpAnswer } from "../http/problem-details.ts";
import type { RequestRate } from "../http/request-rate.ts";
import { isAllowedRecipient, mailAddress, type AllowedRecipients } from "../mail-address.ts";
import { isHeaderText, mailLimits } from "./mail.ts";
import type { MailOutbox } from "./mail-outbox.ts";

/** The part of a request that counts. */
export interface NotificationRequest {
  /** `null` when there is no such header. */
  header(name: string): string | null;
  bytes(): Promise<Uint8Array>;
}

export interface NotificationDeps {
  readonly outbox: MailOutbox;
  readonly allowed: AllowedRecipients;
  readonly rate: RequestRate;
  readonly log: {
    info(message: string, facts: Readonly<Record<string, unknown>>): void;
    error(message: string, facts: Readonly<Record<string, unknown>>): void;
  };
}

/** Of a whole body: the longest subject and message in UTF-8, escaped as JSON, and fifty recipients. */
export const mostBodyBytes = 192 * 1024;

/** Answered when the store or the outbox cannot take a mail now. */
const RETRY_AFTER_MS = 60_000;

const address = z.string("must be an e-mail address").refine((text) => mailAddress(text) !== undefined, {
  message: "must be a plain e-mail address such as ops@example.com: no name, comment, quotes or list",
});

/** The names are those that callers of the service know. */
export const notificationSchema = z.strictObject(
  {
    to_email: z.union(
      [
        address,
        z
          .array(address)
          .min(1, "must name a recipient")
          .max(mailLimits.recipients, `must not name more than ${mailLimits.recipients} recipients`),
      ],
      { error: "must be a plain e-mail address such as ops@example.com, or a list of them" },
    ),
    subject: z
      .string("must be text")
      .min(1, "must not be empty")
      .max(mailLimits.subject, `must not be longer than ${mailLimits.subject} characters`)
      .refine(isHeaderText, "must be one line without control characters"),
    message: z
      .string("must be text")
      .min(1, "must not be empty")
      .max(mailLimits.text, `must not be longer than ${mailLimits.text} characters`)
      .refine((text) => text.isWellFormed() && !text.includes("\0"), "must be well-formed text without NUL"),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? "must have no field but to_email, subject and message" : "must be an object",
  },
);

/**
 * Answers 202 with the mail's id, which is the operation id, once the mail is safe in the outbox; the function `mail` sends
 * it within a minute or as the service's limits allow, and logs how that ended. Throws for bugs alone.
 */
export async function receiveNotification(request: NotificationRequest, deps: NotificationDeps): Promise<HttpAnswer> {
  const { outbox, allowed, rate, log } = deps;
  const room = rate();
  if (room.kind === "too-many") {
    return problem(429, "More requests than this instance takes in a minute. Send it again later.", room);
  }
  const read = await readBody(request);
  if ("status" in read) return read;
  const parsed = notificationSchema.safeParse(read.json);
  if (!parsed.success) {
    return problem(400, "The request is not a notification. Correct what is listed.", {
      errors: faultsOf(parsed.error),
    });
  }
  const { to_email: given, subject, message } = parsed.data;
  const list = [given].flat();
  const errors = list.flatMap((text, place) =>
    isAllowedRecipient(allowed, mailAddress(text) ?? "")
      ? []
      : [{ pointer: Array.isArray(given) ? `/to_email/${place}` : "/to_email", detail: "may not be written to" }],
  );
  if (errors.length > 0) {
    const detail = "Only addresses and domains in the app setting NOTIFY_ALLOWED_RECIPIENTS may be written to.";
    return problem(403, detail, { errors });
  }
  const to = [...new Set(list.map((text) => text.toLowerCase()))];
  try {
    const operationId = await outbox.add({ to, subject, text: message });
    log.info(`Mail ${operationId} was taken.`, { mail: operationId, recipients: to.length });
    const headers = { "content-type": "application/json" };
    return { status: 202, headers, body: { operationId, status: "queued" } };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const { code, message: why, fix } = error;
    log.error(`A mail was not taken: ${why}`, { error: { code, message: why, fix } });
    const detail =
      code === "MAIL_OUTBOX_FULL"
        ? "Too many mails wait to be sent. Nothing was taken; send it again later."
        : "The mail could not be kept safe. Nothing was taken for certain; send it again later.";
    return problem(503, detail, { retryAfterMs: RETRY_AFTER_MS });
  }
}

async function readBody(request: NotificationRequest): Promise<HttpAnswer | { readonly json: unknown }> {
  const type = request.header("content-type") ?? "";
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type)) {
    return problem(415, "Send the notification as application/json in UTF-8.");
  }
  const tooLarge = problem(413, `The body has more than ${mostBodyBytes} bytes.`);
  if (Number(request.header("content-length") ?? 0) > mostBodyBytes) return tooLarge;
  const bytes = await request.bytes();
  if (bytes.byteLength > mostBodyBytes) return tooLarge;
  try {
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch (error) {
    // What a decoder and a parser throw for bad input; their texts would quote it.
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    return problem(400, "The body is no JSON in UTF-8.");
  }
}
