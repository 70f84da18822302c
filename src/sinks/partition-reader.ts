// One reader on one partition: the SDK's pushing consumer, turned into batches that are asked for one at a time.
import type { EventHubConsumerClient, ReceivedEventData } from "@azure/event-hubs";
import { endWithin } from "./sink-connection.ts";
import { orAborted } from "./settled-steps.ts";

export interface PartitionReader {
  /** The next events, at least one. Rejects when the SDK reports an error, and when the signal aborts. */
  next(signal: AbortSignal): Promise<readonly ReceivedEventData[]>;
  /** Never throws. */
  close(): Promise<void>;
}

/** Events asked for at once. The SDK hands over no more at a time and asks for three times as many ahead. */
const eventsAtOnce = 100;

/** Counted from when the link is open. */
const proofSeconds = 0.1;

/** The SDK notices only so often that a connection is gone; it then opens another one by itself. */
const noticeSeconds = 2;

/**
 * Opens nothing before the first `next`. Without an owner level: such a reader is never given preference over another,
 * and takes nothing away from the consumers of the hub.
 *
 * @param client for this reader alone; closed with it.
 * @param after sequence number behind which to begin; -1 for the beginning.
 */
export function readPartition(
  client: Pick<EventHubConsumerClient, "subscribe" | "close">,
  partitionId: string,
  after: number,
  closeTimeoutMs: number,
): PartitionReader {
  let batch: readonly ReceivedEventData[] = [];
  let failure: Error | undefined;
  let arrived = Promise.withResolvers<void>();
  let taken = Promise.withResolvers<void>();

  function open(): void {
    client.subscribe(
      partitionId,
      {
        async processEvents(events) {
          if (events.length === 0) return;
          batch = events;
          arrived.resolve();
          await taken.promise; // the SDK reads on once this returns: never more than one batch waits here
        },
        async processError(error) {
          failure ??= error;
          arrived.resolve();
          await taken.promise; // else the SDK would try again at once, for ever
        },
      },
      {
        startPosition: after < 0 ? { offset: "-1" } : { sequenceNumber: after },
        skipParsingBodyAsJson: true,
        maxBatchSize: eventsAtOnce,
        maxWaitTimeInSeconds: noticeSeconds,
      },
    );
  }

  let opened = false;
  return {
    async next(signal) {
      signal.throwIfAborted();
      if (!opened) open();
      opened = true;
      await orAborted(arrived.promise, signal);
      if (failure !== undefined) throw failure;
      const events = batch;
      batch = [];
      arrived = Promise.withResolvers();
      const { resolve } = taken;
      taken = Promise.withResolvers();
      resolve();
      return events;
    },
    async close() {
      const closing = client.close();
      taken.resolve();
      await endWithin(closing, closeTimeoutMs);
    },
  };
}

/**
 * Resolves as soon as the service lets a reader read, with or without an event. Rejects with the error of the SDK, and
 * when the signal aborts. `client` is for this alone; closed with it.
 */
export async function proveReading(
  client: Pick<EventHubConsumerClient, "subscribe" | "close">,
  partitionId: string,
  after: number,
  { closeTimeoutMs, signal }: { readonly closeTimeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const proved = Promise.withResolvers<void>();
  client.subscribe(
    partitionId,
    {
      // Called without events, too, once the link is open and nothing came for the time below.
      async processEvents() {
        proved.resolve();
      },
      async processError(error) {
        proved.reject(error);
      },
    },
    {
      startPosition: after < 0 ? { offset: "-1" } : { sequenceNumber: after },
      skipParsingBodyAsJson: true,
      maxBatchSize: 1,
      maxWaitTimeInSeconds: proofSeconds,
    },
  );
  try {
    await orAborted(proved.promise, signal);
  } finally {
    await endWithin(client.close(), closeTimeoutMs);
  }
}
