// A batch in the form the service takes, written into one buffer: the SDK's own encoder makes dozens of objects and several
// copies of each event, and costs more than everything else a run does together.
import type { EventDataBatch } from "@azure/event-hubs";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { BatchBuffers } from "./batch-buffers.ts";
import { eventWriter } from "./encoded-event.ts";

export interface EncodedBatch {
  readonly maxBytes: number;
  /** Of the whole message, as the service counts it. */
  readonly bytes: number;
  /** False when there is no room for it. */
  tryAdd(event: OutgoingEvent): boolean;
  /** What `sendBatch` of the SDK takes. Nothing may be added any more. */
  forSdk(): EventDataBatch;
  /** Lets others use the buffer: only when nobody reads it any more. */
  giveBack(): void;
}

/**
 * What the SDK 6.0.4 asks of a batch beside its public face: `sendBatch` calls `_generateMessage` for the bytes and
 * `_commitPublish` in the end, and looks into `_messageSpanContexts`. The version is pinned, and a test holds these bytes
 * against those of the SDK's own batch.
 */
interface SdkBatch extends EventDataBatch {
  readonly _messageSpanContexts: readonly never[];
  _generateMessage(): Buffer;
  _commitPublish(): void;
}

/** Before the first event: empty header, annotations and properties, as the SDK writes them. */
const ENVELOPE = Buffer.from("00537045005372d1000000040000000000537345", "hex");
/** Descriptor and length in front of each event; events shorter than 256 bytes have a shorter length. */
const SHORT_HEAD = 5;
const LONG_HEAD = 8;

export function createEncodedBatch(partitionId: string, maxBytes: number, buffers: BatchBuffers): EncodedBatch {
  const writer = eventWriter();
  let buffer: Buffer | undefined;
  let at = 0;
  let count = 0;

  return {
    maxBytes,
    get bytes() {
      return at;
    },
    tryAdd(event) {
      const size = writer.sizeOf(event);
      const start = at === 0 ? ENVELOPE.length : at;
      if (start + size + (size < 256 ? SHORT_HEAD : LONG_HEAD) > maxBytes) return false;
      buffer ??= buffers.take(maxBytes);
      if (at === 0) ENVELOPE.copy(buffer, 0);
      at = writer.write(event, buffer, writeHead(buffer, start, size));
      count += 1;
      return true;
    },
    forSdk() {
      const message = buffer?.subarray(0, at) ?? Buffer.alloc(0);
      const batch: SdkBatch = {
        partitionId,
        maxSizeInBytes: maxBytes,
        sizeInBytes: at,
        count,
        tryAdd: () => false,
        _messageSpanContexts: [],
        _generateMessage: () => message,
        _commitPublish: () => undefined,
      };
      return batch;
    },
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
