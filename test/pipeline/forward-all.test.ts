import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { createInFlight } from "../../src/pipeline/in-flight.ts";
import { forwardAll, type ForwardAllDeps } from "../../src/pipeline/forward-all.ts";
import type { Route } from "../../src/pipeline/forward-feed.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import type { PageRequest } from "../../src/pipeline/ports.ts";
import { createMemorySink } from "../../src/sinks/memory-sink.ts";
import { memoryCheckpoints, type MemoryFaults } from "../../src/state/memory-checkpoints.ts";
import { memoryDeadLetters } from "../../src/state/memory-dead-letters.ts";
import { wait } from "../../src/wait.ts";
import { fakeFeed } from "./fake-feed.ts";
import { HOUR, MINUTE, START } from "./route-under-test.ts";

/** Several feeds into one sink, with a run time that only the test moves. */
function bridgeUnderTest(
  beforePage: Record<string, (request: PageRequest, spend: (ms: number) => void) => void>,
  faults: MemoryFaults = {},
) {
  const clock = { now: START + 50 * HOUR, leftMs: 100_000 };
  const timers = new Set<{ at: number; controller: AbortController }>();
  const spend = (ms: number): void => {
    clock.leftMs -= ms;
    clock.now += ms;
    for (const timer of timers) if (clock.leftMs <= timer.at) timer.controller.abort();
  };
  const served: string[] = [];
  const sink = createMemorySink();
  const store = memoryCheckpoints(faults);
  const feeds = Object.entries(beforePage).map(([name, act]) => {
    const feed = fakeFeed({
      now: () => clock.now,
      beforePage: (request) => {
        if (served.at(-1) !== name) served.push(name);
        if (request.signal.aborted) throw new BridgeError("OUT_OF_TIME", "no time left", { fix: "none" });
        act(request, spend);
      },
    });
    feed.add({ key: name, time: START + MINUTE });
    return { name, feed };
  });
  const timing = {
    startAt: () => START,
    lookbackMs: HOUR,
    deepLookbackMs: HOUR,
    settleDelayMs: MINUTE,
    windowMs: HOUR,
  };
  const routes = feeds.map(({ name, feed }): Route => ({
    name: `${name}@memory`,
    feed: name,
    source: feed.source,
    sink,
    timing,
    updates: "forward",
  }));
  const deps: ForwardAllDeps = {
    store,
    deadLetters: memoryDeadLetters(),
    now: () => clock.now,
    time: {
      timeLeftMs: () => Math.max(0, clock.leftMs),
      after(ms) {
        const timer = { at: clock.leftMs - ms, controller: new AbortController() };
        timers.add(timer);
        return { signal: timer.controller.signal, cancel: () => void timers.delete(timer) };
      },
    },
    clock: { monotonicNow: () => performance.now(), wait },
    leaseTerms: leaseTerms(90_000, 20_000),
    owner: "this run",
    readBackBytes: 1e6,
    inFlight: createInFlight(Infinity),
    sliceMaxBytes: 1e6,
    loadBytes: 1,
    saveBytes: 1,
  };
  return {
    clock,
    served,
    run: () => {
      clock.leftMs = 100_000;
      served.length = 0;
      return forwardAll(routes, deps);
    },
    keys: () => sink.received.map((event) => event.properties.recordKey),
  };
}

const fine = (): void => {};
const kinds = (result: Awaited<ReturnType<typeof forwardAll>>) =>
  Object.fromEntries(result.outcomes.map((outcome) => [outcome.route.split("@")[0], outcome.kind]));

describe("a run over several feeds", () => {
  it("one failing feed does not stop the others", async () => {
    const bridge = bridgeUnderTest({
      a: fine,
      bad: () => {
        throw new BridgeError("NOT_FOUND", "no such view", { fix: "check the id" });
      },
      c: fine,
    });
    expect(kinds(await bridge.run())).toEqual({ a: "caught-up", bad: "blocked", c: "caught-up" });
    expect(bridge.keys()).toEqual(["a", "c"]);
  });

  it("one endless feed starves nobody, and gets the time that the others did not need", async () => {
    const bridge = bridgeUnderTest({ endless: (_request, spend) => spend(5000), b: fine, c: fine });
    const result = await bridge.run();
    expect(kinds(result)).toEqual({ endless: "out-of-time", b: "caught-up", c: "caught-up" });
    const endless = result.outcomes.find(({ route }) => route === "endless@memory");
    expect(endless?.totals.slices).toBeGreaterThan(12);
    expect(bridge.clock.leftMs).toBeLessThan(20_000);
  });

  it("a feed that answers nothing uses up its share, not the run", async () => {
    const bridge = bridgeUnderTest({
      hanging: (request, spend) => {
        while (!request.signal.aborted) spend(1000);
        throw new BridgeError("OUT_OF_TIME", "no time left", { fix: "none" });
      },
      b: fine,
    });
    expect(kinds(await bridge.run())).toEqual({ hanging: "out-of-time", b: "caught-up" });
    expect(bridge.keys()).toEqual(["b"]);
    expect(bridge.clock.leftMs).toBeGreaterThan(50_000);
  });

  it("serves the least recently served first", async () => {
    let down = true;
    const bridge = bridgeUnderTest({
      a: fine,
      b: () => {
        if (down) throw new BridgeError("API_UNAVAILABLE", "the API is down", { fix: "wait" });
      },
    });
    await bridge.run();
    expect(bridge.served).toEqual(["a", "b"]);
    down = false;
    bridge.clock.now += HOUR;
    await bridge.run();
    expect(bridge.served).toEqual(["b", "a"]);
  });

  it("a bug in one feed is kept for the end of the run", async () => {
    const bridge = bridgeUnderTest({
      bug: () => {
        throw new RangeError("bug");
      },
      b: fine,
    });
    const result = await bridge.run();
    expect(result.bugs).toEqual([{ route: "bug@memory", error: expect.any(RangeError) }]);
    expect(bridge.keys()).toEqual(["b"]);
  });

  it("state that cannot be read blocks its route and is never taken for a first run", async () => {
    const bridge = bridgeUnderTest(
      { a: fine, b: fine },
      {
        before: ({ name, route }) => {
          if (name === "load" && route === "a@memory") {
            throw new BridgeError("STATE_UNREADABLE", "the row is broken", { fix: "repair it" });
          }
        },
      },
    );
    const result = await bridge.run();
    expect(kinds(result)).toEqual({ a: "blocked", b: "caught-up" });
    expect(bridge.keys()).toEqual(["b"]);
    expect(result.outcomes.find(({ route }) => route === "a@memory")).toMatchObject({ firstRun: false });
  });
});
