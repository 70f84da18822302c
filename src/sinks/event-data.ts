// An outgoing event in the SDK's shape.
import type { EventData } from "@azure/event-hubs";
import type { OutgoingEvent } from "../pipeline/records.ts";

/**
 * The body is a `Buffer` over the same bytes: anything else the SDK would turn into JSON once more. The event id is the
 * message id, which consumers dedupe on and read-back recognises.
 */
export function toEventData(event: OutgoingEvent): EventData {
  const { body } = event;
  return {
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    contentType: event.contentType,
    messageId: event.eventId,
    properties: { ...event.properties },
  };
}
