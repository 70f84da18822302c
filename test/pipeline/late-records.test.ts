import { describe, expect, it } from "vitest";
import {
  addLateness,
  LATENESS_BOUNDS_MS,
  mergeLateness,
  nearsLookback,
  NO_LATENESS,
} from "../../src/pipeline/lateness.ts";
import { mergeFacts, openTally } from "../../src/pipeline/tally.ts";
import { fc } from "../fast-check.ts";
import { DAY, HOUR, MINUTE, routeUnderTest, START } from "./route-under-test.ts";

const at = (minutes: number) => START + minutes * MINUTE;

describe("records on a boundary", () => {
  it("that share the instant of the watermark are delivered, whichever run sees which of them", async () => {
    const bridge = routeUnderTest();
    const watermark = bridge.clock.now - MINUTE;
    bridge.feed.add(
      { key: "before", time: watermark - 1 },
      { key: "at 1", time: watermark },
      { key: "at 2", time: watermark },
      { key: "after", time: watermark + 1 },
    );
    await bridge.run();
    expect(bridge.keys()).toEqual(["before"]);
    bridge.feed.add({ key: "at 3", time: watermark, visibleAt: bridge.clock.now + HOUR });
    bridge.clock.now += HOUR;
    await bridge.run();
    expect(bridge.keys()).toEqual(["before", "at 1", "at 2", "at 3", "after"]);
    bridge.clock.now += HOUR;
    expect((await bridge.run()).totals).toMatchObject({ delivered: 0, alreadyDelivered: 5 });
  });

  it("that share the watermark's instant and come later are caught, without lookback lost", async () => {
    const bridge = routeUnderTest();
    const watermark = bridge.clock.now - MINUTE;
    await bridge.run();
    bridge.feed.add({ key: "same instant", time: watermark, visibleAt: bridge.clock.now + 30 * MINUTE });
    bridge.feed.add({ key: "just before", time: watermark - 1, visibleAt: bridge.clock.now + 30 * MINUTE });
    bridge.clock.now += HOUR;
    await bridge.run();
    expect(bridge.keys().toSorted()).toEqual(["just before", "same instant"]);
  });

  it("written at the run's own now are left for the next run, and then delivered once", async () => {
    const bridge = routeUnderTest({
      feed: {
        beforePage: () => {
          bridge.feed.add({ key: `written at ${bridge.clock.now}`, time: bridge.clock.now });
          bridge.clock.now += 1;
        },
      },
    });
    for (let hour = 3; hour < 8; hour += 1) {
      await bridge.run();
      bridge.clock.now = START + hour * HOUR;
    }
    await bridge.run();
    const due = bridge.feed.requests.length;
    expect(bridge.keys().length).toBeGreaterThan(due / 2);
    expect(new Set(bridge.ids()).size).toBe(bridge.ids().length);
  });

  it("with an earlier time that are committed after later ones are caught, and say that they are late", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add({ key: "newer", time: at(50) }, { key: "older", time: at(40), visibleAt: at(150) });
    await bridge.run();
    bridge.clock.now += HOUR;
    await bridge.run();
    expect(bridge.sink.received.map(({ properties }) => [properties.recordKey, properties.late])).toEqual([
      ["newer", undefined],
      ["older", true],
    ]);
  });

  it("on pages in no order at all leave in order of time", async () => {
    const bridge = routeUnderTest({ feed: { pageSize: 7 } });
    const minutes = Array.from({ length: 110 }, (_, n) => (n * 37) % 110);
    for (const minute of minutes) bridge.feed.add({ key: `k${minute}`, time: at(minute) });
    await bridge.run();
    expect(bridge.keys()).toEqual(Array.from({ length: 110 }, (_, n) => `k${n}`));
  });
});

describe("lateness", () => {
  const record = (lateMs: number) => ({ time: START, storedAt: START + lateMs });

  it("is counted in buckets, bounds included, the last one open", () => {
    const bounds = LATENESS_BOUNDS_MS;
    const { counts, maxMs } = addLateness(NO_LATENESS, [0, ...bounds, ...bounds.map((ms) => ms + 1)].map(record));
    expect(counts).toEqual([2, ...bounds.slice(1).map(() => 2), 1]);
    expect(maxMs).toBe(7 * DAY + 1);
  });

  it("of a record that was stored before its own time is none, and without a storage time nothing is known", () => {
    expect(addLateness(NO_LATENESS, [record(-HOUR)])).toMatchObject({ maxMs: 0, counts: [1, ...Array(10).fill(0)] });
    expect(addLateness(NO_LATENESS, [{ time: START }])).toEqual(NO_LATENESS);
  });

  it("adds up to the same in one run or in two", () => {
    const some = fc.array(fc.integer({ min: -HOUR, max: 10 * DAY }).map(record));
    fc.assert(
      fc.property(some, some, (one, other) => {
        const together = addLateness(NO_LATENESS, [...one, ...other]);
        expect(mergeLateness(addLateness(NO_LATENESS, one), addLateness(NO_LATENESS, other))).toEqual(together);
        expect(together.counts.reduce((sum, count) => sum + count, 0)).toBe(one.length + other.length);
      }),
    );
  });

  it("warns from three quarters of the lookback on, and not when there is no lookback", () => {
    const lateness = addLateness(NO_LATENESS, [record(3 * HOUR)]);
    expect(nearsLookback(lateness, 4 * HOUR)).toBe(true);
    expect(nearsLookback(lateness, 4 * HOUR + 2)).toBe(false);
    expect(nearsLookback(lateness, 0)).toBe(false);
  });

  it("of what a run delivered is told with the run, each record once", async () => {
    const bridge = routeUnderTest({ timing: { lookbackMs: 6 * HOUR } });
    bridge.feed.add(
      { key: "a", time: at(1), storedAt: at(1) + 100 },
      { key: "b", time: at(2), storedAt: at(2) + 5 * HOUR },
    );
    bridge.feed.add({ key: "c", time: at(3) });
    const outcome = await bridge.run();
    expect(outcome.lateness.maxMs).toBe(5 * HOUR);
    expect(outcome.lateness.counts.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(outcome.warnings).toMatchObject([
      { code: "LATE_NEAR_LOOKBACK", message: expect.stringContaining("stored 5 h") },
    ]);
    bridge.clock.now += HOUR;
    expect(await bridge.run()).toMatchObject({ lateness: NO_LATENESS, warnings: [] });
  });

  it("of what was not delivered is not counted yet", async () => {
    const bridge = routeUnderTest({ sink: { refuse: () => "no" } });
    bridge.feed.add({ key: "a", time: at(1), storedAt: at(200) });
    expect((await bridge.run()).lateness).toEqual(NO_LATENESS);
  });

  it("of several turns of one run is told once", () => {
    const turn = (lateMs: number) => {
      const tally = openTally("r", "f", 6 * HOUR);
      tally.add({ read: 1, delivered: 1 }, [
        { ...record(lateMs), recType: "r", key: "k", version: "1", eventId: "e", device: "d", body: new Uint8Array() },
      ]);
      tally.noteRecovered(2);
      return tally;
    };
    const first = turn(2 * HOUR);
    first.noteFirstRun();
    const facts = mergeFacts(turn(5 * HOUR).facts(), first.facts());
    expect(facts).toMatchObject({
      firstRun: true,
      recovered: 4,
      totals: { delivered: 2 },
      lateness: { maxMs: 5 * HOUR },
    });
    expect(facts.warnings.map(({ code }) => code)).toEqual(["LATE_NEAR_LOOKBACK"]);
  });
});
