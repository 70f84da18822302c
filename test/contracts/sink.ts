// What every sink promises. Each implementation runs this suite through a harness of its own.
import { afterEach, describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import type { SendReport, Sink } from "../../src/pipeline/ports.ts";
import type { EventProperties, OutgoingEvent } from "../../src/pipeline/records.ts";
import { outgoingEvent, outgoingEvents } from "./outgoing-events.ts";

/** What arrived where the sink sends to. */
export interface ReceivedEvent {
  readonly eventId: string;
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly properties: object;
}

/** One destination, and sinks that send there. Small batches: a few hundred events must need many. */
export interface SinkHarness {
  readonly sink: Sink;
  /** Everything that arrived, in an order that is right per order key. */
  readonly received: () => readonly ReceivedEvent[];
  /** How the properties of an event look where it arrives; as they are, unless said otherwise. */
  readonly arrivingProperties?: (properties: EventProperties) => object;
  /** Bodies of this size fit into no batch. */
  readonly tooLargeBytes: number;
  /** Called whenever the sink waits before it tries again; its waits take no time. */
  onWait: () => void;
  /** The next so many batches are answered with "come back later". */
  throttle(times: number): void;
  /** One batch, after so many good ones, is refused for good. */
  refuseBatch(after: number): void;
  /** One batch, after so many good ones, gets an answer that does not tell whether it was stored. */
  loseOutcome(after: number): void;
  /** An hour without traffic. */
  idle(): Promise<void>;
  withWrongCredentials(): Sink;
  withMissingHub(): Sink;
  withUnknownHost(): Sink;
  close(): Promise<void>;
}

declare module "vitest" {
  interface TaskMeta {
    /** Why a skipped case of a contract cannot hold here. */
    notPromised?: string;
  }
}

/** A promise that cannot hold for a sink, by the name of its case, and why. */
export type NotPromised = Readonly<Record<string, string>>;

export function describeSinkContract(
  name: string,
  makeHarness: () => Promise<SinkHarness>,
  notPromised: NotPromised = {},
): void {
  describe(`${name} keeps the sink contract`, () => {
    const open: SinkHarness[] = [];
    const start = async () => {
      const harness = await makeHarness();
      open.push(harness);
      return harness;
    };
    afterEach(async () => {
      for (const harness of open.splice(0)) await harness.close();
    });
    const known = new Set<string>();
    /** One promise; where it cannot hold, the report names the reason. */
    const promise = (title: string, test: () => Promise<void>) => {
      known.add(title);
      it.for([title])("%s", async (_title, context) => {
        const reason = notPromised[title];
        // The closing line of CI takes a skipped test only with its reason.
        if (reason !== undefined) context.task.meta.notPromised = reason;
        context.skip(reason !== undefined, `not promised: ${reason}`);
        expect.hasAssertions();
        await test();
      });
    };

    promise("confirms exactly what has arrived, unchanged", async () => {
      const { sink, received, arrivingProperties = (properties) => properties } = await start();
      const events = outgoingEvents({ count: 120 });
      const report = await sink.send(events, never());
      expect(report.failure).toBeUndefined();
      expect(report.refused).toEqual([]);
      expect(idsOf(report.confirmed).toSorted()).toEqual(idsOf(events).toSorted());
      expect(idsOf(received()).toSorted()).toEqual(idsOf(events).toSorted());
      const byId = new Map(received().map((event) => [event.eventId, event]));
      for (const event of events) {
        const arrived = byId.get(event.eventId);
        expect(Buffer.from(arrived?.body ?? [])).toEqual(Buffer.from(event.body));
        expect(arrived?.contentType).toBe("application/json");
        expect(arrived?.properties).toEqual(arrivingProperties(event.properties));
      }
      expect(report.batches).toBeGreaterThan(1);
      expect(report.bytes).toBeGreaterThanOrEqual(120 * 200);
    });

    promise("does nothing for no events", async () => {
      const { sink, received } = await start();
      expect(await sink.send([], never())).toEqual({ confirmed: [], refused: [], batches: 0, bytes: 0 });
      expect(received()).toEqual([]);
    });

    promise("keeps the order of each device over many batches", async () => {
      const { sink, received } = await start();
      const events = outgoingEvents({ count: 300, devices: 7 });
      const report = await sink.send(events, never());
      expect(report.batches).toBeGreaterThan(10);
      expectOrderPerKey(received(), events);
    });

    promise("keeps the order of each device over sends that overlap", async () => {
      const { sink, received } = await start();
      const first = outgoingEvents({ count: 150, devices: 3 });
      const second = outgoingEvents({ count: 150, devices: 3, from: 150 });
      const reports = await Promise.all([sink.send(first, never()), sink.send(second, never())]);
      expect(reports.map(({ failure }) => failure)).toEqual([undefined, undefined]);
      expectOrderPerKey(received(), [...first, ...second]);
    });

    promise("refuses an event that is too large, with both sizes, and delivers the rest", async () => {
      const { sink, received, tooLargeBytes } = await start();
      const small = outgoingEvents({ count: 40, devices: 2 });
      const large = outgoingEvent(999, "device-0", tooLargeBytes);
      const report = await sink.send([...small.slice(0, 20), large, ...small.slice(20)], never());
      expect(report.failure).toBeUndefined();
      expect(report.refused.map(({ event }) => event.eventId)).toEqual([large.eventId]);
      expect(report.refused[0]?.reason).toMatch(new RegExp(`${tooLargeBytes} bytes.*\\d+ bytes`, "u"));
      expect(report.confirmed).toHaveLength(40);
      expectOrderPerKey(received(), small);
    });

    promise("stops at a batch refused in the middle, and repeats nothing when the rest is sent again", async () => {
      const harness = await start();
      const events = outgoingEvents({ count: 300, devices: 7 });
      harness.refuseBatch(3);
      const report = await harness.sink.send(events, never());
      expect(report.failure).toMatchObject({ code: "SINK_REFUSED" });
      expect(idsOf(report.confirmed).toSorted()).toEqual(idsOf(harness.received()).toSorted());
      const left = leftBy(report, events);
      expect(left.length).toBeGreaterThan(0);
      expect(left.length).toBeLessThan(300);
      const again = await harness.sink.send(left, never());
      expect(again.failure).toBeUndefined();
      expectOrderPerKey(harness.received(), events);
    });

    promise("never sends again what may have arrived, nor what comes behind it", async () => {
      const harness = await start();
      const events = outgoingEvents({ count: 300, devices: 7 });
      harness.loseOutcome(2);
      const report = await harness.sink.send(events, never());
      expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN" });
      const left = new Set(idsOf(leftBy(report, events)));
      const arrived = idsOf(harness.received());
      expect(new Set(arrived).size).toBe(arrived.length);
      for (const event of report.confirmed) expect(arrived).toContain(event.eventId);
      for (const device of new Set(events.map(({ orderKey }) => orderKey))) {
        const own = events.filter(({ orderKey }) => orderKey === device);
        const firstLeft = own.findIndex(({ eventId }) => left.has(eventId));
        if (firstLeft !== -1) for (const event of own.slice(firstLeft)) expect(left).toContain(event.eventId);
      }
    });

    promise("goes on with the other devices beside an unknown outcome", async () => {
      const harness = await start();
      harness.loseOutcome(2);
      const report = await harness.sink.send(outgoingEvents({ count: 300, devices: 7 }), never());
      expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN" });
      expect(report.confirmed.length).toBeGreaterThan(100);
    });

    promise("waits out throttling", async () => {
      const harness = await start();
      let waits = 0;
      harness.onWait = () => (waits += 1);
      harness.throttle(3);
      const events = outgoingEvents({ count: 60 });
      const report = await harness.sink.send(events, never());
      expect(report.failure).toBeUndefined();
      expect(waits).toBe(3);
      expectOrderPerKey(harness.received(), events);
    });

    promise("stops waiting when it is told to, and says what was confirmed", async () => {
      const harness = await start();
      const stop = new AbortController();
      harness.onWait = () => stop.abort();
      harness.throttle(1_000);
      const events = outgoingEvents({ count: 60 });
      const report = await harness.sink.send(events, stop.signal);
      expect(report.failure?.code).toMatch(/^(?:SINK_THROTTLED|OUT_OF_TIME)$/u);
      expect(idsOf(report.confirmed)).toEqual(idsOf(harness.received()));
    });

    promise("sends nothing once it is told to stop", async () => {
      const { sink, received } = await start();
      const report = await sink.send(outgoingEvents({ count: 10 }), AbortSignal.abort());
      expect(report.failure).toMatchObject({ code: "OUT_OF_TIME" });
      expect(report.confirmed).toEqual([]);
      expect(received()).toEqual([]);
    });

    promise("starts no batch any more once it may not, whatever its signal says", async () => {
      const { sink, received } = await start();
      const events = outgoingEvents({ count: 300, devices: 7 });
      const report = await sink.send(events, never(), () => received().length === 0);
      expect(report.failure?.code).toMatch(/^(?:OUT_OF_TIME|SINK_UNCERTAIN)$/u);
      expect(report.confirmed.length).toBeLessThan(300);
      expect(idsOf(report.confirmed).toSorted()).toEqual(idsOf(received()).toSorted());
      const nothing = await sink.send(outgoingEvents({ count: 3, from: 300 }), never(), () => false);
      expect(nothing).toMatchObject({ confirmed: [], refused: [], failure: { code: "OUT_OF_TIME" } });
    });

    promise("goes on after an hour without traffic", async () => {
      const harness = await start();
      const before = outgoingEvents({ count: 30 });
      const after = outgoingEvents({ count: 30, from: 30 });
      await harness.sink.send(before, never());
      await harness.idle();
      const report = await harness.sink.send(after, never());
      expect(report.failure).toBeUndefined();
      expectOrderPerKey(harness.received(), [...before, ...after]);
    });

    promise("checks the way without sending", async () => {
      const { sink, received } = await start();
      await expect(sink.check(never())).resolves.toBeUndefined();
      expect(received()).toEqual([]);
    });

    const wrong = {
      SINK_UNAUTHORIZED: (harness: SinkHarness) => harness.withWrongCredentials(),
      SINK_NOT_FOUND: (harness: SinkHarness) => harness.withMissingHub(),
      SINK_UNREACHABLE: (harness: SinkHarness) => harness.withUnknownHost(),
    };
    for (const [code, make] of Object.entries(wrong)) {
      promise(`says ${code} on check and on send, with a fix`, async () => {
        const harness = await start();
        const sink = make(harness);
        const error: unknown = await sink.check(never()).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(BridgeError);
        expect(error).toMatchObject({ code, fix: expect.stringMatching(/\w{3}/u) });
        const report = await sink.send(outgoingEvents({ count: 10 }), never());
        expect(report.failure).toMatchObject({ code });
        expect(report.confirmed).toEqual([]);
        await sink.close();
      });
    }

    promise("can be closed unused, twice, and used again", async () => {
      const { sink, received } = await start();
      await sink.close();
      await sink.send(outgoingEvents({ count: 5 }), never());
      await sink.close();
      await sink.close();
      const report = await sink.send(outgoingEvents({ count: 5, from: 5 }), never());
      expect(report.failure).toBeUndefined();
      expect(received()).toHaveLength(10);
    });

    promise("says what is known after a crash", async () => {
      const { sink } = await start();
      if (sink.readBack !== undefined) return expect(sink.afterCrash).toBeUndefined();
      expect(sink.afterCrash?.meaning).toMatch(/cannot be read back/u);
      expect(sink.afterCrash?.fix).toMatch(/\w{3}/u);
    });

    it("knows every promise that is taken back", () => {
      expect(Object.keys(notPromised).filter((title) => !known.has(title))).toEqual([]);
    });
  });
}

/** A signal that never aborts. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

export function idsOf(events: readonly { readonly eventId: string }[]): readonly string[] {
  return events.map(({ eventId }) => eventId);
}

/** Neither confirmed nor refused, in the order of sending. */
export function leftBy(report: SendReport, events: readonly OutgoingEvent[]): readonly OutgoingEvent[] {
  const settled = new Set(idsOf([...report.confirmed, ...report.refused.map(({ event }) => event)]));
  return events.filter(({ eventId }) => !settled.has(eventId));
}

/** Each event arrived exactly once, those of a device in the order they were sent. */
export function expectOrderPerKey(
  received: readonly { readonly eventId: string }[],
  sent: readonly OutgoingEvent[],
): void {
  const keys = new Map(sent.map(({ eventId, orderKey }) => [eventId, orderKey]));
  const arrived = Map.groupBy(idsOf(received), (eventId) => keys.get(eventId));
  const wanted = Map.groupBy(idsOf(sent), (eventId) => keys.get(eventId));
  expect(Object.fromEntries(arrived)).toEqual(Object.fromEntries(wanted));
}
