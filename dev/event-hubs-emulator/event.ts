// One event on its two ways: as ground truth for tests, and as bytes on the way to a reader.
import rhea from "rhea";
import { mapEntries, readSections, sectionCode } from "../amqp/sections.ts";
import { bodyOf, textOf } from "../amqp/values.ts";
import type { StoredMessage } from "./store.ts";

/** An event as the hub holds it, decoded. */
export interface StoredEvent {
  readonly partitionId: string;
  readonly sequenceNumber: number;
  readonly offset: string;
  /** Milliseconds since 1970. */
  readonly enqueuedAt: number;
  readonly messageId: string | undefined;
  readonly contentType: string | undefined;
  /** Application properties. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly partitionKey: string | undefined;
  /** Message annotations as the client wrote them. */
  readonly annotations: Readonly<Record<string, unknown>>;
}

export function readEvent(event: StoredMessage): StoredEvent {
  const message = rhea.message.decode(event.message);
  const annotations: Record<string, unknown> = message["message_annotations"] ?? {};
  return {
    partitionId: event.partitionId,
    sequenceNumber: event.sequenceNumber,
    offset: String(event.offset),
    enqueuedAt: event.enqueuedAt,
    messageId: textOf(message["message_id"]),
    contentType: textOf(message["content_type"]),
    properties: message["application_properties"] ?? {},
    body: bodyOf(message["body"]),
    partitionKey: textOf(annotations["x-opt-partition-key"]),
    annotations,
  };
}

/** What a reader that asks for it is told about the end of the partition, beside each event. */
export interface EndOfPartition {
  readonly last: StoredMessage;
  readonly now: number;
}

/** The message with the service's annotations added; everything else goes out byte for byte as it came in. */
export function encodeDelivery(event: StoredMessage, end?: EndOfPartition): Buffer {
  const { message } = event;
  const before: Buffer[] = [];
  const after: Buffer[] = [];
  let clientAnnotations: { count: number; entries: Buffer } = { count: 0, entries: Buffer.alloc(0) };
  for (const section of readSections(message)) {
    if (section.code === sectionCode.messageAnnotations) clientAnnotations = mapEntries(message, section);
    else if (section.code === sectionCode.header) before.push(message.subarray(section.start, section.end));
    else if (section.code !== sectionCode.deliveryAnnotations) after.push(message.subarray(section.start, section.end));
  }
  if (end !== undefined) before.push(endOfPartitionSection(end));
  return Buffer.concat([...before, ...annotationSection(event, clientAnnotations), ...after]);
}

const sequenceKey = Buffer.from("\xa3\x15x-opt-sequence-number", "latin1");
const timeKey = Buffer.from("\xa3\x13x-opt-enqueued-time", "latin1");
const offsetKey = Buffer.from("\xa3\x0cx-opt-offset", "latin1");

/** Hand-written AMQP: a described map (0x72) whose own entries come last, so that they win over forged ones. */
function annotationSection(event: StoredMessage, client: { count: number; entries: Buffer }): Buffer[] {
  const offset = String(event.offset);
  const own = Buffer.allocUnsafe(sequenceKey.length + 9 + timeKey.length + 9 + offsetKey.length + 2 + offset.length);
  let at = sequenceKey.copy(own, 0);
  at = writeLong(own, 0x81, event.sequenceNumber, at);
  at += timeKey.copy(own, at);
  at = writeLong(own, 0x83, event.enqueuedAt, at);
  at += offsetKey.copy(own, at);
  at = own.writeUInt8(0xa1, at); // a string shorter than 256 bytes
  at = own.writeUInt8(offset.length, at);
  own.write(offset, at, "latin1");
  const head = Buffer.from([0, 0x53, sectionCode.messageAnnotations, 0xd1, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(4 + client.entries.length + own.length, 4);
  head.writeUInt32BE(client.count + 6, 8);
  return [head, client.entries, own];
}

function writeLong(to: Buffer, typeCode: number, value: number, at: number): number {
  const next = to.writeUInt8(typeCode, at);
  to.writeUInt32BE(Math.floor(value / 2 ** 32), next);
  return to.writeUInt32BE(value % 2 ** 32, next + 4);
}

function endOfPartitionSection({ last, now }: EndOfPartition): Buffer {
  const { message, types } = rhea;
  const bytes = message.encode({
    delivery_annotations: {
      last_enqueued_sequence_number: types.wrap_long(last.sequenceNumber),
      last_enqueued_offset: String(last.offset),
      last_enqueued_time_utc: types.wrap_timestamp(last.enqueuedAt),
      runtime_info_retrieval_time_utc: types.wrap_timestamp(now),
    },
  });
  const section = readSections(bytes).find(({ code }) => code === sectionCode.deliveryAnnotations);
  return bytes.subarray(section?.start, section?.end);
}
