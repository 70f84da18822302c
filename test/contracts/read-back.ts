// What every sink that can be read back promises. Each implementation runs this suite through a harness of its own.
import { afterEach, describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import type { HubPositions, ReadBack, ReadBackReport, Sink } from "../../src/pipeline/ports.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { outgoingEvents, type EventsWanted } from "./outgoing-events.ts";
import { expectOrderPerKey, idsOf, leftBy, never } from "./sink.ts";

/** What becomes of a batch whose sender is never told. */
export type LostOutcome =
  | "stored, and the connection is lost"
  | "lost with the connection"
  | "stored without an answer"
  | "lost without an answer";

/** One hub of four partitions, and sinks that send to it. Small batches: a few hundred events must need many. */
export interface ReadBackHarness {
  readonly sink: Sink;
  /** Ids of everything that arrived, in an order that is right per order key. */
  readonly received: () => readonly string[];
  /** The next batch meets this. */
  readonly loseOutcome: (outcome: LostOutcome) => void;
  /** The next batch is kept back, its sender never told, until the function is called. */
  readonly holdBatch: () => () => void;
  readonly recreateHub: () => void;
  readonly addPartitions: (count: number) => void;
  /** Retention leaves only so many events of each partition. */
  readonly expire: (eventsPerPartition: number) => void;
  /** A sink that may send but not read. */
  readonly withoutListenRight: () => Sink;
  /** Other readers claim the partitions for themselves alone; the function ends that. */
  readonly blockReaders: () => Promise<() => Promise<void>>;
  readonly close: () => Promise<void>;
}

export function describeReadBackContract(name: string, makeHarness: () => Promise<ReadBackHarness>): void {
  describe(`${name} keeps the read-back contract`, () => {
    const open: ReadBackHarness[] = [];
    const start = async () => {
      const harness = await makeHarness();
      open.push(harness);
      return { ...harness, readBack: readBackOf(harness.sink) };
    };
    afterEach(async () => {
      for (const harness of open.splice(0)) await harness.close();
    });

    it("says where the partitions end, and which hub it is", async () => {
      const { sink, readBack } = await start();
      const before = await readBack.positions(never());
      expect(Object.values(before.partitions)).toEqual([-1, -1, -1, -1]);
      await sink.send(outgoingEvents({ count: 100, devices: 20 }), never());
      const after = await readBack.positions(never());
      expect(namesIn(after)).toEqual(namesIn(before));
      expect(Object.values(after.partitions).reduce((sum, last) => sum + last + 1, 0)).toBe(100);
    });

    it("finds exactly what arrived of a route behind the one position and up to the other", async () => {
      const { sink, readBack } = await start();
      await sink.send(outgoingEvents({ count: 60, devices: 20 }), never());
      const after = await readBack.positions(never());
      const own = outgoingEvents({ count: 150, devices: 20, from: 60 });
      const others = ofRoute("other", { count: 90, devices: 20, from: 300 });
      await sink.send(own.slice(0, 70), never());
      await sink.send(others, never());
      await sink.send(own.slice(70), never());
      const upTo = await readBack.positions(never());
      await sink.send(outgoingEvents({ count: 40, devices: 20, from: 500 }), never());

      const report = await readAll(readBack, after, upTo);
      expect(report.unknown).toEqual([]);
      expect(report.reached).toEqual(upTo);
      expect(report.found.toSorted()).toEqual(idsOf(own).toSorted());
      expect((await readAll(readBack, after, upTo, "other")).found.toSorted()).toEqual(idsOf(others).toSorted());
      expect((await readAll(readBack, after, upTo, "nobody")).found).toEqual([]);
      // What was read before does not change what is asked for now.
      const [, second = ""] = Object.keys(upTo.partitions);
      const middle = { hub: upTo.hub, partitions: { ...upTo.partitions, [second]: after.partitions[second] ?? -1 } };
      const rest = await readAll(readBack, middle, upTo);
      expect(rest.found.length).toBeLessThan(150);
      expect(idsOf(own)).toEqual(expect.arrayContaining([...rest.found]));
    });

    it("reads nothing where nothing is new", async () => {
      const { sink, readBack } = await start();
      await sink.send(outgoingEvents({ count: 10 }), never());
      const here = await readBack.positions(never());
      expect(await readAll(readBack, here, here)).toEqual({ found: [], reached: here, unknown: [] });
    });

    it("stops when the bytes are used up, and reads on to the end", async () => {
      const { sink, readBack } = await start();
      const after = await readBack.positions(never());
      const events = outgoingEvents({ count: 200, devices: 20 });
      await sink.send(events, never());
      const upTo = await readBack.positions(never());
      const found: string[] = [];
      let reached = after;
      let readings = 0;
      for (; !isReached(reached, upTo); readings++) {
        const report = await readBack.read({ route: "main", after: reached, upTo, maxBytes: 9_000, signal: never() });
        expect(report.unknown).toEqual([]);
        expect(report.found.length).toBeGreaterThan(0);
        found.push(...report.found);
        reached = report.reached;
      }
      expect(reached).toEqual(upTo);
      expect(readings).toBeGreaterThan(3);
      expect(found.toSorted()).toEqual(idsOf(events).toSorted());
    });

    it("makes progress even when one event is more than the bytes allowed", async () => {
      const { sink, readBack } = await start();
      const after = await readBack.positions(never());
      await sink.send(outgoingEvents({ count: 20, devices: 20 }), never());
      const upTo = await readBack.positions(never());
      const report = await readBack.read({ route: "main", after, upTo, maxBytes: 1, signal: never() });
      expect(report.found.length).toBeGreaterThan(0);
      expect(report.found.length).toBeLessThan(20);
    });

    it("reads nothing once it is told to stop", async () => {
      const { sink, readBack } = await start();
      const after = await readBack.positions(never());
      await sink.send(outgoingEvents({ count: 20 }), never());
      const upTo = await readBack.positions(never());
      const request = { route: "main", after, upTo, maxBytes: 1e9, signal: AbortSignal.abort() };
      expect(await readBack.read(request)).toEqual({ found: [], reached: after, unknown: [] });
    });

    it("says once that the hub was created anew, and reads the new one from its beginning", async () => {
      const { sink, readBack, recreateHub } = await start();
      const beginning = await readBack.positions(never());
      await sink.send(outgoingEvents({ count: 60, devices: 20 }), never());
      const after = await readBack.positions(never());
      expect((await readAll(readBack, beginning, after)).found).toHaveLength(60);
      recreateHub();
      await sink.close();
      const events = outgoingEvents({ count: 30, devices: 20, from: 100 });
      await sink.send(events, never());
      const upTo = await readBack.positions(never());
      expect(namesIn(upTo)).not.toEqual(namesIn(after));
      const report = await readAll(readBack, after, upTo);
      expectUnknown(report, "READ_BACK_OTHER_HUB");
      expect(report.reached).toEqual(upTo);
      expect(report.found.toSorted()).toEqual(idsOf(events).toSorted());
      expect((await readAll(readBack, report.reached, upTo)).unknown).toEqual([]);
    });

    it("says once how many events have expired, and reads those that are left", async () => {
      const { sink, readBack, expire } = await start();
      const after = await readBack.positions(never());
      const events = outgoingEvents({ count: 200, devices: 1 });
      await sink.send(events, never());
      expire(50);
      const upTo = await readBack.positions(never());
      const report = await readAll(readBack, after, upTo);
      expectUnknown(report, "READ_BACK_EXPIRED");
      expect(report.unknown[0]?.message).toContain("150 events");
      expect(report.reached).toEqual(upTo);
      expect(report.found.toSorted()).toEqual(idsOf(events.slice(150)).toSorted());
      expect((await readAll(readBack, report.reached, upTo)).unknown).toEqual([]);
    });

    it("is not troubled by what expired before the position", async () => {
      const { sink, readBack, expire } = await start();
      await sink.send(outgoingEvents({ count: 100, devices: 1 }), never());
      const after = await readBack.positions(never());
      const events = outgoingEvents({ count: 50, devices: 1, from: 100 });
      await sink.send(events, never());
      expire(50);
      const report = await readAll(readBack, after, await readBack.positions(never()));
      expect(report.unknown).toEqual([]);
      expect(report.found).toHaveLength(50);
    });

    it("says that it has no right to listen, and goes on", async () => {
      const { sink, readBack, withoutListenRight } = await start();
      const after = await readBack.positions(never());
      await sink.send(outgoingEvents({ count: 20, devices: 20 }), never());
      const upTo = await readBack.positions(never());
      const report = await readAll(readBackOf(withoutListenRight()), after, upTo);
      expectUnknown(report, "READ_BACK_DENIED");
      expect(report.found).toEqual([]);
      expect(report.reached).toEqual(upTo);
    });

    it("gives way to readers that claim the partitions for themselves alone", async () => {
      const { sink, readBack, blockReaders } = await start();
      const after = await readBack.positions(never());
      await sink.send(outgoingEvents({ count: 20, devices: 20 }), never());
      const upTo = await readBack.positions(never());
      const unblock = await blockReaders();
      const report = await readAll(readBack, after, upTo);
      expectUnknown(report, "READ_BACK_REFUSED");
      expect(report.unknown[0]?.fix).toContain("EVENT_HUB_CONSUMER_GROUP");
      expect(report.reached).toEqual(upTo);
      await unblock();
      expect((await readAll(readBack, after, upTo)).found).toHaveLength(20);
    });

    it("reads partitions that are new from their beginning", async () => {
      const { sink, readBack, addPartitions } = await start();
      const after = await readBack.positions(never());
      addPartitions(2);
      await sink.close();
      const events = outgoingEvents({ count: 60, devices: 60 });
      await sink.send(events, never());
      const upTo = await readBack.positions(never());
      const ends = Object.values(upTo.partitions);
      expect(ends).toHaveLength(6);
      expect(Math.min(...ends)).toBeGreaterThan(-1);
      const report = await readAll(readBack, after, upTo);
      expect(report.unknown).toEqual([]);
      expect(report.found.toSorted()).toEqual(idsOf(events).toSorted());
    });

    const outcomes: readonly LostOutcome[] = [
      "stored, and the connection is lost",
      "lost with the connection",
      "stored without an answer",
      "lost without an answer",
    ];
    it.each(outcomes)("tells what arrived of a batch that was %s, and sends the rest at once", async (outcome) => {
      const { sink, readBack, received, loseOutcome } = await start();
      await sink.check(never());
      const after = await readBack.positions(never());
      const events = outgoingEvents({ count: 200, devices: 20 });
      loseOutcome(outcome);
      const report = await sink.send(events, never());
      expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN" });
      const { found, unknown } = await readAll(readBack, after, await readBack.positions(never()));
      expect(unknown).toEqual([]);
      expect(found.toSorted()).toEqual(received().toSorted());
      const arrived = new Set(found);
      const left = leftBy(report, events);
      expect(left.some(({ eventId }) => arrived.has(eventId))).toBe(outcome.startsWith("stored"));
      const again = await sink.send(
        left.filter(({ eventId }) => !arrived.has(eventId)),
        never(),
      );
      expect(again.failure).toBeUndefined();
      expectOrderPerKey(
        received().map((eventId) => ({ eventId })),
        events,
      );
    });

    it("finds a batch that was stored long after its sender gave up", async () => {
      const { sink, readBack, holdBatch } = await start();
      await sink.check(never());
      const after = await readBack.positions(never());
      const release = holdBatch();
      const events = outgoingEvents({ count: 10, devices: 1 });
      expect(await sink.send(events, never())).toMatchObject({ failure: { code: "SINK_UNCERTAIN" } });
      await sink.close();
      const early = await readBack.positions(never());
      const before = await readAll(readBack, after, early);
      expect(before.found).toEqual([]);
      release();
      const late = await readAll(readBack, before.reached, await readBack.positions(never()));
      expect(late.found.toSorted()).toEqual(idsOf(events).toSorted());
    });
  });
}

/** Events of another route on the same hub. */
export function ofRoute(route: string, wanted: EventsWanted): readonly OutgoingEvent[] {
  return outgoingEvents(wanted).map((event) => ({ ...event, properties: { ...event.properties, route } }));
}

export function readAll(
  readBack: ReadBack,
  after: HubPositions,
  upTo: HubPositions,
  route = "main",
): Promise<ReadBackReport> {
  return readBack.read({ route, after, upTo, maxBytes: 1e9, signal: never() });
}

export function readBackOf({ readBack }: Sink): ReadBack {
  if (readBack === undefined) throw new Error("this sink cannot be read back");
  return readBack;
}

export function expectUnknown(report: ReadBackReport, ...codes: readonly string[]): void {
  expect(report.unknown.map(({ code }) => code)).toEqual(codes);
  for (const error of report.unknown) {
    expect(error).toBeInstanceOf(BridgeError);
    expect(error.fix).toMatch(/\w{3}/u);
  }
}

/** Which hub it is: in the name of the hub, or of each partition where several hubs are one. */
function namesIn({ hub, partitions }: HubPositions): readonly string[] {
  return [hub, ...Object.keys(partitions).toSorted()];
}

function isReached(reached: HubPositions, upTo: HubPositions): boolean {
  return Object.entries(upTo.partitions).every(([id, last]) => (reached.partitions[id] ?? -1) >= last);
}
