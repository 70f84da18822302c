// An outgoing event as a Kafka record, and how many bytes it can take on the way.
import type { OutgoingEvent } from "../pipeline/records.ts";

export interface KafkaMessage {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
}

/**
 * The key is the device, so that consumers and compaction see it. Headers are text, as Kafka has nothing else: the event id as
 * `message-id`, the content type under the name that CloudEvents gives it, and each property under its own name.
 */
export function toKafkaMessage(event: OutgoingEvent, partition: number): KafkaMessage {
  const { body } = event;
  return {
    key: Buffer.from(event.orderKey),
    value: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    headers: kafkaHeaders(event),
    partition,
  };
}

function kafkaHeaders(event: OutgoingEvent): Readonly<Record<string, string>> {
  const properties = Object.entries(event.properties).map(([name, value]) => [name, String(value)]);
  return { "message-id": event.eventId, "content-type": event.contentType, ...Object.fromEntries(properties) };
}

/** Never less than what the record takes in a batch without compression: each length is counted at its longest. */
export function mostMessageBytes({ key, value, headers }: KafkaMessage): number {
  let bytes = recordFrame + key.byteLength + value.byteLength;
  for (const [name, text] of Object.entries(headers)) {
    bytes += headerFrame + Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  return bytes;
}

/** Six numbers of at most 5 bytes, an 8 byte time at its longest 10, and the attributes. */
const recordFrame = 6 * 5 + 10 + 1;
const headerFrame = 2 * 5;

/** Most of a request and its batch besides records: 61 of the batch, 45 of the request, its topic and the client's name. */
export const requestFrame = 512;
