// A batch for one partition of a hub: filled here, sent by the SDK.
import type { EventDataBatch, EventHubProducerClient } from "@azure/event-hubs";
import { createBatchBuffers, type BatchBuffers } from "./batch-buffers.ts";
import { createEncodedBatch, type EncodedBatch } from "./encoded-batch.ts";
import { guarded } from "./guarded-signal.ts";
import type { LaneBatch } from "./send-lane.ts";

/** Used when the link names no limit of its own: what every tier but Basic takes, and Basic names its 256 KiB. */
const defaultMaxBytes = 1024 * 1024;

/** Opens the link of the partition when it is not open, which proves the right to send to it. */
export async function openHubBatch(
  client: Pick<EventHubProducerClient, "createBatch" | "sendBatch">,
  partitionId: string,
  abortSignal: AbortSignal,
  buffers: BatchBuffers = createBatchBuffers(0),
): Promise<LaneBatch> {
  const { maxSizeInBytes } = await client.createBatch({ partitionId, abortSignal });
  // A link without a limit gives none, although its type promises a number.
  const announced: number | undefined = maxSizeInBytes;
  const batch = createEncodedBatch(announced ?? defaultMaxBytes, buffers);
  return {
    maxBytes: batch.maxBytes,
    get bytes() {
      return batch.bytes;
    },
    tryAdd: (event) => batch.tryAdd(event),
    async send(signal, mayStart) {
      await client.sendBatch(forHubSdk(batch, partitionId), { abortSignal: guarded(signal, mayStart) });
      // Only now: until it is confirmed, some of it may still be on its way out of the buffer.
      batch.giveBack();
    },
  };
}

/**
 * What the SDK 6.0.4 asks of a batch beside its public face: `sendBatch` calls `_generateMessage` for the bytes and
 * `_commitPublish` in the end, and looks into `_messageSpanContexts`. The version is pinned, and a test holds these bytes
 * against those of the SDK's own batch.
 */
interface HubSdkBatch extends EventDataBatch {
  readonly _messageSpanContexts: readonly never[];
  _generateMessage(): Buffer;
  _commitPublish(): void;
}

/** What `sendBatch` of the SDK takes. Nothing may be added any more. */
export function forHubSdk(encoded: EncodedBatch, partitionId: string): EventDataBatch {
  const batch: HubSdkBatch = {
    partitionId,
    maxSizeInBytes: encoded.maxBytes,
    sizeInBytes: encoded.bytes,
    count: encoded.count,
    tryAdd: () => false,
    _messageSpanContexts: [],
    _generateMessage: () => encoded.message(),
    _commitPublish: () => undefined,
  };
  return batch;
}
