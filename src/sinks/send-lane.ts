// Sends the events of one lane: in order, in full batches, one batch at a time.
import type { Refusal } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { SendFailure } from "./send-failure.ts";
import { settle, type SinkClock, type StepLimits } from "./settled-steps.ts";
import type { Pace } from "./throughput-pace.ts";

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
  /** Leave what fills no batch: it goes with what comes next. */
  readonly more?: boolean;
  /** Waited for before each batch. */
  readonly pace?: Pace;
  readonly onBatch?: (batch: ConfirmedBatch) => void;
}

export interface LaneOutcome {
  readonly confirmed: readonly OutgoingEvent[];
  readonly refused: readonly Refusal[];
  /** Left because they fill no batch; absent when there are none. */
  readonly heldBack?: readonly OutgoingEvent[];
  readonly batches: number;
  readonly bytes: number;
  /** Set exactly when events are left: those that are neither confirmed nor refused nor held back. */
  readonly failure?: SendFailure;
}

/**
 * Resolves when every event is confirmed, refused or held back, or at the first failure; a batch with an unknown outcome is one, and
 * nothing is sent behind it. A batch the service refuses for its size or content is sent again in halves, until only the
 * event that is to blame is left: it is refused and the rest goes on. Throws only for bugs.
 */
export async function sendLane(
  lane: string,
  events: readonly OutgoingEvent[],
  { open, place, limits, clock, more = false, pace, onBatch }: LaneSending,
): Promise<LaneOutcome> {
  const confirmed: OutgoingEvent[] = [];
  const refused: Refusal[] = [];
  let batches = 0;
  let bytes = 0;
  let mostEvents = Infinity;
  let next = 0;
  const soFar = () => ({ confirmed, refused, batches, bytes });
  while (next < events.length) {
    const opened = await settle("link", (signal) => open(lane, signal), limits, clock);
    if (!opened.ok) return { ...soFar(), failure: opened.failure };
    const batch = opened.value;
    const { maxBytes } = batch;
    const waits = more && mostEvents === Infinity;
    if (waits && fillsNoBatch(events, next, maxBytes)) return { ...soFar(), heldBack: events.slice(next) };
    const added = fill(batch, events, next, mostEvents);
    const first = events[next];
    if (added === 0 && first !== undefined) {
      refused.push({ event: first, reason: tooLarge(first, maxBytes, place) });
      next += 1;
      continue;
    }
    if (waits && next + added === events.length) return { ...soFar(), heldBack: events.slice(next) };
    await pace?.({ bytes: batch.bytes, events: added }, limits.signal);
    const transfer = (signal: AbortSignal) => batch.send(signal, limits.mayStart ?? always);
    const sent = await settle("transfer", transfer, limits, clock);
    if (sent.ok) {
      for (const event of events.slice(next, next + added)) confirmed.push(event);
      batches += 1;
      bytes += batch.bytes;
      mostEvents *= 2;
      next += added;
      onBatch?.({ lane, events: added, bytes: batch.bytes, maxBytes });
      continue;
    }
    const { failure } = sent;
    if (failure.kind !== "too-large" && failure.kind !== "bad-event") {
      return { ...soFar(), failure };
    }
    if (added === 1 && first !== undefined) {
      const reason = failure.kind === "too-large" ? tooLarge(first, maxBytes, place) : unacceptable(failure, place);
      refused.push({ event: first, reason });
      next += 1;
    } else {
      mostEvents = Math.ceil(added / 2);
    }
  }
  return soFar();
}

function always(): boolean {
  return true;
}

/** By bodies and a generous guess at what comes with each, so that what is held back anyway is not encoded for nothing. */
function fillsNoBatch(events: readonly OutgoingEvent[], from: number, maxBytes: number): boolean {
  let bytes = 0;
  for (let at = from; at < events.length && bytes <= maxBytes; at += 1) {
    bytes += (events[at]?.body.byteLength ?? 0) + BESIDE_THE_BODY;
  }
  return bytes <= maxBytes;
}

/** Properties and the frame around an event: some 330 bytes with the platform's own ids and checksums. */
const BESIDE_THE_BODY = 512;

function fill(batch: LaneBatch, events: readonly OutgoingEvent[], from: number, mostEvents: number): number {
  let added = 0;
  for (let event = events[from]; event !== undefined && added < mostEvents; event = events[from + added]) {
    if (!batch.tryAdd(event)) break;
    added += 1;
  }
  return added;
}

export function tooLarge(event: OutgoingEvent, maxBytes: number, place: string): string {
  return (
    `The record has ${event.body.byteLength} bytes; with its properties it does not fit into the ${maxBytes} bytes that ` +
    `${place} takes in one send.`
  );
}

function unacceptable(failure: SendFailure, place: string): string {
  return `${place[0]?.toUpperCase()}${place.slice(1)} does not take this record (${failure.code}: ${failure.detail}).`;
}
