// A batch for one partition of a hub: filled here, sent by the SDK.
import type { EventHubProducerClient } from "@azure/event-hubs";
import { createBatchBuffers, type BatchBuffers } from "./batch-buffers.ts";
import { createEncodedBatch } from "./encoded-batch.ts";
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
  const batch = createEncodedBatch(partitionId, announced ?? defaultMaxBytes, buffers);
  return {
    maxBytes: batch.maxBytes,
    get bytes() {
      return batch.bytes;
    },
    tryAdd: (event) => batch.tryAdd(event),
    async send(signal, mayStart) {
      await client.sendBatch(batch.forSdk(), { abortSignal: guarded(signal, mayStart) });
      // Only now: until it is confirmed, some of it may still be on its way out of the buffer.
      batch.giveBack();
    },
  };
}
