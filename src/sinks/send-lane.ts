// Sends the events of one lane: in order, in full batches, one batch at a time.
import type { Refusal } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { SendFailure } from "./send-failure.ts";
import { settle, type SinkClock, type StepLimits } from "./settled-steps.ts";

/** A batch that is being filled. */
export interface LaneBatch {
  /** What it can hold at most. */
  readonly maxBytes: number;
  readonly bytes: number;
  /** False when it is full, and for an event that does not fit into an empty one. */
  tryAdd(event: OutgoingEvent): boolean;
  /**
   * Resolves once the service confirmed all of it. `mayStart` is to be asked right before the transfer, with nothing
   * awaited in between.
   */
  send(signal: AbortSignal, mayStart: () => boolean): Promise<void>;
}

/** What `onBatch` is told of each confirmed batch. */
export interface ConfirmedBatch {
  readonly lane: string;
  readonly events: number;
  readonly bytes: number;
  /** What the batch could have held at most. */
  readonly maxBytes: number;
}

export interface LaneSending {
  /** Opens the way for this lane where it is not open, and an empty batch. */
  readonly open: (lane: string, signal: AbortSignal) => Promise<LaneBatch>;
  /** What the operator calls the destination: "event hub records". */
  readonly place: string;
  readonly limits: StepLimits;
  readonly clock: SinkClock;
  readonly onBatch?: (batch: ConfirmedBatch) => void;
}

export interface LaneOutcome {
  readonly confirmed: readonly OutgoingEvent[];
  readonly refused: readonly Refusal[];
  readonly batches: number;
  readonly bytes: number;
  /** Set exactly when events are left: those that are neither confirmed nor refused. */
  readonly failure?: SendFailure;
}

/**
 * Resolves when every event is confirmed or refused, or at the first failure; a batch with an unknown outcome is one, and
 * nothing is sent behind it. A batch the service refuses for its size or content is sent again in halves, until only the
 * event that is to blame is left: it is refused and the rest goes on. Throws only for bugs.
 */
export async function sendLane(
  lane: string,
  events: readonly OutgoingEvent[],
  { open, place, limits, clock, onBatch }: LaneSending,
): Promise<LaneOutcome> {
  const confirmed: OutgoingEvent[] = [];
  const refused: Refusal[] = [];
  let batches = 0;
  let bytes = 0;
  let mostEvents = Infinity;
  let next = 0;
  while (next < events.length) {
    const opened = await settle("link", (signal) => open(lane, signal), limits, clock);
    if (!opened.ok) return { confirmed, refused, batches, bytes, failure: opened.failure };
    const batch = opened.value;
    const { maxBytes } = batch;
    const added = fill(batch, events, next, mostEvents);
    const first = events[next];
    if (added === 0 && first !== undefined) {
      refused.push({ event: first, reason: tooLarge(first, maxBytes, place) });
      next += 1;
      continue;
    }
    const transfer = (signal: AbortSignal) => batch.send(signal, limits.mayStart ?? always);
    const sent = await settle("transfer", transfer, limits, clock);
    if (sent.ok) {
      confirmed.push(...events.slice(next, next + added));
      batches += 1;
      bytes += batch.bytes;
      mostEvents *= 2;
      next += added;
      onBatch?.({ lane, events: added, bytes: batch.bytes, maxBytes });
      continue;
    }
    const { failure } = sent;
    if (failure.kind !== "too-large" && failure.kind !== "bad-event") {
      return { confirmed, refused, batches, bytes, failure };
    }
    if (added === 1 && first !== undefined) {
      const reason = failure.kind === "too-large" ? tooLarge(first, maxBytes, place) : unacceptable(failure, place);
      refused.push({ event: first, reason });
      next += 1;
    } else {
      mostEvents = Math.ceil(added / 2);
    }
  }
  return { confirmed, refused, batches, bytes };
}

function always(): boolean {
  return true;
}

function fill(batch: LaneBatch, events: readonly OutgoingEvent[], from: number, mostEvents: number): number {
  let added = 0;
  for (let event = events[from]; event !== undefined && added < mostEvents; event = events[from + added]) {
    if (!batch.tryAdd(event)) break;
    added += 1;
  }
  return added;
}

function tooLarge(event: OutgoingEvent, maxBytes: number, place: string): string {
  return (
    `The record has ${event.body.byteLength} bytes; with its properties it does not fit into the ${maxBytes} bytes that ` +
    `${place} takes in one send.`
  );
}

function unacceptable(failure: SendFailure, place: string): string {
  return `${place[0]?.toUpperCase()}${place.slice(1)} does not take this record (${failure.code}: ${failure.detail}).`;
}
