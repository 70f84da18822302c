// An outgoing event in the SDK's shape, for comparison.
import type { EventData } from "@azure/event-hubs";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";

export function toEventData(event: OutgoingEvent): EventData {
  const { body } = event;
  return {
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    contentType: event.contentType,
    messageId: event.eventId,
    properties: { ...event.properties },
  };
}
