// A record as it leaves: the event that carries it.
import type { FeedRecord, OutgoingEvent } from "./records.ts";

/** The record's own bytes, with its identity beside them so that consumers can route and dedupe without parsing. */
export function toEvent(record: FeedRecord, route: string, feed: string): OutgoingEvent {
  return {
    eventId: record.eventId,
    orderKey: record.device,
    body: record.body,
    contentType: "application/json",
    properties: {
      route,
      feed,
      recType: record.recType,
      recordKey: record.key,
      version: record.version,
      source: "microshare",
      schemaVersion: 1,
    },
  };
}
