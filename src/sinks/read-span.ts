// Reads one span of one partition for the events of this bridge, from memory where it was read before.
import type { ReceivedEventData } from "@azure/event-hubs";
import type { SendFailure } from "./send-failure.ts";
import type { Arrival, KnownArrivals } from "./known-arrivals.ts";
import type { PartitionReader } from "./partition-reader.ts";
import type { ReadSpan } from "./read-plan.ts";
import { settle, type SinkClock, type StepLimits } from "./settled-steps.ts";

export interface SpanReading {
  /** Opens a reader behind a sequence number, with a connection of its own. */
  readonly openReader: (partitionId: string, after: number) => Promise<PartitionReader>;
  readonly known: KnownArrivals;
  /** The signal ends the reading with what was reached. */
  readonly limits: StepLimits;
  readonly clock: SinkClock;
  /** Told of the body bytes of each event that was read; false ends the reading behind it. */
  readonly spend: (bytes: number) => boolean;
}

export interface SpanOutcome {
  readonly arrivals: readonly Arrival[];
  /** Last sequence number that was read. */
  readonly reached: number;
  /** Absent when the span was read to its end, or as far as bytes and signal allowed. */
  readonly failure?: SendFailure;
}

/** Resolves with what was reached, whatever happens. Throws only for bugs. */
export async function readSpan(span: ReadSpan, reading: SpanReading): Promise<SpanOutcome> {
  const { partitionId, upTo } = span;
  const { known } = reading;
  const arrivals: Arrival[] = [];
  let reached = span.after;
  while (reached < upTo) {
    const stretch = known.at(partitionId, reached);
    if (stretch !== undefined) {
      const end = Math.min(stretch.upTo, upTo);
      const from = reached;
      arrivals.push(...stretch.arrivals.filter(({ sequence }) => sequence > from && sequence <= end));
      reached = end;
      continue;
    }
    const stop = Math.min(upTo, known.nextAfter(partitionId, reached));
    const fresh = await readStretch({ partitionId, after: reached, upTo: stop }, reading);
    arrivals.push(...fresh.arrivals);
    reached = fresh.reached;
    if (reached < stop) return { ...fresh, arrivals };
  }
  return { arrivals, reached };
}

async function readStretch({ partitionId, after, upTo }: ReadSpan, reading: SpanReading): Promise<SpanOutcome> {
  const { limits, clock, spend } = reading;
  const writer = reading.known.write(partitionId, after);
  const arrivals: Arrival[] = [];
  let reached = after;
  let reader: PartitionReader | undefined;
  try {
    while (reached < upTo) {
      let tries = 0;
      const nextEvents = async (signal: AbortSignal) => {
        tries += 1;
        if (tries > 1) await reader?.close();
        if (tries > 1 || reader === undefined) reader = await reading.openReader(partitionId, reached);
        return reader.next(signal);
      };
      const next = await settle("link", nextEvents, limits, clock);
      if (!next.ok) {
        return next.failure.kind === "cancelled" ? { arrivals, reached } : { arrivals, reached, failure: next.failure };
      }
      const fresh: Arrival[] = [];
      let goOn = true;
      for (const event of next.value) {
        // Numbers may be missing; a later one tells that the span has ended.
        if (event.sequenceNumber > upTo) reached = upTo;
        if (reached === upTo || !goOn) break;
        const arrival = arrivalOf(event);
        if (arrival !== undefined) fresh.push(arrival);
        reached = event.sequenceNumber;
        goOn = spend(bodyBytes(event.body));
      }
      arrivals.push(...fresh);
      writer.reach(reached, fresh);
      if (!goOn) break;
    }
    return { arrivals, reached };
  } finally {
    await reader?.close();
  }
}

/** Only what looks like an event of this bridge: others may use the same hub, and the same name for a property. */
function arrivalOf({ sequenceNumber, messageId, properties }: ReceivedEventData): Arrival | undefined {
  const route: unknown = properties?.["route"];
  if (typeof route !== "string" || typeof messageId !== "string" || !eventIdForm.test(messageId)) return undefined;
  return { sequence: sequenceNumber, route, eventId: messageId };
}

const eventIdForm = /^[0-9a-f]{32}$/u;

/** Bodies of other writers may be values instead of bytes; they count with a guess. */
function bodyBytes(body: unknown): number {
  if (body instanceof Uint8Array) return body.byteLength;
  return typeof body === "string" ? Buffer.byteLength(body) : guessedBytes;
}

const guessedBytes = 1024;
