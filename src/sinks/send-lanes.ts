// Spreads events over the lanes of a destination and sends on several of them at once.
import type { Refusal } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { Semaphore } from "../semaphore.ts";
import type { Lanes } from "./lanes.ts";
import type { SendFailure } from "./send-failure.ts";
import { sendLane, type LaneSending } from "./send-lane.ts";

export interface LanesOutcome {
  readonly confirmed: readonly OutgoingEvent[];
  readonly refused: readonly Refusal[];
  readonly heldBack: readonly OutgoingEvent[];
  readonly batches: number;
  readonly bytes: number;
  /** The failures of the lanes that could not finish, the one that matters most first. */
  readonly failures: readonly LaneFailure[];
}

export interface LaneFailure {
  readonly lane: string;
  readonly failure: SendFailure;
}

/**
 * Resolves when every lane has come to rest. An unknown outcome ends its lane alone; any other failure concerns the whole
 * destination, so that no lane starts another batch. All lanes are entered before this function first yields: who calls
 * it earlier sends earlier, on every lane.
 *
 * @param places bounds how many lanes are sent on at the same time.
 */
export async function sendLanes(
  events: readonly OutgoingEvent[],
  laneOf: (event: OutgoingEvent) => string,
  sending: LaneSending,
  lanes: Lanes,
  places: Semaphore,
): Promise<LanesOutcome> {
  const halt = new AbortController();
  const limits = { ...sending.limits, signal: AbortSignal.any([sending.limits.signal, halt.signal]) };

  const ended = await Promise.allSettled(
    Array.from(Map.groupBy(events, laneOf), async ([lane, own]) => {
      try {
        const send = () => sendLane(lane, own, { ...sending, limits });
        const outcome = await lanes.run(lane, () => places.run(send));
        if (outcome.failure !== undefined && outcome.failure.kind !== "uncertain") halt.abort();
        return { lane, ...outcome };
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
    heldBack: outcomes.flatMap(({ heldBack = [] }) => heldBack),
    batches: outcomes.reduce((sum, { batches }) => sum + batches, 0),
    bytes: outcomes.reduce((sum, { bytes }) => sum + bytes, 0),
    failures: outcomes
      .flatMap(({ lane, failure }) => (failure === undefined ? [] : [{ lane, failure }]))
      .toSorted((a, b) => weight(b.failure) - weight(a.failure)),
  };
}

// An unknown outcome decides what may happen next; "cancelled" may only be the echo of another lane's failure.
function weight(failure: SendFailure): number {
  if (!failure.definite) return 2;
  return failure.kind === "cancelled" ? 0 : 1;
}
