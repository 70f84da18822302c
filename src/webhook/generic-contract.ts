// The generic contract: clientId and opportunity become one message, with everything else that the caller sent.
import * as z from "zod";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { Answer, WebhookContract } from "./contract.ts";
import { faultsOf } from "../http/problem-details.ts";
import { problem, type Fault } from "./problem.ts";
import type { SendOutcome, SharedSend } from "./shared-send.ts";

const CLIENT_ID = "clientId must be a text of 1 to 256 characters.";
const OPPORTUNITY = "opportunity must be a text that is not empty, a number or an object.";

/** Fields beyond these are kept, and travel in the message. */
export const genericBody = z
  .looseObject(
    {
      clientId: z.string(CLIENT_ID).min(1, CLIENT_ID).max(256, CLIENT_ID),
      opportunity: z.union([z.string().min(1, OPPORTUNITY), z.number(), z.looseObject({})], OPPORTUNITY),
    },
    "The body must be a JSON object.",
  )
  .meta({ title: "Message", description: "Further fields are kept and travel in the message." });

/** Names that consumers tell these messages by; no feed and no route can have the name. */
const NO_FEED = "_webhook";

export function genericContract(send: SharedSend["send"]): WebhookContract {
  return {
    accepts: (body) => typeof body === "object" && body !== null && !Array.isArray(body),
    faultsIn,
    async handle(body, { correlationId, text }) {
      // What the schema says of it was looked at by `faultsIn`.
      const { clientId }: Pick<z.infer<typeof genericBody>, "clientId"> = Object(body);
      return answerOf(await send(message(text, clientId, correlationId)), correlationId);
    },
  };
}

function faultsIn(body: unknown): readonly Fault[] {
  const { error } = genericBody.safeParse(body);
  const faults = error === undefined ? [] : faultsOf(error);
  const ownId = typeof body === "object" && body !== null && Object.hasOwn(body, "correlationId");
  const detail = "correlationId is added here. Send your own as the header x-correlation-id.";
  return ownId ? [...faults, { pointer: "/correlationId", detail }] : faults;
}

/** The caller's own text with one field more: numbers that JavaScript cannot hold stay as they were written. */
function message(text: string, clientId: string, correlationId: string): OutgoingEvent {
  const body = `${text.trimEnd().slice(0, -1)},"correlationId":${JSON.stringify(correlationId)}}`;
  return {
    eventId: correlationId,
    orderKey: clientId,
    body: Buffer.from(body),
    contentType: "application/json",
    properties: {
      route: NO_FEED,
      feed: NO_FEED,
      recType: "webhook",
      recordKey: correlationId,
      version: "1",
      source: "webhook",
      schemaVersion: 1,
      correlationId,
    },
  };
}

function answerOf(outcome: SendOutcome, correlationId: string): Answer {
  if (outcome.kind === "confirmed") return { status: 200, body: { status: "Message sent", correlationId } };
  if (outcome.kind === "refused") {
    const detail = "The queue will never take this message, mostly because of its size. Nothing was sent.";
    return problem("not-acceptable", detail, { correlationId, facts: { reason: outcome.reason } });
  }
  if (outcome.kind === "full") {
    const detail = "More messages wait than can be held. This one was not sent.";
    return problem("unavailable", detail, { correlationId, retryAfterMs: 5 * SECOND_MS });
  }
  const { code, message: what, fix } = outcome.error;
  const facts = { code, error: what, fix };
  const repeat = `Repeat the request with the header x-correlation-id: ${correlationId}.`;
  if (code === "SINK_UNCERTAIN") {
    const detail = `It is not known whether the message arrived. ${repeat} A queue with duplicate detection takes it once.`;
    return problem("unavailable", detail, { correlationId, retryAfterMs: 2 * SECOND_MS, facts });
  }
  const detail = `The queue cannot be used right now, and nothing was sent. ${repeat}`;
  return problem("unavailable", detail, { correlationId, retryAfterMs: RETRY_AFTER_MS[code] ?? 10 * SECOND_MS, facts });
}

const SECOND_MS = 1000;

/** What only an operator can put right is not worth asking for every few seconds. */
const RETRY_AFTER_MS: Partial<Record<string, number>> = {
  SINK_UNAUTHORIZED: 60 * SECOND_MS,
  SINK_NOT_FOUND: 60 * SECOND_MS,
  SINK_REFUSED: 60 * SECOND_MS,
};
