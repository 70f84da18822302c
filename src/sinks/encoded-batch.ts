// A batch in the form the service takes, written into one buffer: the SDK's own encoder makes dozens of objects and several
// copies of each event, and costs more than everything else a run does together.
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { BatchBuffers } from "./batch-buffers.ts";
import { eventWriter, type EventWriter } from "./encoded-event.ts";

export interface EncodedBatch {
  readonly maxBytes: number;
  /** Of the whole message, as the service counts it. */
  readonly bytes: number;
  /** False when there is no room for it. */
  tryAdd(event: OutgoingEvent): boolean;
  readonly count: number;
  /** The whole message. Nothing may be added any more. */
  message(): Buffer;
  /** Lets others use the buffer: only when nobody reads it any more. */
  giveBack(): void;
}

/** Before the first event: empty header, annotations and properties, as the SDK writes them. */
const ENVELOPE = Buffer.from("00537045005372d1000000040000000000537345", "hex");
/** Descriptor and length in front of each event; events shorter than 256 bytes have a shorter length. */
const SHORT_HEAD = 5;
const LONG_HEAD = 8;

export interface BatchForm {
  readonly writer: EventWriter;
  /** Around all events: nothing, or what the first one has beside its body, as the SDK for Service Bus has it. */
  readonly envelope: "empty" | "of-first";
}

export function createEncodedBatch(
  maxBytes: number,
  buffers: BatchBuffers,
  { writer, envelope }: BatchForm = { writer: eventWriter(), envelope: "empty" },
): EncodedBatch {
  let buffer: Buffer | undefined;
  let at = 0;
  let count = 0;

  return {
    maxBytes,
    get bytes() {
      return at;
    },
    get count() {
      return count;
    },
    tryAdd(event) {
      const size = writer.sizeOf(event);
      const envelopeBytes = envelope === "empty" ? ENVELOPE.length : writer.headSizeOf(event);
      const start = at === 0 ? envelopeBytes : at;
      if (start + size + (size < 256 ? SHORT_HEAD : LONG_HEAD) > maxBytes) return false;
      buffer ??= buffers.take(maxBytes);
      if (at === 0 && envelope === "empty") ENVELOPE.copy(buffer, 0);
      if (at === 0 && envelope === "of-first") writer.writeHead(event, buffer, 0);
      at = writer.write(event, buffer, writeHead(buffer, start, size));
      count += 1;
      return true;
    },
    message: () => buffer?.subarray(0, at) ?? Buffer.alloc(0),
    giveBack() {
      if (buffer !== undefined) buffers.giveBack(buffer);
      buffer = undefined;
    },
  };
}

/** Of one data section; returns where its content begins. */
function writeHead(buffer: Buffer, at: number, size: number): number {
  buffer[at] = 0x00;
  buffer[at + 1] = 0x53;
  buffer[at + 2] = 0x75;
  if (size < 256) {
    buffer[at + 3] = 0xa0;
    buffer[at + 4] = size;
    return at + SHORT_HEAD;
  }
  buffer[at + 3] = 0xb0;
  return buffer.writeUInt32BE(size, at + 4);
}
