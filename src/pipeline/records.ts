// What flows through the pipeline: windows, pages, records, events.

/** A point in time: whole milliseconds since 1970-01-01 UTC. */
export type Instant = number;

/** A half-open span of time `[from, to)`. */
export interface Window {
  readonly from: Instant;
  readonly to: Instant;
}

/** One Microshare record (or one `line[]` entry of a dashboard view), ready to be told apart, ordered and sent. */
export interface FeedRecord {
  /** Type of the data, never of the view that delivered it. */
  readonly recType: string;
  /** What makes it the same record when it is met again. */
  readonly key: string;
  /** What tells a rewritten record from a repeated one. */
  readonly version: string;
  /** 32 lower-case hex digits; the first 16 name the record, the last 16 its version (`microshare/event-id.ts`). */
  readonly eventId: string;
  /** By the feed's clock: the one its windows filter on. Records are put into order by it. */
  readonly time: Instant;
  /** When the platform stored it, where known: tells how late it was. */
  readonly storedAt?: Instant;
  /** Order is kept among records of the same device (its id, else its place, else the record key). */
  readonly device: string;
  /** The record's own JSON bytes, UTF-8; a view into the page it came in. */
  readonly body: Uint8Array;
}

/** Something in a page that cannot be told apart or ordered: no usable key or time. It becomes a dead letter. */
export interface UnreadableRecord {
  /** Hash of the bytes, in the form of an event id, so that it is dead-lettered once. */
  readonly eventId: string;
  /** What is wrong with it, in words for the operator. */
  readonly reason: string;
  readonly body: Uint8Array;
}

/** One API response of a window, already normalised. */
export interface Page {
  /** In the order of the response, inside the window asked for (the client filters exactly). */
  readonly records: readonly FeedRecord[];
  readonly unreadable: readonly UnreadableRecord[];
  /** Records inside the window that a setting leaves out (owner filter, data context). */
  readonly filtered: number;
  /** Size of the response body after decompression. */
  readonly bytes: number;
  /** The API's own clock when it answered (`Date` header, whole seconds); absent when it sent none. */
  readonly answeredAt?: Instant;
  /** The host's clock minus the API's when the answer came, in milliseconds; up to a second too large. */
  readonly skewMs?: number;
  /** Records the API counted but did not show: a sign of missing rights. */
  readonly hidden: number;
  /** Set on the last page when the response reached the view's limit: older records may be missing, split the window. */
  readonly saturated?: { readonly limit: number };
  /**
   * Set on the last page of a view that groups its records so that nobody can tell whether the limit struck: the window
   * is then read again in halves, and what they hold together is compared.
   */
  readonly doubtful?: true;
  /** Where to start looking next time; opaque to the pipeline, a hint and never a promise. */
  readonly hint?: string;
}

/** A record as it leaves. */
export interface OutgoingEvent {
  readonly eventId: string;
  /** Events with the same order key reach the hub in the order given. */
  readonly orderKey: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly properties: EventProperties;
  /** Of the record, by its feed's clock. It travels only in formats that have a place for it. */
  readonly time?: Instant;
}

/** What travels beside the body of every event. Names are part of the interface for consumers. */
export interface EventProperties {
  readonly route: string;
  readonly feed: string;
  readonly recType: string;
  readonly recordKey: string;
  readonly version: string;
  /** `microshare`; `webhook` for a message that belongs to no feed. */
  readonly source: string;
  /** Of these properties and the event id. */
  readonly schemaVersion: number;
  /** Set when it was found behind the watermark: newer events of its device may have come before it. */
  readonly late?: true;
  /** Of the request that it came with, through the webhook. */
  readonly correlationId?: string;
  /** Attributes of CloudEvents in binary mode; only in the format of that name. */
  readonly [attribute: `${CloudEventPrefix}${string}`]: string;
}

/** By AMQP, and by Kafka. */
export type CloudEventPrefix = "cloudEvents_" | "ce_";

/** By time; records of one instant stay as they stood. Nearly always they are in order already. */
export function inTimeOrder(records: readonly FeedRecord[]): readonly FeedRecord[] {
  let last = Number.NEGATIVE_INFINITY;
  for (const { time } of records) {
    if (time < last) return records.toSorted((one, other) => one.time - other.time);
    last = time;
  }
  return records;
}
