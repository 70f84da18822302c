import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { BridgeError } from "../src/errors.ts";
import { createInFlight } from "../src/pipeline/in-flight.ts";
import type { Route } from "../src/pipeline/forward-feed.ts";
import { leaseTerms } from "../src/pipeline/lease.ts";
import type { PageRequest } from "../src/pipeline/ports.ts";
import { runRoutes } from "../src/run-routes.ts";
import { createRunTime } from "../src/run-time.ts";
import { createMemorySink, type MemorySinkOptions } from "../src/sinks/memory-sink.ts";
import { memoryCheckpoints, type MemoryFaults } from "../src/state/memory-checkpoints.ts";
import { memoryDeadLetters } from "../src/state/memory-dead-letters.ts";
import { createLog } from "../src/telemetry/log.ts";
import { createRedact } from "../src/telemetry/redact.ts";
import { wait } from "../src/wait.ts";
import { fakeFeed } from "./pipeline/fake-feed.ts";
import { HOUR, MINUTE, START } from "./pipeline/route-under-test.ts";

const NOW = START + 3 * HOUR;

function bridgeUnderTest(
  feeds: Record<string, (request: PageRequest) => void>,
  { faults, sink: sinkOptions }: { faults?: MemoryFaults; sink?: MemorySinkOptions } = {},
) {
  const lines: string[] = [];
  const clock = { now: NOW };
  const store = memoryCheckpoints(faults);
  const sink = createMemorySink(sinkOptions);
  const timing = {
    startAt: () => START,
    lookbackMs: HOUR,
    deepLookbackMs: HOUR,
    settleDelayMs: MINUTE,
    windowMs: HOUR,
  };
  const routes = Object.entries(feeds).map(([name, beforePage]): Route => {
    const feed = fakeFeed({ now: () => NOW, beforePage });
    feed.add({ key: name, time: START + MINUTE });
    return { name: `${name}@hub`, feed: name, source: feed.source, sink, timing, updates: "forward" };
  });
  const run = () =>
    runRoutes(
      routes,
      { runId: "run-1", pastDue: false },
      {
        store,
        deadLetters: memoryDeadLetters(),
        redact: createRedact(["hunter22"]),
        log: createLog((level, line) => void lines.push(`${level} ${line}`), "debug", createRedact([])),
        time: createRunTime(60_000),
        clock: { monotonicNow: () => performance.now(), wait },
        leaseTerms: leaseTerms(90_000, 20_000),
        readBackBytes: 1e6,
        inFlight: createInFlight(Infinity),
        sliceMaxBytes: 1e6,
        loadBytes: 1e6,
        saveBytes: 1,
        now: () => clock.now,
      },
    );
  return { lines, clock, store, run, sink };
}

const fine = (): void => {};
const notFound = (): never => {
  throw new BridgeError("NOT_FOUND", "no such view", { fix: "Check MICROSHARE_VIEW_ID." });
};

describe("a run", () => {
  it("leaves one summary line per route: counts, watermark, lag, duration", async () => {
    const bridge = bridgeUnderTest({ a: fine });
    await bridge.run();
    const line = bridge.lines.find((one) => one.startsWith("info Microshare {"));
    expect(JSON.parse(line?.slice("info Microshare ".length) ?? "")).toMatchObject({
      run: "run-1",
      route: "a@hub",
      outcome: "caught-up",
      read: 1,
      delivered: 1,
      alreadyDelivered: 0,
      filtered: 0,
      deadLettered: 0,
      leftForNextRun: 0,
      watermark: new Date(NOW - MINUTE).toISOString(),
      lagSeconds: 60,
      durationMs: expect.any(Number),
      firstRun: true,
      start: new Date(START).toISOString(),
    });
  });

  it("says a first run loudly", async () => {
    const bridge = bridgeUnderTest({ a: fine });
    await bridge.run();
    expect(bridge.lines[0]).toMatch(
      /^warn No state was found for route a@hub: this is its first run, from 2025-03-04T/,
    );
    bridge.lines.length = 0;
    await bridge.run();
    expect(bridge.lines.join()).not.toContain("first run");
  });

  it("throws after every route had its turn, with code, message and fix of each that failed", async () => {
    const bridge = bridgeUnderTest({ bad: notFound, good: fine, worse: notFound });
    await expect(bridge.run()).rejects.toThrow(
      "2 of 3 routes failed. bad@hub: NOT_FOUND: no such view Check MICROSHARE_VIEW_ID. | worse@hub: NOT_FOUND",
    );
    expect(bridge.sink.received.map((event) => event.properties.feed)).toEqual(["good"]);
    expect(bridge.lines.filter((line) => line.startsWith("error Microshare"))).toHaveLength(2);
  });

  it("lets the host see a bug as what it is", async () => {
    const bug = new RangeError("index out of range");
    const bridge = bridgeUnderTest({
      bad: () => {
        throw bug;
      },
      good: fine,
    });
    await expect(bridge.run()).rejects.toMatchObject({
      errors: [bug],
      message: expect.stringContaining("unexpected error"),
    });
    expect(bridge.sink.received).toHaveLength(1);
  });

  it("does not let a bug tell the secret that it tripped over", async () => {
    const bridge = bridgeUnderTest({
      bad: () => {
        throw new TypeError("cannot read hunter22 of undefined", { cause: "hunter22" });
      },
    });
    const error = await bridge.run().catch((reason: unknown) => reason);
    const shown = inspect(error, { depth: 9 });
    expect(shown).toContain("TypeError");
    expect(shown).toContain("cannot read [secret] of undefined");
    expect(shown).not.toContain("hunter22");
  });

  it("keeps a history that can be read back", async () => {
    const bridge = bridgeUnderTest({ a: fine });
    await bridge.run();
    expect(await bridge.store.listRuns("a@hub", 5)).toEqual([
      { runId: "run-1", at: NOW, summary: expect.objectContaining({ delivered: 1, outcome: "caught-up" }) },
    ]);
  });

  it("prunes the history once a day, however often the process is a new one, and of a route that is blocked as well", async () => {
    const pruned: string[] = [];
    const bridge = bridgeUnderTest(
      { a: fine, b: notFound },
      { faults: { before: ({ name, route }) => void (name === "pruneRuns" && pruned.push(route)) } },
    );
    for (let hour = 0; hour < 30; hour += 1) {
      await expect(bridge.run()).rejects.toThrow("1 of 2 routes failed");
      if (hour < 24) expect(pruned).toEqual([]);
      bridge.clock.now += HOUR;
    }
    expect(pruned.toSorted()).toEqual(["a@hub", "b@hub"]);
  });

  it("does not fail for want of a history", async () => {
    const bridge = bridgeUnderTest(
      { a: fine },
      {
        faults: {
          before: ({ name }) => {
            if (name === "recordRun") throw new BridgeError("STATE_UNAVAILABLE", "storage is down", { fix: "wait" });
          },
        },
      },
    );
    await expect(bridge.run()).resolves.toHaveLength(1);
    expect(bridge.lines.at(-1)).toContain("is not in the run history");
  });

  it("does not fail for want of a tidy ledger, and says so", async () => {
    const bridge = bridgeUnderTest(
      { a: fine },
      {
        faults: {
          before: ({ name }) => {
            if (name === "compactLedger")
              throw new BridgeError("STATE_UNAVAILABLE", "storage is down", { fix: "wait" });
          },
        },
      },
    );
    await expect(bridge.run()).resolves.toHaveLength(1);
    expect(bridge.lines).toContainEqual('warn Route a@hub: storage is down {"code":"STATE_UNAVAILABLE","fix":"wait"}');
  });

  it("warns when it dead-lettered something", async () => {
    const bridge = bridgeUnderTest({ a: fine }, { sink: { refuse: () => "too large" } });
    await bridge.run();
    expect(bridge.lines.find((line) => line.includes("Microshare {"))).toMatch(/^warn .*"deadLettered":1/);
  });
});
