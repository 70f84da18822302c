import type { ReceivedEventData } from "@azure/event-hubs";
import { describe, expect, it } from "vitest";
import { createKnownArrivals } from "../../src/sinks/known-arrivals.ts";
import { readSpan, type SpanReading } from "../../src/sinks/read-span.ts";
import { sinkRetryPolicy } from "../../src/sinks/retry-policy.ts";
import { never } from "../contracts/sink.ts";
import { fakeClock } from "./hub-harness.ts";

const id = (sequence: number) => sequence.toString(16).padStart(32, "0");

function event(sequenceNumber: number, changes: Partial<ReceivedEventData> = {}): ReceivedEventData {
  return {
    body: Buffer.alloc(10),
    messageId: id(sequenceNumber),
    properties: { route: "main" },
    sequenceNumber,
    offset: String(sequenceNumber),
    enqueuedTimeUtc: new Date(0),
    partitionKey: null,
    systemProperties: {},
    getRawAmqpMessage: () => ({ body: undefined }),
    ...changes,
  };
}

/** A partition whose readers get the events two at a time; `faults` strike one `next` each. */
function partitionOf(events: readonly ReceivedEventData[], faults: readonly (string | undefined)[] = []) {
  const left = [...faults];
  const opened: number[] = [];
  let open = 0;
  const known = createKnownArrivals();
  const clock = fakeClock();
  const reading = (changes: Partial<SpanReading> = {}): SpanReading => ({
    async openReader(_, after) {
      opened.push(after);
      open += 1;
      let rest = events.filter(({ sequenceNumber }) => sequenceNumber > after);
      return {
        async next() {
          const code = left.shift();
          if (code !== undefined) throw Object.assign(new Error(code), { code });
          const [one, two] = rest;
          rest = rest.slice(2);
          return [one, two].flatMap((some) => some ?? []);
        },
        async close() {
          open -= 1;
        },
      };
    },
    known,
    limits: { policy: sinkRetryPolicy, timeoutMs: 1_000, signal: never() },
    clock,
    spend: () => true,
    ...changes,
  });
  return { reading, opened, known, clock, open: () => open };
}

const ten = Array.from({ length: 10 }, (_, index) => event(index));
const span = (after: number, upTo: number) => ({ partitionId: "0", after, upTo });
const idsFrom = (after: number, upTo: number) =>
  Array.from({ length: upTo - after }, (_, index) => id(after + 1 + index));

describe("readSpan", () => {
  it("reads what is new once, also when spans overlap", async () => {
    const { reading, opened, open } = partitionOf(ten);
    for (const [after, upTo] of [
      [3, 5],
      [7, 8],
      [1, 9],
      [0, 4],
      [1, 9],
    ] as const) {
      const { arrivals, reached } = await readSpan(span(after, upTo), reading());
      expect(arrivals.map(({ eventId }) => eventId)).toEqual(idsFrom(after, upTo));
      expect(reached).toBe(upTo);
    }
    expect(opened).toEqual([3, 7, 1, 5, 8, 0]);
    expect(open()).toBe(0);
  });

  it("goes on where it was when a reader fails, with a new one", async () => {
    const { reading, opened, clock, open } = partitionOf(ten, [
      undefined,
      "DetachForcedError",
      undefined,
      "ECONNRESET",
    ]);
    const { arrivals, failure } = await readSpan(span(-1, 9), reading());
    expect(failure).toBeUndefined();
    expect(arrivals.map(({ eventId }) => eventId)).toEqual(idsFrom(-1, 9));
    expect(opened).toEqual([-1, 1, 3]);
    expect(clock.waits).toHaveLength(2);
    expect(open()).toBe(0);
  });

  it("gives up in the end, and remembers what it has read", async () => {
    const { reading, opened, open } = partitionOf(ten, [undefined, "ECONNRESET", "ECONNRESET", "ECONNRESET"]);
    const outcome = await readSpan(span(-1, 9), reading());
    expect(outcome).toMatchObject({ reached: 1, failure: { kind: "unreachable" } });
    expect(await readSpan(span(-1, 9), reading())).toMatchObject({ reached: 9 });
    expect(opened).toEqual([-1, 1, 1, 1]);
    expect(open()).toBe(0);
  });

  it("ends at a span whose last events are missing", async () => {
    const { reading } = partitionOf([event(0), event(1), event(7)]);
    const { arrivals, reached } = await readSpan(span(-1, 5), reading());
    expect(arrivals.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(reached).toBe(5);
  });

  it("stops behind the event that uses up the bytes", async () => {
    const sizes: number[] = [];
    const { reading, known } = partitionOf([
      event(0),
      event(1, { body: "äöü" }),
      event(2, { body: { some: "value" } }),
      event(3),
    ]);
    const spend = (bytes: number) => sizes.push(bytes) < 3;
    const { arrivals, reached, failure } = await readSpan(span(-1, 3), reading({ spend }));
    expect(sizes).toEqual([10, 6, 1024]);
    expect(arrivals).toHaveLength(3);
    expect(reached).toBe(2);
    expect(failure).toBeUndefined();
    expect(known.at("0", -1)).toMatchObject({ upTo: 2 });
  });

  it("stops with what it has when it is told to", async () => {
    const stop = new AbortController();
    const { reading, open } = partitionOf(ten);
    const limits = { ...reading().limits, signal: stop.signal };
    const spend = () => {
      stop.abort();
      return true;
    };
    expect(await readSpan(span(-1, 9), reading({ limits, spend }))).toMatchObject({ reached: 1 });
    expect(open()).toBe(0);
  });

  it("takes only what looks like an event of the bridge", async () => {
    const { reading } = partitionOf([
      event(0, { properties: {} }),
      event(1, { properties: { route: 5 } }),
      event(2, { messageId: "order-2" }),
      event(3, { messageId: 3 }),
      event(4, { properties: { route: "other" } }),
    ]);
    const { arrivals } = await readSpan(span(-1, 4), reading());
    expect(arrivals).toEqual([{ sequence: 4, route: "other", eventId: id(4) }]);
  });

  it("passes on bugs, and closes its reader", async () => {
    const { reading, open } = partitionOf(ten);
    const bug = new TypeError("bug");
    const spend = () => {
      throw bug;
    };
    await expect(readSpan(span(-1, 9), reading({ spend }))).rejects.toBe(bug);
    expect(open()).toBe(0);
  });
});
