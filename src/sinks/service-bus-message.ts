// An outgoing event as a Service Bus message.
import { createHash } from "node:crypto";
import type { ServiceBusMessage } from "@azure/service-bus";
import type { OutgoingEvent } from "../pipeline/records.ts";

/**
 * The event id is the message id: duplicate detection drops a repeat by it, and consumers can. The record type is the
 * subject too, which correlation filters of a topic match without an SQL rule.
 */
export function toServiceBusMessage(event: OutgoingEvent, withSession: boolean): ServiceBusMessage {
  const { body } = event;
  return {
    // Over the same bytes: anything but a `Buffer` the SDK would turn into JSON once more.
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    contentType: event.contentType,
    messageId: event.eventId,
    subject: event.properties.recType,
    applicationProperties: { ...event.properties },
    ...(withSession ? { sessionId: sessionIdOf(event.orderKey) } : {}),
  };
}

/** What the service allows. */
const longestSessionId = 128;

/** The order key itself, where it can be a session id; else one made from it that is the same every time. */
export function sessionIdOf(orderKey: string): string {
  if (orderKey !== "" && orderKey.length <= longestSessionId) return orderKey;
  const hash = createHash("sha256").update(orderKey).digest("hex").slice(0, 32);
  return `${orderKey.slice(0, longestSessionId - hash.length - 1)}~${hash}`;
}
