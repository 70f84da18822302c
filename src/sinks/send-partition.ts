// Sends the events of one partition: in order, in full batches, one batch at a time.
import type { EventDataBatch, EventHubProducerClient, SendBatchOptions } from "@azure/event-hubs";
import type { Refusal } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { AmqpFailure } from "./amqp-errors.ts";
import { toEventData } from "./event-data.ts";
import { settle, type SinkClock, type StepLimits } from "./settled-steps.ts";

/** What `onBatch` is told of each confirmed batch. */
export interface ConfirmedBatch {
  readonly partitionId: string;
  readonly events: number;
  readonly bytes: number;
  /** What the batch could have held at most. */
  readonly maxBytes: number;
}

export interface PartitionSending {
  readonly client: Pick<EventHubProducerClient, "createBatch" | "sendBatch">;
  readonly hub: string;
  readonly limits: StepLimits;
  readonly clock: SinkClock;
  readonly onBatch?: (batch: ConfirmedBatch) => void;
}

export interface PartitionOutcome {
  readonly confirmed: readonly OutgoingEvent[];
  readonly refused: readonly Refusal[];
  readonly batches: number;
  readonly bytes: number;
  /** Set exactly when events are left: those that are neither confirmed nor refused. */
  readonly failure?: AmqpFailure;
}

/** Used when the link names no limit of its own: what every tier but Basic takes, and Basic names its 256 KiB. */
const defaultMaxBytes = 1024 * 1024;

/**
 * Resolves when every event is confirmed or refused, or at the first failure; a batch with an unknown outcome is one, and
 * nothing is sent behind it. A batch the service refuses for its size or content is sent again in halves, until only the
 * event that is to blame is left: it is refused and the rest goes on. Throws only for bugs.
 */
export async function sendPartition(
  partitionId: string,
  events: readonly OutgoingEvent[],
  sending: PartitionSending,
): Promise<PartitionOutcome> {
  const { client, hub, limits, clock } = sending;
  const confirmed: OutgoingEvent[] = [];
  const refused: Refusal[] = [];
  let batches = 0;
  let bytes = 0;
  let mostEvents = Infinity;
  let next = 0;
  while (next < events.length) {
    const opened = await settle("link", (signal) => openBatch(client, partitionId, signal), limits, clock);
    if (!opened.ok) return { confirmed, refused, batches, bytes, failure: opened.failure };
    const batch = opened.value;
    const maxBytes = batch.maxSizeInBytes;
    const added = fill(batch, events, next, mostEvents);
    const first = events[next];
    if (added === 0 && first !== undefined) {
      refused.push({ event: first, reason: tooLarge(first, maxBytes, hub) });
      next += 1;
      continue;
    }
    const transfer = (signal: AbortSignal) =>
      client.sendBatch(batch, { abortSignal: guarded(signal, limits.mayStart) });
    const sent = await settle("transfer", transfer, limits, clock);
    if (sent.ok) {
      confirmed.push(...events.slice(next, next + added));
      batches += 1;
      bytes += batch.sizeInBytes;
      mostEvents *= 2;
      next += added;
      sending.onBatch?.({ partitionId, events: added, bytes: batch.sizeInBytes, maxBytes });
      continue;
    }
    const { failure } = sent;
    if (failure.kind !== "too-large" && failure.kind !== "bad-event") {
      return { confirmed, refused, batches, bytes, failure };
    }
    if (added === 1 && first !== undefined) {
      const reason = failure.kind === "too-large" ? tooLarge(first, maxBytes, hub) : unacceptable(failure, hub);
      refused.push({ event: first, reason });
      next += 1;
    } else {
      mostEvents = Math.ceil(added / 2);
    }
  }
  return { confirmed, refused, batches, bytes };
}

/** Opens the link of the partition when it is not open, which proves the right to send to it. */
export async function openBatch(
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

/**
 * The SDK looks at its signal in the same breath in which it hands the batch to the socket, and may have waited for its
 * link before: a process that stood still meanwhile notices there. To be on the safe side such a send counts as uncertain.
 */
function guarded(signal: AbortSignal, mayStart: () => boolean = () => true): AbortSignalLike {
  return {
    get aborted() {
      return signal.aborted || !mayStart();
    },
    addEventListener: (...listener) => signal.addEventListener(...listener),
    removeEventListener: (...listener) => signal.removeEventListener(...listener),
  };
}

type AbortSignalLike = NonNullable<SendBatchOptions["abortSignal"]>;

function fill(batch: EventDataBatch, events: readonly OutgoingEvent[], from: number, mostEvents: number): number {
  let added = 0;
  for (let event = events[from]; event !== undefined && added < mostEvents; event = events[from + added]) {
    if (!batch.tryAdd(toEventData(event))) break;
    added += 1;
  }
  return added;
}

function tooLarge(event: OutgoingEvent, maxBytes: number, hub: string): string {
  return (
    `The record has ${event.body.byteLength} bytes; with its properties it does not fit into the ${maxBytes} bytes that ` +
    `event hub ${hub} takes in one send.`
  );
}

function unacceptable(failure: AmqpFailure, hub: string): string {
  return `Event hub ${hub} does not take this record (${failure.code}: ${failure.detail}).`;
}
