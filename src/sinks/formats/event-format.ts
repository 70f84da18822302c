// In which form events leave, by the name a sink's setting gives.
import type { CloudEventPrefix, OutgoingEvent } from "../../pipeline/records.ts";
import { toBinaryCloudEvent, toStructuredCloudEvent } from "./cloud-event.ts";
import { toEnvelope } from "./envelope.ts";

/** Every name a sink's `format` may have; the first is the default. */
export const eventFormats = ["record", "envelope", "cloudevents", "cloudevents-binary"] as const;

export type EventFormatName = (typeof eventFormats)[number];

/**
 * Turns an event into its form for a sink: body, content type and further properties. Event id, order key and the
 * properties it came with stay as they are, so that reading back, order and consumers that drop repeats know it in any form.
 */
export type EventFormat = (event: OutgoingEvent) => OutgoingEvent;

/** How events travel: decides the names of CloudEvents attributes in binary mode. */
export type EventTransport = "amqp" | "kafka";

const prefixes: Readonly<Record<EventTransport, CloudEventPrefix>> = { amqp: "cloudEvents_", kafka: "ce_" };

/** The function of a format. The bodies it is given must be JSON, as those of records are. */
export function eventFormat(name: EventFormatName, transport: EventTransport): EventFormat {
  const formats: Readonly<Record<EventFormatName, EventFormat>> = {
    record: (event) => event,
    envelope: toEnvelope,
    cloudevents: toStructuredCloudEvent,
    "cloudevents-binary": (event) => toBinaryCloudEvent(event, prefixes[transport]),
  };
  return formats[name];
}
