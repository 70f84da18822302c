// One route with everything in memory and a clock the test turns.
import { expect } from "vitest";
import { createInFlight, type InFlight } from "../../src/pipeline/in-flight.ts";
import { forwardFeed, type ForwardDeps, type Route, type RunOutcome } from "../../src/pipeline/forward-feed.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import type { Updates } from "../../src/pipeline/ledger.ts";
import type { CheckpointStore } from "../../src/pipeline/ports.ts";
import type { Timing } from "../../src/pipeline/reading-plan.ts";
import { equationHolds } from "../../src/pipeline/totals.ts";
import { createMemorySink, type MemorySinkOptions } from "../../src/sinks/memory-sink.ts";
import { memoryCheckpoints, type MemoryFaults } from "../../src/state/memory-checkpoints.ts";
import { memoryDeadLetters } from "../../src/state/memory-dead-letters.ts";
import { fakeFeed, type FakeFeedOptions } from "./fake-feed.ts";
import { virtualClock } from "./virtual-clock.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const START = Date.UTC(2025, 2, 4);

export interface RouteOptions {
  readonly timing?: Partial<Timing>;
  readonly updates?: Updates;
  readonly feed?: Omit<FakeFeedOptions, "now">;
  readonly sink?: MemorySinkOptions;
  readonly store?: MemoryFaults;
  readonly sliceMaxBytes?: number;
  readonly inFlight?: InFlight;
  readonly loadBytes?: number;
}

export function routeUnderTest(options: RouteOptions = {}) {
  const clock = { now: START + 2 * HOUR };
  const time = virtualClock();
  const feed = fakeFeed({ now: () => clock.now, ...options.feed });
  const sink = createMemorySink(options.sink);
  const store = memoryCheckpoints(options.store);
  const deadLetters = memoryDeadLetters();
  const timing: Timing = {
    startAt: () => START,
    lookbackMs: 6 * HOUR,
    deepLookbackMs: 3 * DAY,
    settleDelayMs: MINUTE,
    windowMs: HOUR,
    ...options.timing,
  };
  const route = (): Route => ({
    name: "test@memory",
    feed: "test",
    source: feed.source,
    sink,
    timing,
    updates: options.updates ?? "forward",
  });
  const open = new AbortController().signal;

  /** One run; checks what must hold after every run. */
  async function run(changes: { route?: Partial<Route>; deps?: Partial<ForwardDeps> } = {}): Promise<RunOutcome> {
    const lease = await store.look("test@memory");
    const before = await store.load("test@memory");
    const running = forwardFeed(
      { ...route(), ...changes.route },
      { lease, saved: before },
      {
        store,
        deadLetters,
        now: () => clock.now,
        clock: time,
        leaseTerms: leaseTerms(90_000, 20_000),
        owner: "this run",
        progressing: open,
        reading: open,
        sending: open,
        readBackBytes: 1e6,
        inFlight: options.inFlight ?? createInFlight(Infinity),
        sliceMaxBytes: options.sliceMaxBytes ?? 1_000_000,
        loadBytes: options.loadBytes ?? 100_000,
        saveBytes: 1,
        ...changes.deps,
      },
    );
    const outcome = await time.passUntil(running);
    expect(outcome.totals).toSatisfy(equationHolds);
    const after = await store.load("test@memory");
    expect(after?.checkpoint.watermark ?? START).toBeGreaterThanOrEqual(before?.checkpoint.watermark ?? START);
    return outcome;
  }

  return {
    /** The host's wall clock. */
    clock,
    /** What a run waits by. */
    time,
    feed,
    route,
    sink,
    store: store satisfies CheckpointStore,
    deadLetters,
    run,
    keys: () => sink.received.map((event) => event.properties.recordKey),
    ids: () => sink.received.map((event) => event.eventId),
    checkpoint: async () => (await store.load("test@memory"))?.checkpoint,
    deadLetterRows: () => store.deadLetters("test@memory"),
  };
}
