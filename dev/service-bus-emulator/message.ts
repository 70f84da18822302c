// One message on its two ways: as ground truth for tests, and as bytes on the way to a receiver.
import rhea from "rhea";
import { bodyOf, textOf } from "../amqp/values.ts";
import { readSections, sectionCode } from "../amqp/sections.ts";

/** A message as it lies in a queue or subscription. */
export interface KeptMessage {
  readonly sequenceNumber: number;
  /** Milliseconds since 1970. */
  readonly enqueuedAt: number;
  readonly sessionId: string | undefined;
  /** The encoded AMQP message, as the client wrote it. */
  readonly message: Buffer;
}

/** A message decoded. */
export interface StoredMessage {
  readonly sequenceNumber: number;
  readonly enqueuedAt: number;
  readonly messageId: string | undefined;
  readonly sessionId: string | undefined;
  readonly contentType: string | undefined;
  readonly subject: string | undefined;
  /** Application properties. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

export function readMessage(kept: KeptMessage): StoredMessage {
  const message = rhea.message.decode(kept.message);
  return {
    sequenceNumber: kept.sequenceNumber,
    enqueuedAt: kept.enqueuedAt,
    messageId: textOf(message["message_id"]),
    sessionId: kept.sessionId,
    contentType: textOf(message["content_type"]),
    subject: textOf(message["subject"]),
    properties: message["application_properties"] ?? {},
    body: bodyOf(message["body"]),
  };
}

export function idsOf(message: Buffer): {
  readonly messageId: string | undefined;
  readonly sessionId: string | undefined;
} {
  const decoded = rhea.message.decode(message);
  return { messageId: textOf(decoded["message_id"]), sessionId: textOf(decoded["group_id"]) };
}

/** With the service's header and annotations; everything else goes out byte for byte as it came in. */
export function encodeDelivery(
  kept: KeptMessage,
  lock?: { readonly until: number; readonly deliveryCount: number },
): Buffer {
  const { message } = kept;
  const { types } = rhea;
  const own: Record<string, unknown> = {
    "x-opt-sequence-number": types.wrap_long(kept.sequenceNumber),
    "x-opt-enqueued-time": types.wrap_timestamp(kept.enqueuedAt),
    ...(lock === undefined ? {} : { "x-opt-locked-until": types.wrap_timestamp(lock.until) }),
  };
  const raw: Buffer[] = [];
  let annotations: Record<string, unknown> = {};
  for (const section of readSections(message)) {
    const bytes = message.subarray(section.start, section.end);
    if (section.code === sectionCode.messageAnnotations) {
      annotations = rhea.message.decode(bytes)["message_annotations"] ?? {};
    } else if (section.code !== sectionCode.header && section.code !== sectionCode.deliveryAnnotations) {
      raw.push(bytes);
    }
  }
  const head = rhea.message.encode({
    delivery_count: lock?.deliveryCount ?? 0,
    message_annotations: { ...annotations, ...own },
  });
  const headSections = readSections(head).filter(
    ({ code }) => code === sectionCode.header || code === sectionCode.messageAnnotations,
  );
  return Buffer.concat([...headSections.map(({ start, end }) => head.subarray(start, end)), ...raw]);
}
