// The paths of docs/openapi.json, each with its schemas. A function that is served over HTTP adds its own here.
import * as z from "zod";
import { notificationSchema } from "../src/notify/notification.ts";
import { CORRELATION_ID } from "../src/webhook/correlation-id.ts";
import { genericBody } from "../src/webhook/generic-contract.ts";
import { pushAnswer, pushEnvelope, pushList } from "../src/webhook/push-contract.ts";

export interface ApiAnswer {
  readonly description: string;
  /** Absent where there is no body. */
  readonly schema?: z.ZodType;
  /** Names of headers with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiPath {
  /** Below the server's address, with its default route. */
  readonly path: string;
  readonly method: "get" | "post";
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly needsKey: boolean;
  /** Names of headers that a caller may send. */
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: z.ZodType }>>;
  readonly body?: z.ZodType;
  /** By status. Those of 400 and more have the form of RFC 9457, unless their schema is another. */
  readonly answers: Readonly<Record<string, ApiAnswer>>;
}

/** As `src/http/problem-details.ts` makes them. */
export const problemBody = z
  .looseObject({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    correlationId: z.string().optional(),
    errors: z
      .array(
        z.union([
          z.strictObject({ pointer: z.string(), detail: z.string() }),
          z.strictObject({ header: z.string(), detail: z.string() }),
        ]),
      )
      .optional()
      .meta({
        description: "Everything that is wrong: a JSON pointer into the body (RFC 6901), or the name of a header.",
      }),
  })
  .meta({ title: "Problem", description: "Problem details by RFC 9457." });

const messageSent = z
  .object({ status: z.literal("Message sent"), correlationId: z.string() })
  .meta({ title: "MessageSent", description: "Given only after the queue has confirmed the message." });

const health = z
  .object({ live: z.literal(true), ready: z.boolean() })
  .meta({ title: "Health", description: "Whether the queue and the state can be reached from this instance." });

const mailQueued = z
  .object({ operationId: z.uuid(), status: z.literal("queued") })
  .meta({ title: "MailQueued", description: "How the operation ends stands in the log, under its id." });

const id = z.string().regex(CORRELATION_ID);
const answersTo = { "x-correlation-id": "The id of this request." };
const comeAgain = { "retry-after": "When to try again, in seconds." };
const again = { ...answersTo, "retry-after": "When to try again, in seconds." };
const problem = (description: string, headers: Readonly<Record<string, string>> = answersTo): ApiAnswer => ({
  description,
  schema: problemBody,
  headers,
});

export const apiPaths: readonly ApiPath[] = [
  {
    path: "/api/webhook",
    method: "post",
    operationId: "sendMessage",
    summary: "Puts a message onto the queue",
    description:
      "The route is that of WEBHOOK_ROUTE. The answer comes once the queue has confirmed the message. See docs/webhook.md for signatures, repeats and limits.",
    needsKey: true,
    headers: {
      "x-correlation-id": {
        description: "Id of the message: a repeat with the same id is the same message. A new UUID without it.",
        schema: id,
      },
      "idempotency-key": { description: "Another name for x-correlation-id.", schema: id },
      "x-webhook-timestamp": {
        description: "Needed with WEBHOOK_SECRET: the time of the signature, in seconds since 1970-01-01 UTC.",
        schema: z.string().regex(/^\d{1,12}$/),
      },
      "x-webhook-signature": {
        description: "Needed with WEBHOOK_SECRET: v1= and the HMAC-SHA256 in hexadecimal digits.",
        schema: z.string(),
      },
    },
    body: z.union([genericBody, pushEnvelope, pushList]).meta({
      title: "WebhookBody",
      description: "A message; or, where a feed has push, records in the platform's streaming envelope.",
    }),
    answers: {
      200: {
        description: "The queue has confirmed the message.",
        schema: z.union([messageSent, pushAnswer]).meta({
          title: "WebhookAnswer",
          description: "The first for a message, the second for pushed records.",
        }),
        headers: { ...answersTo, "idempotency-replayed": "`true` when the message had been confirmed before." },
      },
      400: problem("The body or a header is not valid; nothing was sent."),
      401: {
        description: "The function key is missing or wrong (no body), or the signature is (problem details).",
        schema: problemBody,
      },
      409: problem("A message with this id and another body was confirmed before."),
      413: problem("The body is too large.", {}),
      415: problem("The body is not announced as JSON."),
      422: problem("The queue will never take this message."),
      429: problem("Too many requests for this instance.", again),
      503: problem(
        "The message was not sent, or it is not known whether it was; of pushed records, not all were.",
        again,
      ),
    },
  },
  {
    path: "/api/health",
    method: "get",
    operationId: "health",
    summary: "Whether this instance can send",
    description: "For load balancers. A result stands for ten seconds.",
    needsKey: false,
    answers: {
      200: { description: "Live and ready.", schema: health },
      503: { description: "Live, but not ready.", schema: health },
    },
  },
  {
    path: "/api/notification",
    method: "post",
    operationId: "sendNotification",
    summary: "Sends an e-mail",
    description:
      "With NOTIFY=on. The answer comes once the mail is safe in the outbox; it leaves within a minute, or as the limits of the mail domain allow. See docs/notifications.md.",
    needsKey: true,
    body: notificationSchema,
    answers: {
      202: { description: "The mail is in the outbox.", schema: mailQueued },
      400: problem("The body is no notification; nothing was taken.", {}),
      401: { description: "The function key is missing or wrong." },
      403: problem("A recipient is not in NOTIFY_ALLOWED_RECIPIENTS; nothing was taken.", {}),
      413: problem("The body is too large.", {}),
      415: problem("The body is not announced as JSON in UTF-8.", {}),
      429: problem("Too many requests for this instance.", comeAgain),
      503: problem("The mail could not be kept, or e-mail is not set up.", comeAgain),
    },
  },
];
