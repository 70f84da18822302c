// Spreads events over the partitions of a hub and sends to several of them at once.
import type { Refusal } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { Semaphore } from "../semaphore.ts";
import type { AmqpFailure } from "./amqp-errors.ts";
import type { PartitionLanes } from "./partition-lanes.ts";
import { partitionFor } from "./partitions.ts";
import { sendPartition, type PartitionSending } from "./send-partition.ts";

export interface HubOutcome {
  readonly confirmed: readonly OutgoingEvent[];
  readonly refused: readonly Refusal[];
  readonly batches: number;
  readonly bytes: number;
  /** The failures of the partitions that could not finish, the one that matters most first. */
  readonly failures: readonly PartitionFailure[];
}

export interface PartitionFailure {
  readonly partitionId: string;
  readonly failure: AmqpFailure;
}

/**
 * Resolves when every partition has come to rest. An unknown outcome ends its partition alone; any other failure concerns
 * the whole hub, so that no partition starts another batch. All lanes are entered before this function first yields: who
 * calls it earlier sends earlier, on every partition.
 *
 * @param partitionIds as `inPartitionOrder` returns them.
 * @param places bounds how many partitions are sent to at the same time.
 */
export async function sendToHub(
  events: readonly OutgoingEvent[],
  partitionIds: readonly string[],
  sending: PartitionSending,
  lanes: PartitionLanes,
  places: Semaphore,
): Promise<HubOutcome> {
  const halt = new AbortController();
  const limits = { ...sending.limits, signal: AbortSignal.any([sending.limits.signal, halt.signal]) };
  const groups = Map.groupBy(events, (event) => partitionFor(event.orderKey, partitionIds));

  const ended = await Promise.allSettled(
    Array.from(groups, async ([partitionId, own]) => {
      try {
        const send = () => sendPartition(partitionId, own, { ...sending, limits });
        const outcome = await lanes.run(partitionId, () => places.run(send));
        if (outcome.failure !== undefined && outcome.failure.kind !== "uncertain") halt.abort();
        return { partitionId, ...outcome };
      } catch (bug) {
        halt.abort();
        throw bug;
      }
    }),
  );
  const outcomes = ended.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
  return {
    confirmed: outcomes.flatMap(({ confirmed }) => confirmed),
    refused: outcomes.flatMap(({ refused }) => refused),
    batches: outcomes.reduce((sum, { batches }) => sum + batches, 0),
    bytes: outcomes.reduce((sum, { bytes }) => sum + bytes, 0),
    failures: outcomes
      .flatMap(({ partitionId, failure }) => (failure === undefined ? [] : [{ partitionId, failure }]))
      .toSorted((a, b) => weight(b.failure) - weight(a.failure)),
  };
}

// An unknown outcome decides what may happen next; "cancelled" may only be the echo of another partition's failure.
function weight(failure: AmqpFailure): number {
  if (!failure.definite) return 2;
  return failure.kind === "cancelled" ? 0 : 1;
}
