// Events to send in tests: several per device, told apart by number.
import type { OutgoingEvent } from "../../src/pipeline/records.ts";

export interface EventsWanted {
  readonly count: number;
  /** Default 5. */
  readonly devices?: number;
  /** Size of each body. Default 200. */
  readonly bytes?: number;
  /** Number of the first event. Default 0. */
  readonly from?: number;
}

export function outgoingEvents({ count, devices = 5, bytes = 200, from = 0 }: EventsWanted): readonly OutgoingEvent[] {
  return Array.from({ length: count }, (_, index) => outgoingEvent(from + index, `device-${index % devices}`, bytes));
}

export function outgoingEvent(number: number, orderKey: string, bytes = 200): OutgoingEvent {
  const start = `{"number":${number},"pad":"`;
  // A view into a larger buffer, as the pipeline's bodies are.
  const page = new TextEncoder().encode(`[${start}${"x".repeat(Math.max(0, bytes - start.length - 2))}"}]`);
  return {
    eventId: number.toString(16).padStart(32, "0"),
    orderKey,
    body: page.subarray(1, -1),
    contentType: "application/json",
    properties: {
      route: "main",
      feed: "snapshots",
      recType: "io.microshare.lake.snapshot.hourly",
      recordKey: `key-${number}`,
      version: `version-${number}`,
      source: "microshare",
      schemaVersion: 1,
    },
  };
}
