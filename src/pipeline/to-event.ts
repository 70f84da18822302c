// A record as it leaves: the event that carries it.
import type { FeedRecord, OutgoingEvent } from "./records.ts";

export interface EventOrigin {
  readonly route: string;
  readonly feed: string;
  /** Found in a lookback. */
  readonly late: boolean;
}

/** The record's own bytes, with its identity beside them so that consumers can route and dedupe without parsing. */
export function toEvent(record: FeedRecord, origin: EventOrigin): OutgoingEvent {
  return {
    eventId: record.eventId,
    orderKey: record.device,
    body: record.body,
    contentType: "application/json",
    time: record.time,
    properties: {
      route: origin.route,
      feed: origin.feed,
      recType: record.recType,
      recordKey: record.key,
      version: record.version,
      source: "microshare",
      schemaVersion: 1,
      ...(origin.late ? { late: true } : {}),
    },
  };
}
