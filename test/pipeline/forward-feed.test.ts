import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import type { MemoryBatch } from "../../src/sinks/memory-sink.ts";
import { DAY, HOUR, MINUTE, routeUnderTest, START } from "./route-under-test.ts";

const at = (minutes: number) => START + minutes * MINUTE;

function unavailable(): BridgeError {
  return new BridgeError("API_UNAVAILABLE", "the API is down", { fix: "wait" });
}

describe("a run of one route", () => {
  it("forwards every record once over many hours, in time order, and moves the watermark to the settled now", async () => {
    const bridge = routeUnderTest({ timing: { lookbackMs: 6 * HOUR } });
    for (let minute = 0; minute < 600; minute += 5) bridge.feed.add({ key: `k${minute}`, time: at(minute) });
    for (let hour = 2; hour <= 10; hour += 1) {
      bridge.clock.now = START + hour * HOUR;
      expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
      expect((await bridge.checkpoint())?.watermark).toBe(bridge.clock.now - MINUTE);
    }
    expect(bridge.keys()).toEqual(Array.from({ length: 120 }, (_, n) => `k${n * 5}`));
  });

  it("says that it is the first one, and begins where the settings say", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add({ key: "before", time: START - 1 }, { key: "first", time: START });
    expect(await bridge.run()).toMatchObject({ firstRun: true, start: START });
    expect(await bridge.run()).toMatchObject({ firstRun: false, start: START });
    expect(bridge.keys()).toEqual(["first"]);
  });

  it("fails as a bug when a sink loses events out of its report, and marks nothing as done", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add({ key: "one", time: START }, { key: "two", time: START + MINUTE });
    const { sink } = bridge;
    const forgetful = {
      ...sink,
      send: async (...asked: Parameters<typeof sink.send>) => {
        const report = await sink.send(...asked);
        return { ...report, confirmed: report.confirmed.slice(1) };
      },
    };
    await expect(bridge.run({ route: { sink: forgetful } })).rejects.toThrow(
      "the sink was given 2 events and reports 1",
    );
    expect((await bridge.checkpoint())?.watermark).toBe(START);
  });

  it("resolves the start once: a later run does not move it", async () => {
    let asked = 0;
    const startAt = (now: number): number => {
      asked += 1;
      return now - HOUR;
    };
    const bridge = routeUnderTest({ timing: { startAt } });
    await bridge.run();
    bridge.clock.now += HOUR;
    await bridge.run();
    expect(asked).toBe(1);
    expect((await bridge.checkpoint())?.start).toBe(START + HOUR);
  });

  it("counts the start back from the first attempt, even when that one fails", async () => {
    let down = true;
    const bridge = routeUnderTest({
      timing: { startAt: (now) => now - HOUR },
      feed: {
        beforePage: () => {
          if (down) throw unavailable();
        },
      },
    });
    bridge.feed.add({ key: "early", time: START + HOUR + MINUTE });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", start: START + HOUR });
    down = false;
    bridge.clock.now += 24 * HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", start: START + HOUR, firstRun: false });
    expect(bridge.keys()).toEqual(["early"]);
  });

  it("leaves what has not settled for the next run", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add({ key: "young", time: bridge.clock.now - 30_000 });
    await bridge.run();
    expect(bridge.keys()).toEqual([]);
    bridge.clock.now += HOUR;
    await bridge.run();
    expect(bridge.keys()).toEqual(["young"]);
  });

  it("carries route, feed, record type, key and version on every event", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add({ key: "k", version: "v9", time: START });
    await bridge.run();
    expect(bridge.sink.received[0]).toMatchObject({
      eventId: expect.stringMatching(/^[0-9a-f]{32}$/),
      contentType: "application/json",
      properties: {
        route: "test@memory",
        feed: "test",
        recType: "test.record",
        recordKey: "k",
        version: "v9",
        source: "microshare",
        schemaVersion: 1,
      },
    });
  });
});

describe("late and rewritten records", () => {
  it("are caught within the lookback, and repeated ones are not sent again", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add(
      { key: "early", time: at(10) },
      { key: "late", time: at(20), visibleAt: START + 3 * HOUR },
      { key: "very-late", time: at(30), visibleAt: START + 30 * HOUR },
    );
    await bridge.run();
    expect(bridge.keys()).toEqual(["early"]);
    bridge.clock.now = START + 3.5 * HOUR;
    expect((await bridge.run()).totals).toMatchObject({ delivered: 1, alreadyDelivered: 1, late: 1 });
    expect(bridge.keys()).toEqual(["early", "late"]);
    expect(bridge.sink.received.map((event) => event.properties.late)).toEqual([undefined, true]);
  });

  it("are caught by the daily deep lookback when the lookback no longer reaches them", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add({ key: "very-late", time: at(30), visibleAt: START + 20 * HOUR });
    for (let hour = 2; hour < 24; hour += 1) {
      bridge.clock.now = START + hour * HOUR;
      await bridge.run();
    }
    expect(bridge.keys()).toEqual([]);
    bridge.clock.now = START + 27 * HOUR;
    await bridge.run();
    expect(bridge.keys()).toEqual(["very-late"]);
  });

  it("without lookback a late record stays behind: the lookback is what catches it", async () => {
    const bridge = routeUnderTest({ timing: { lookbackMs: 0, deepLookbackMs: 0 } });
    bridge.feed.add({ key: "late", time: at(20), visibleAt: START + 3 * HOUR });
    await bridge.run();
    bridge.clock.now = START + 4 * HOUR;
    await bridge.run();
    expect(bridge.keys()).toEqual([]);
  });

  it("without lookback nothing is read twice: order and completeness do not rest on the ledger", async () => {
    const bridge = routeUnderTest({ timing: { lookbackMs: 0, deepLookbackMs: 0 } });
    for (let minute = 0; minute < 600; minute += 1) bridge.feed.add({ key: `k${minute}`, time: at(minute) });
    for (let hour = 2; hour <= 11; hour += 1) {
      bridge.clock.now = START + hour * HOUR;
      expect((await bridge.run()).totals.alreadyDelivered).toBe(0);
    }
    expect(bridge.keys()).toEqual(Array.from({ length: 600 }, (_, n) => `k${n}`));
  });

  it("a new version is new data, and is counted", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add({ key: "k", version: "1", time: at(10) });
    await bridge.run();
    bridge.feed.add({ key: "k", version: "2", time: at(10) });
    bridge.clock.now += HOUR;
    expect((await bridge.run()).totals).toMatchObject({ delivered: 1, alreadyDelivered: 1, updates: 1 });
    expect(bridge.sink.received.map((event) => event.properties.version)).toEqual(["1", "2"]);
  });

  it("with first-only a new version is left out and counted, also within one load", async () => {
    const bridge = routeUnderTest({ updates: "first-only" });
    bridge.feed.add({ key: "k", version: "1", time: at(10) }, { key: "k", version: "2", time: at(11) });
    expect((await bridge.run()).totals).toMatchObject({ delivered: 1, filtered: 1, updates: 1 });
    bridge.clock.now += HOUR;
    expect((await bridge.run()).totals).toMatchObject({ delivered: 0, alreadyDelivered: 1, filtered: 1, updates: 1 });
  });

  it("a record that stands twice in the answers is sent once", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add({ key: "k", time: at(10) }, { key: "k", time: at(10) }, { key: "k", time: at(70) });
    expect((await bridge.run()).totals).toMatchObject({ read: 3, delivered: 1, alreadyDelivered: 2 });
  });

  it("raising the lookback does not send again what the ledger no longer covers", async () => {
    const bridge = routeUnderTest({ timing: { lookbackMs: HOUR, deepLookbackMs: HOUR } });
    for (let minute = 0; minute < 60 * 30; minute += 10) bridge.feed.add({ key: `k${minute}`, time: at(minute) });
    for (let hour = 2; hour <= 30; hour += 1) {
      bridge.clock.now = START + hour * HOUR;
      await bridge.run();
    }
    const sent = bridge.keys().length;
    const ledgerFrom = (await bridge.checkpoint())?.coveredFrom ?? 0;
    expect(ledgerFrom).toBeGreaterThan(START + 20 * HOUR);
    const timing = {
      startAt: () => START,
      lookbackMs: 10 * DAY,
      deepLookbackMs: 10 * DAY,
      settleDelayMs: MINUTE,
      windowMs: HOUR,
    };
    expect(await bridge.run({ route: { timing } })).toMatchObject({ kind: "caught-up" });
    expect(bridge.keys()).toHaveLength(sent);
    expect(Math.min(...bridge.feed.requests.slice(-1).map(({ window }) => window.from))).toBe(ledgerFrom);
  });

  it("the lookback owed when a run had no time for it is read by a later one", async () => {
    const bridge = routeUnderTest();
    await bridge.run();
    const stop = new AbortController();
    bridge.feed.add({ key: "late", time: at(20), visibleAt: START + 3 * HOUR });
    bridge.clock.now = START + 20 * HOUR;
    const source = {
      ...bridge.feed.source,
      async *readPages(request: Parameters<typeof bridge.feed.source.readPages>[0]) {
        if (request.window.from < START + HOUR) throw new BridgeError("OUT_OF_TIME", "no time left", { fix: "none" });
        yield* bridge.feed.source.readPages(request);
      },
    };
    expect(await bridge.run({ route: { source }, deps: { reading: stop.signal } })).toMatchObject({
      kind: "out-of-time",
    });
    expect((await bridge.checkpoint())?.watermark).toBe(START + 20 * HOUR - MINUTE);
    bridge.clock.now += HOUR;
    await bridge.run();
    expect(bridge.keys()).toEqual(["late"]);
  });
});

describe("when something fails", () => {
  it("keeps the watermark when page 3 of 5 fails, and sends nothing twice afterwards", async () => {
    let failing = true;
    const bridge = routeUnderTest({
      feed: {
        pageSize: 10,
        beforePage: (_request, page) => {
          if (failing && page === 2) throw unavailable();
        },
      },
      timing: { windowMs: 2 * HOUR },
    });
    for (let n = 0; n < 50; n += 1) bridge.feed.add({ key: `k${n}`, time: at(n) });
    expect(await bridge.run()).toMatchObject({
      kind: "blocked",
      error: { code: "API_UNAVAILABLE" },
      totals: { read: 0 },
    });
    expect(bridge.keys()).toEqual([]);
    failing = false;
    await bridge.run();
    expect(bridge.keys()).toEqual(Array.from({ length: 50 }, (_, n) => `k${n}`));
  });

  it("keeps the windows before the failed one", async () => {
    const bridge = routeUnderTest({
      feed: {
        beforePage: ({ window }) => {
          if (window.from >= START + HOUR) throw unavailable();
        },
      },
    });
    bridge.clock.now = START + 3 * HOUR;
    bridge.feed.add({ key: "a", time: at(10) }, { key: "b", time: at(70) });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", totals: { delivered: 1 } });
    expect((await bridge.checkpoint())?.watermark).toBe(START + HOUR);
    expect(bridge.keys()).toEqual(["a"]);
  });

  it("remembers what the sink confirmed when a batch in the middle is refused, and sends only the rest", async () => {
    let broken = true;
    const down = new BridgeError("SINK_UNREACHABLE", "the hub is gone", { fix: "wait" });
    const bridge = routeUnderTest({
      sink: {
        partitions: 1,
        eventsPerBatch: 10,
        onBatch: ({ number }: MemoryBatch) => (broken && number === 3 ? { error: down, stored: false } : "stored"),
      },
    });
    for (let n = 0; n < 50; n += 1) bridge.feed.add({ key: `k${n}`, time: at(n) });
    expect(await bridge.run()).toMatchObject({
      kind: "blocked",
      error: { code: "SINK_UNREACHABLE" },
      totals: { delivered: 20, leftForNextRun: 30 },
    });
    expect((await bridge.checkpoint())?.watermark).toBe(START);
    broken = false;
    expect((await bridge.run()).totals).toMatchObject({ delivered: 30, alreadyDelivered: 20 });
    expect(bridge.keys()).toEqual(Array.from({ length: 50 }, (_, n) => `k${n}`));
  });

  it("dead-letters what the sink will never take, with its reason, and goes on", async () => {
    const bridge = routeUnderTest({
      sink: { refuse: (event) => (event.properties.recordKey === "big" ? "too large" : undefined) },
    });
    bridge.feed.add({ key: "a", time: at(1) }, { key: "big", time: at(2) }, { key: "b", time: at(3) });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 2, deadLettered: 1 } });
    expect(bridge.deadLetterRows()).toEqual([
      expect.objectContaining({ reason: "too large", recType: "test.record", recordKey: "big" }),
    ]);
    expect(bridge.deadLetters.letters("test@memory")).toHaveLength(1);
    bridge.clock.now += HOUR;
    expect((await bridge.run()).totals).toMatchObject({ deadLettered: 0, alreadyDelivered: 3 });
  });

  it("dead-letters an unreadable record once", async () => {
    const bridge = routeUnderTest();
    bridge.feed.add({ key: "bad", time: at(1), unreadable: true }, { key: "good", time: at(2) });
    expect((await bridge.run()).totals).toMatchObject({ delivered: 1, deadLettered: 1 });
    bridge.clock.now += HOUR;
    expect((await bridge.run()).totals).toMatchObject({ deadLettered: 0, alreadyDelivered: 2 });
    expect(bridge.deadLetterRows()).toHaveLength(1);
  });

  it("saves more dead letters than one transaction takes, before the progress that rests on them", async () => {
    const bridge = routeUnderTest();
    for (let n = 0; n < 5000; n += 1) bridge.feed.add({ key: `k${n}`, time: at(n % 60), unreadable: n % 40 === 0 });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { deadLettered: 125, delivered: 4875 } });
    expect(bridge.deadLetterRows()).toHaveLength(125);
  });

  it("stops when too many records are refused, keeps the watermark, and goes on when the cause is gone", async () => {
    let changed = true;
    const bridge = routeUnderTest({
      sink: { refuse: (event) => (changed && event.properties.recordKey.endsWith("0") ? "unknown field" : undefined) },
    });
    for (let n = 0; n < 300; n += 1) bridge.feed.add({ key: `k${n}`, time: at(n % 60) });
    expect(await bridge.run()).toMatchObject({
      kind: "blocked",
      error: { code: "DEAD_LETTER_FLOOD" },
      totals: { delivered: 270, deadLettered: 0, leftForNextRun: 30 },
    });
    expect((await bridge.checkpoint())?.watermark).toBe(START);
    expect(bridge.deadLetterRows()).toEqual([]);
    changed = false;
    await bridge.run();
    expect(new Set(bridge.keys()).size).toBe(300);
    expect(bridge.keys()).toHaveLength(300);
  });

  it("keeps what was confirmed when a dead letter cannot be kept, and closes nothing over it", async () => {
    let blobDown = true;
    const failed = new BridgeError("DEAD_LETTER_FAILED", "no container", { fix: "grant the role" });
    const bridge = routeUnderTest();
    const deadLetters = {
      put: async (...letter: Parameters<typeof bridge.deadLetters.put>) => {
        if (blobDown) throw failed;
        await bridge.deadLetters.put(...letter);
      },
    };
    bridge.feed.add({ key: "bad", time: at(1), unreadable: true }, { key: "good", time: at(2) });
    expect(await bridge.run({ deps: { deadLetters } })).toMatchObject({
      kind: "blocked",
      error: { code: "DEAD_LETTER_FAILED" },
      totals: { delivered: 1, deadLettered: 0, leftForNextRun: 1 },
    });
    expect((await bridge.checkpoint())?.watermark).toBe(START);
    blobDown = false;
    expect((await bridge.run({ deps: { deadLetters } })).totals).toMatchObject({
      alreadyDelivered: 1,
      deadLettered: 1,
    });
    expect(bridge.keys()).toEqual(["good"]);
  });

  it("a reading that is cut off by the end of the time keeps what came before, where the source answers in order", async () => {
    const stop = new AbortController();
    const bridge = routeUnderTest({
      feed: {
        ascending: true,
        pageSize: 10,
        beforePage: (_request, page) => {
          if (page === 3 && !stop.signal.aborted) {
            stop.abort();
            throw new BridgeError("OUT_OF_TIME", "no time left", { fix: "none" });
          }
        },
      },
    });
    for (let n = 0; n < 60; n += 1) bridge.feed.add({ key: `k${n}`, time: at(n) });
    expect(await bridge.run()).toMatchObject({ kind: "out-of-time", totals: { delivered: 30 } });
    expect((await bridge.checkpoint())?.watermark).toBe(at(29));
    await bridge.run();
    expect(bridge.keys()).toEqual(Array.from({ length: 60 }, (_, n) => `k${n}`));
  });

  it("an order that cannot be trusted keeps nothing of what was read", async () => {
    const bridge = routeUnderTest({
      feed: {
        ascending: true,
        pageSize: 10,
        beforePage: (_request, page) => {
          if (page === 3) throw new BridgeError("PAGING_UNRELIABLE", "not sorted", { fix: "none" });
        },
      },
    });
    for (let n = 0; n < 60; n += 1) bridge.feed.add({ key: `k${n}`, time: at(n) });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", totals: { delivered: 0 } });
    expect((await bridge.checkpoint())?.watermark).toBe(START);
  });

  it("stops when another run saved in between", async () => {
    const bridge = routeUnderTest({
      feed: {
        beforePage: async () => {
          if (bridge.clock.now === START + 2 * HOUR) return;
          const saved = await bridge.store.load("test@memory");
          if (saved === undefined) throw new Error("nothing was saved");
          const later = { ...saved.checkpoint, watermark: saved.checkpoint.watermark + 1 };
          await bridge.store.save("test@memory", { checkpoint: later, deadLetters: [] }, saved.revision);
        },
      },
    });
    bridge.feed.add({ key: "a", time: at(1) });
    await bridge.run();
    bridge.clock.now += HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "STATE_CONFLICT" } });
  });

  it("lets a bug through: only expected errors are outcomes", async () => {
    const bridge = routeUnderTest({
      feed: {
        beforePage: () => {
          throw new TypeError("undefined is not a function");
        },
      },
    });
    await expect(bridge.run()).rejects.toThrow(TypeError);
  });
});

describe("parts of a feed", () => {
  it("progress each on their own; the watermark is the least of them", async () => {
    let southDown = true;
    const bridge = routeUnderTest({
      feed: {
        parts: () => ["north", "south"],
        beforePage: ({ part }) => {
          if (southDown && part === "south") throw unavailable();
        },
      },
    });
    bridge.feed.add({ key: "n", time: at(1), part: "north" }, { key: "s", time: at(1), part: "south" });
    expect(await bridge.run()).toMatchObject({ kind: "blocked" });
    expect(bridge.keys()).toEqual(["n"]);
    expect((await bridge.checkpoint())?.watermark).toBe(START);
    southDown = false;
    await bridge.run();
    expect(bridge.keys()).toEqual(["n", "s"]);
    expect((await bridge.checkpoint())?.watermark).toBe(bridge.clock.now - MINUTE);
  });

  it("whose own answers cannot be used wait alone: the others go on, and the error is told at the end", async () => {
    const bridge = routeUnderTest({
      feed: {
        parts: () => ["bad", "good"],
        beforePage: ({ part }) => {
          if (part === "bad")
            throw new BridgeError("REQUEST_REJECTED", "the name breaks the view", { fix: "rename it" });
        },
      },
    });
    bridge.feed.add({ key: "a", time: at(1), part: "good" }, { key: "b", time: at(70), part: "good" });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "REQUEST_REJECTED" } });
    expect(bridge.keys()).toEqual(["a", "b"]);
    expect((await bridge.checkpoint())?.watermark).toBe(START);
    expect((await bridge.checkpoint())?.parts["good"]?.doneTo).toBe(bridge.clock.now - MINUTE);
  });

  it("a location discovered later gets its own past", async () => {
    const parts = ["north"];
    const bridge = routeUnderTest({ feed: { parts: () => parts } });
    bridge.feed.add({ key: "old", time: at(5), part: "south" });
    await bridge.run();
    parts.push("south");
    bridge.clock.now += 5 * HOUR;
    const before = (await bridge.checkpoint())?.watermark;
    await bridge.run();
    expect(bridge.keys()).toEqual(["old"]);
    expect((await bridge.checkpoint())?.watermark).toBeGreaterThan(before ?? 0);
  });
});

describe("the ledger", () => {
  it("is not kept for the sake of a location that is no longer read", async () => {
    const parts = ["north", "south"];
    const bridge = routeUnderTest({
      timing: { lookbackMs: HOUR, deepLookbackMs: HOUR },
      feed: {
        parts: () => parts,
        beforePage: ({ part, window }) => {
          if (part === "south" && window.to <= START + 3 * HOUR && bridge.clock.now > START + 3 * HOUR)
            throw unavailable();
        },
      },
    });
    for (const hour of [2, 3, 4]) {
      bridge.clock.now = START + hour * HOUR;
      await bridge.run();
    }
    expect(Object.keys((await bridge.checkpoint())?.lookback ?? {})).toContain("south");
    parts.pop();
    bridge.clock.now = START + 10 * HOUR;
    await bridge.run();
    const checkpoint = await bridge.checkpoint();
    expect(checkpoint?.lookback).toEqual({});
    expect(checkpoint?.coveredFrom).toBe((checkpoint?.watermark ?? 0) - HOUR);
  });

  it("lets go of what can no longer be met, and of nothing sooner", async () => {
    const bridge = routeUnderTest({ timing: { lookbackMs: 2 * HOUR, deepLookbackMs: 5 * HOUR } });
    for (let minute = 0; minute < 60 * 24; minute += 10) bridge.feed.add({ key: `k${minute}`, time: at(minute) });
    for (let hour = 2; hour <= 24; hour += 1) {
      bridge.clock.now = START + hour * HOUR;
      await bridge.run();
    }
    const checkpoint = await bridge.checkpoint();
    expect(checkpoint?.coveredFrom).toBe((checkpoint?.watermark ?? 0) - 5 * HOUR);
    let ids = 0;
    for await (const segment of bridge.store.readLedger("test@memory", 0)) ids += segment.ids.byteLength / 16;
    expect(ids).toBeLessThan(60);
    expect(ids).toBeGreaterThanOrEqual(30);
    expect(new Set(bridge.ids()).size).toBe(bridge.ids().length);
  });
});

describe("two clocks", () => {
  it("the API's clock holds the watermark back when it is behind, and the rest comes with the next run", async () => {
    const skew = 30_000;
    const bridge = routeUnderTest({
      feed: { alter: (page) => ({ ...page, answeredAt: START + 2 * HOUR - skew, skewMs: skew }) },
    });
    await bridge.run();
    expect((await bridge.checkpoint())?.watermark).toBe(START + 2 * HOUR - skew - MINUTE);
  });

  it.each([2 * MINUTE, -2 * MINUTE])("a skew of %i ms, above the settle delay, stops the feed", async (skewMs) => {
    const bridge = routeUnderTest({ feed: { alter: (page) => ({ ...page, answeredAt: START + 2 * HOUR, skewMs }) } });
    bridge.feed.add({ key: "a", time: at(1) });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "CLOCK_SKEW" } });
    expect(bridge.keys()).toEqual([]);
    expect((await bridge.checkpoint())?.watermark).toBe(START);
  });
});

describe("hidden records", () => {
  it("stop a feed that has never shown any, so that nothing is passed over before the right is granted", async () => {
    let granted = false;
    const bridge = routeUnderTest({
      feed: { alter: (page) => (granted ? page : { ...page, records: [], hidden: page.records.length }) },
    });
    bridge.feed.add({ key: "a", time: at(1) });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "RIGHTS_FILTERED" } });
    expect((await bridge.checkpoint())?.watermark ?? START).toBe(START);
    granted = true;
    bridge.clock.now += HOUR;
    await bridge.run();
    expect(bridge.keys()).toEqual(["a"]);
  });

  it("are other tenants' once the feed has delivered", async () => {
    const bridge = routeUnderTest({ feed: { alter: (page) => ({ ...page, hidden: 7 }) } });
    bridge.feed.add({ key: "a", time: at(1) });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    bridge.clock.now += HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
  });
});
