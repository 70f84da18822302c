// A batch for one partition of a hub, as the SDK fills and sends it.
import type { EventDataBatch, EventHubProducerClient } from "@azure/event-hubs";
import { toEventData } from "./event-data.ts";
import { guarded } from "./guarded-signal.ts";
import type { LaneBatch } from "./send-lane.ts";

/** Used when the link names no limit of its own: what every tier but Basic takes, and Basic names its 256 KiB. */
const defaultMaxBytes = 1024 * 1024;

/** Opens the link of the partition when it is not open, which proves the right to send to it. */
export async function openHubBatch(
  client: Pick<EventHubProducerClient, "createBatch" | "sendBatch">,
  partitionId: string,
  abortSignal: AbortSignal,
): Promise<LaneBatch> {
  const batch = await createBatch(client, partitionId, abortSignal);
  return {
    maxBytes: batch.maxSizeInBytes,
    get bytes() {
      return batch.sizeInBytes;
    },
    tryAdd: (event) => batch.tryAdd(toEventData(event)),
    send: (signal, mayStart) => client.sendBatch(batch, { abortSignal: guarded(signal, mayStart) }),
  };
}

async function createBatch(
  client: Pick<EventHubProducerClient, "createBatch">,
  partitionId: string,
  abortSignal: AbortSignal,
): Promise<EventDataBatch> {
  const batch = await client.createBatch({ partitionId, abortSignal });
  // A link without a limit gives a batch that never refuses, although its type promises a number.
  const announced: number | undefined = batch.maxSizeInBytes;
  return announced === undefined
    ? client.createBatch({ partitionId, abortSignal, maxSizeInBytes: defaultMaxBytes })
    : batch;
}
