// Where the partitions of a hub begin and end now, asked of the service each time.
import type { HubPositions } from "../pipeline/ports.ts";
import { createSemaphore } from "../semaphore.ts";
import type { HubClient } from "./event-hubs-client.ts";
import { inPartitionOrder } from "./partitions.ts";
import { sendFailure, type SendFailure } from "./send-failure.ts";
import { orAborted, settle, type Settled, type SinkClock, type StepLimits } from "./settled-steps.ts";
import type { SinkConnection } from "./sink-connection.ts";

export interface HubState {
  /** As in `HubPositions`. */
  readonly hub: string;
  readonly partitions: Readonly<Record<string, PartitionState>>;
}

export interface PartitionState {
  /** Sequence number of the first event that can still be read; behind `last` when there is none. */
  readonly first: number;
  /** Of the last event; -1 when there never was one. */
  readonly last: number;
}

/** A hub of 32 partitions stays below the 50 questions a second that a namespace answers; a larger one may be throttled. */
const questionsAtOnce = 8;

/**
 * Asks over the sink's own connection, and so waits until one that may carry an unsettled batch has been closed: for as
 * long as its other users take, but not beyond the signal.
 */
export async function readStateOver(
  connection: SinkConnection<HubClient>,
  limits: StepLimits,
  clock: SinkClock,
): Promise<Settled<HubState>> {
  const asking = connection.use(async (use) => {
    const state = await readHubState(use.client, limits, clock);
    if (!state.ok && state.failure.kind !== "cancelled") use.retire();
    return state;
  });
  try {
    return await orAborted(asking, limits.signal);
  } catch (error) {
    if (!limits.signal.aborted) throw error;
    return { ok: false, failure: sendFailure("cancelled", "AbortError", "") };
  }
}

/** Resolves with the first failure of any question; the others are then no longer asked. */
export async function readHubState(
  client: Pick<HubClient, "getEventHubProperties" | "getPartitionProperties">,
  limits: StepLimits,
  clock: SinkClock,
): Promise<Settled<HubState>> {
  const hub = await settle("link", (abortSignal) => client.getEventHubProperties({ abortSignal }), limits, clock);
  if (!hub.ok) return hub;
  const halt = new AbortController();
  const haltable = { ...limits, signal: AbortSignal.any([limits.signal, halt.signal]) };
  const places = createSemaphore(questionsAtOnce);
  const partitions: Record<string, PartitionState> = {};
  const failures: SendFailure[] = [];
  await Promise.all(
    inPartitionOrder(hub.value.partitionIds).map(async (id) => {
      const ask = (abortSignal: AbortSignal) => client.getPartitionProperties(id, { abortSignal });
      const answer = await places.run(() => settle("link", ask, haltable, clock));
      if (answer.ok) {
        const { isEmpty, beginningSequenceNumber, lastEnqueuedSequenceNumber: last } = answer.value;
        partitions[id] = { first: isEmpty ? last + 1 : beginningSequenceNumber, last };
      } else {
        failures.push(answer.failure); // the first one tells why; the others may only be its echo
        halt.abort();
      }
    }),
  );
  const [failure] = failures;
  if (failure !== undefined) return { ok: false, failure };
  const { name, createdOn } = hub.value;
  return { ok: true, value: { hub: hubIdentity(name, createdOn), partitions } };
}

/** A hub that was deleted and created anew under its name is another hub. Case does not tell names apart. */
export function hubIdentity(name: string, createdOn: Date): string {
  return `${name.toLowerCase()} created ${createdOn.toISOString()}`;
}

export function positionsOf({ hub, partitions }: HubState): HubPositions {
  return { hub, partitions: Object.fromEntries(Object.entries(partitions).map(([id, { last }]) => [id, last])) };
}
