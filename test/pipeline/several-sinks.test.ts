// A run with several routes of one feed: read once, served together, each with its own fate.
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { createInFlight } from "../../src/pipeline/in-flight.ts";
import { forwardAll, type ForwardAllDeps } from "../../src/pipeline/forward-all.ts";
import type { Route } from "../../src/pipeline/forward-feed.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import { createMemorySink, type MemorySink, type MemorySinkOptions } from "../../src/sinks/memory-sink.ts";
import { memoryCheckpoints } from "../../src/state/memory-checkpoints.ts";
import { memoryDeadLetters } from "../../src/state/memory-dead-letters.ts";
import { createRunTime } from "../../src/run-time.ts";
import { wait } from "../../src/wait.ts";
import { fakeFeed, type FakeFeedOptions } from "./fake-feed.ts";
import { HOUR, MINUTE, START } from "./route-under-test.ts";

const down = () => ({ error: new BridgeError("SINK_UNREACHABLE", "down", { fix: "wait" }), stored: false }) as const;

interface ManyFeeds {
  readonly feeds?: readonly string[];
  readonly feedsAtOnce?: number;
  readonly feed?: Partial<FakeFeedOptions>;
}

/** Feeds of these names, each into each of the sinks. */
function bridgeUnderTest(
  sinks: Readonly<Record<string, MemorySinkOptions>>,
  { feeds = ["a"], feedsAtOnce = 1, feed = {} }: ManyFeeds = {},
) {
  const clock = { now: START + 3 * HOUR };
  const store = memoryCheckpoints();
  const opened = new Map(
    Object.entries(sinks).map(([name, options]): [string, MemorySink] => [
      name,
      createMemorySink({ name, ...options }),
    ]),
  );
  const made = feeds.map((name) => ({ name, fake: fakeFeed({ now: () => clock.now, ...feed }) }));
  const timing = {
    startAt: () => START,
    lookbackMs: HOUR,
    deepLookbackMs: HOUR,
    settleDelayMs: MINUTE,
    windowMs: HOUR,
  };
  const routes = made.flatMap(({ name, fake }) =>
    [...opened].map(([sinkName, sink]): Route => {
      return { name: `${name}@${sinkName}`, feed: name, source: fake.source, sink, timing, updates: "forward" };
    }),
  );
  const deps: ForwardAllDeps = {
    store,
    deadLetters: memoryDeadLetters(),
    now: () => clock.now,
    time: createRunTime(60_000),
    clock: { monotonicNow: () => performance.now(), wait },
    leaseTerms: leaseTerms(90_000, 20_000),
    owner: "this run",
    readBackBytes: 1e6,
    inFlight: createInFlight(Infinity),
    sliceMaxBytes: 1e6,
    loadBytes: 1,
    saveBytes: 1,
    feedsAtOnce,
  };
  return {
    clock,
    made,
    add: (...keys: string[]) => {
      for (const { name, fake } of made)
        for (const key of keys) fake.add({ key: `${name}${key}`, time: clock.now - 30 * MINUTE });
    },
    requests: () => made.reduce((sum, { fake }) => sum + fake.requests.length, 0),
    async run() {
      const { outcomes, bugs } = await forwardAll(routes, deps);
      expect(bugs).toEqual([]);
      return Object.fromEntries(outcomes.map(({ route, kind }) => [route, kind]));
    },
    keys: (sink: string) => (opened.get(sink)?.received ?? []).map(({ properties }) => properties.recordKey).toSorted(),
  };
}

describe("routes of one feed", () => {
  it("are read once while they are level", async () => {
    const [alone, both] = [bridgeUnderTest({ one: {} }), bridgeUnderTest({ one: {}, two: {}, three: {} })];
    for (const bridge of [alone, both]) {
      bridge.add("1");
      await bridge.run();
      bridge.clock.now += HOUR;
      bridge.add("2");
      await bridge.run();
    }
    expect(both.requests()).toBe(alone.requests());
    for (const sink of ["one", "two", "three"]) expect(both.keys(sink)).toEqual(["a1", "a2"]);
  });

  it("do not wait for a sink that hangs: the other is caught up before it answers", async () => {
    const answer = Promise.withResolvers<void>();
    const bridge = bridgeUnderTest({
      hanging: {
        async onBatch(): Promise<"stored"> {
          await answer.promise;
          return "stored";
        },
      },
      quick: { onBatch: () => "stored" },
    });
    bridge.add("1");
    const run = bridge.run();
    while (bridge.keys("quick").length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(bridge.keys("hanging")).toEqual([]);
    answer.resolve();
    expect(await run).toEqual({ "a@hanging": "caught-up", "a@quick": "caught-up" });
    expect(bridge.keys("hanging")).toEqual(["a1"]);
  });

  it("go on when one sink is down, which catches up later without a repeat anywhere", async () => {
    let isDown = true;
    const bridge = bridgeUnderTest({ broken: { onBatch: () => (isDown ? down() : "stored") }, well: {} });
    for (const key of ["1", "2", "3"]) {
      bridge.add(key);
      expect(await bridge.run()).toEqual({ "a@broken": "blocked", "a@well": "caught-up" });
      bridge.clock.now += HOUR;
    }
    expect([bridge.keys("broken"), bridge.keys("well")]).toEqual([[], ["a1", "a2", "a3"]]);
    isDown = false;
    bridge.add("4");
    for (let runs = 0; runs < 2; runs += 1) {
      expect(await bridge.run()).toEqual({ "a@broken": "caught-up", "a@well": "caught-up" });
    }
    for (const sink of ["broken", "well"]) expect(bridge.keys(sink)).toEqual(["a1", "a2", "a3", "a4"]);
  });

  it("are each blocked by the API alike", async () => {
    const bridge = bridgeUnderTest(
      { one: {}, two: {} },
      {
        feed: {
          beforePage: () => {
            throw new BridgeError("API_UNAVAILABLE", "down", { fix: "wait" });
          },
        },
      },
    );
    expect(await bridge.run()).toEqual({ "a@one": "blocked", "a@two": "blocked" });
  });
});

describe("several feeds at the same time", () => {
  it.each([1, 2, 3])("are served %i at once, and never more", async (feedsAtOnce) => {
    let under = 0;
    let most = 0;
    const feed = {
      async beforePage() {
        most = Math.max(most, (under += 1));
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
      },
    };
    const bridge = bridgeUnderTest({ one: {} }, { feeds: ["a", "b", "c", "d"], feedsAtOnce, feed });
    bridge.add("1");
    const kinds = await bridge.run();
    expect(most).toBe(feedsAtOnce);
    expect(Object.keys(kinds)).toEqual(["a@one", "b@one", "c@one", "d@one"]);
    expect(new Set(Object.values(kinds))).toEqual(new Set(["caught-up"]));
    expect(bridge.keys("one")).toEqual(["a1", "b1", "c1", "d1"]);
  });
});
