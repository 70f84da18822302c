import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { createInFlight } from "../../src/pipeline/in-flight.ts";
import { forwardAll, type RunTime } from "../../src/pipeline/forward-all.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import type { Window } from "../../src/pipeline/records.ts";
import { createMemorySink } from "../../src/sinks/memory-sink.ts";
import { memoryCheckpoints } from "../../src/state/memory-checkpoints.ts";
import { memoryDeadLetters } from "../../src/state/memory-dead-letters.ts";
import { fc } from "../fast-check.ts";
import { fakeFeed, type FakeRecord } from "./fake-feed.ts";
import { HOUR, MINUTE, START } from "./route-under-test.ts";
import { virtualClock } from "./virtual-clock.ts";

interface BusyOptions {
  readonly records: readonly FakeRecord[];
  /** Time that one page takes. */
  readonly pageMs: (window: Window) => number;
  readonly budgetMs: number;
  readonly backlogMs: number;
  readonly ascending?: boolean;
  readonly lookbackMs?: number;
}

/** One route whose runs are shorter than its backlog: reading a page takes time, and nothing else does. */
function busyRoute({ records, pageMs, budgetMs, backlogMs, ascending = false, lookbackMs = 0 }: BusyOptions) {
  const clock = { now: START + backlogMs, leftMs: 0 };
  const timers = new Set<{ readonly at: number; readonly controller: AbortController }>();
  function spend(ms: number): void {
    clock.leftMs -= ms;
    clock.now += ms;
    for (const timer of timers) if (clock.leftMs <= timer.at) timer.controller.abort();
  }
  const feed = fakeFeed({
    now: () => clock.now,
    ascending,
    pageSize: 10,
    beforePage: ({ signal, window }) => {
      // In small steps: a page that is asked for too late is given up when the time for reading is over.
      const stepMs = budgetMs / 200;
      for (let leftMs = pageMs(window); leftMs > 0 && !signal.aborted; leftMs -= stepMs) spend(stepMs);
      if (signal.aborted) throw new BridgeError("OUT_OF_TIME", "no time left", { fix: "none" });
    },
  });
  feed.add(...records);
  const time: RunTime = {
    timeLeftMs: () => Math.max(0, clock.leftMs),
    after(ms) {
      const timer = { at: clock.leftMs - ms, controller: new AbortController() };
      timers.add(timer);
      return { signal: timer.controller.signal, cancel: () => void timers.delete(timer) };
    },
  };
  const timing = {
    startAt: () => START,
    lookbackMs,
    deepLookbackMs: lookbackMs,
    settleDelayMs: MINUTE,
    windowMs: HOUR,
  };
  const sink = createMemorySink();
  const store = memoryCheckpoints();
  const route = { name: "busy@memory", feed: "busy", source: feed.source, sink, timing, updates: "forward" as const };
  return {
    clock,
    feed,
    keys: () => sink.received.map((event) => event.properties.recordKey),
    checkpoint: async () => (await store.load(route.name))?.checkpoint,
    async run() {
      clock.leftMs = budgetMs;
      const result = await forwardAll([route], {
        store,
        deadLetters: memoryDeadLetters(),
        now: () => clock.now,
        time,
        clock: virtualClock(),
        leaseTerms: leaseTerms(90_000, 20_000),
        owner: "this run",
        readBackBytes: 1e6,
        inFlight: createInFlight(Infinity),
        sliceMaxBytes: 5000,
        loadBytes: 1000,
        saveBytes: 1,
      });
      expect(result.bugs).toEqual([]);
      return result.outcomes[0];
    },
  };
}

describe("a backlog that takes many runs", () => {
  it.each([{ ascending: false }, { ascending: true }])(
    "gets shorter with every run, whatever a page takes and a run has, ascending: $ascending",
    async ({ ascending }) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 20 * 60 - 1 }), { maxLength: 120 }),
          fc.integer({ min: 10, max: 20_000 }),
          fc.double({ min: 2.5, max: 60, noNaN: true }),
          fc.integer({ min: 2, max: 20 }),
          async (minutes, pageMs, pagesInARun, hours) => {
            const records = minutes.map((minute, n) => ({ key: `k${n}`, time: START + minute * MINUTE + n }));
            const budgetMs = Math.max(1200, pageMs * pagesInARun);
            const bridge = busyRoute({ records, pageMs: () => pageMs, budgetMs, backlogMs: hours * HOUR, ascending });
            const end = bridge.clock.now - MINUTE;
            let before = { at: START, widthMs: HOUR };
            for (let runs = 0; ; runs += 1) {
              expect(runs).toBeLessThan(2000);
              await bridge.run();
              const part = (await bridge.checkpoint())?.parts[""];
              const after = { at: part?.doneTo ?? START, widthMs: part?.windowMs ?? HOUR };
              if (after.at >= end) break;
              const nearer = after.at > before.at;
              const smaller = after.at === before.at && after.widthMs < before.widthMs;
              expect({ before, after, ok: nearer || smaller }).toMatchObject({ ok: true });
              before = after;
            }
            const visible = records.filter(({ time }) => time < end).toSorted((one, other) => one.time - other.time);
            expect(bridge.keys().slice(0, visible.length)).toEqual(visible.map(({ key }) => key));
            expect(new Set(bridge.keys()).size).toBe(bridge.keys().length);
          },
        ),
        { numRuns: 40 },
      );
    },
    20_000,
  );

  it("still looks for late records in every run, in at most a quarter of its time", async () => {
    const bridge = busyRoute({
      records: [{ key: "late", time: START + 5 * MINUTE, visibleAt: START + 1001 * HOUR }],
      pageMs: () => 1000,
      budgetMs: 100_000,
      backlogMs: 1000 * HOUR,
      lookbackMs: 6 * HOUR,
    });
    expect(await bridge.run()).toMatchObject({ kind: "out-of-time" });
    const reached = (await bridge.checkpoint())?.watermark ?? 0;
    bridge.clock.now += HOUR;
    bridge.feed.add({ key: "late too", time: reached - HOUR });
    bridge.feed.requests.length = 0;
    expect(await bridge.run()).toMatchObject({ kind: "out-of-time", totals: { late: 1 } });
    expect(bridge.keys()).toEqual(["late too"]);
    const behind = bridge.feed.requests.filter(({ window }) => window.to <= reached);
    expect(behind.length).toBeGreaterThan(0);
    expect(behind.length).toBeLessThanOrEqual(bridge.feed.requests.length / 4);
    expect((await bridge.checkpoint())?.watermark).toBeGreaterThan(reached + 50 * HOUR);
  });

  it("is worked on even when the late records alone would fill the run", async () => {
    const bridge = busyRoute({
      records: Array.from({ length: 3000 }, (_, n) => ({ key: `k${n}`, time: START + n * MINUTE })),
      pageMs: () => 1000,
      budgetMs: 60_000,
      backlogMs: 50 * HOUR,
      lookbackMs: 40 * HOUR,
    });
    let before = START;
    for (let runs = 0; runs < 5; runs += 1) {
      await bridge.run();
      const after = (await bridge.checkpoint())?.watermark ?? 0;
      expect(after).toBeGreaterThan(before);
      before = after;
    }
    expect(new Set(bridge.keys()).size).toBe(bridge.keys().length);
  });
});
