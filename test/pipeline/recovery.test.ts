import { describe, expect, it } from "vitest";
import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { createMemoryHub } from "../../src/sinks/memory-hub.ts";
import type { BatchFate, MemorySinkOptions } from "../../src/sinks/memory-sink.ts";
import type { StoreCall } from "../../src/state/memory-checkpoints.ts";
import { HOUR, MINUTE, routeUnderTest, START, type RouteOptions } from "./route-under-test.ts";

const at = (minutes: number) => START + minutes * MINUTE;
const SETTLE = 60_000;
const open = new AbortController().signal;

function failure(code: ErrorCode): BridgeError {
  return new BridgeError(code, "told to fail", { fix: "none" });
}

/** The process is gone: nothing it was about to do happens, and its lease stays where it is. */
class Killed extends Error {}

/**
 * A route with `records` records a minute apart. `kill` ends the process before the store does what it is asked for;
 * until `restart` nothing else of it reaches the store either.
 */
function underTest(options: RouteOptions & { records?: number } = {}) {
  const process = { dead: false, kill: (_call: StoreCall): boolean => false };
  const calls: string[] = [];
  const bridge = routeUnderTest({
    ...options,
    sink: { partitions: 1, eventsPerBatch: 10, settleMs: SETTLE, ...options.sink },
    store: {
      before: (call) => {
        if (process.kill(call)) process.dead = true;
        if (process.dead && call.name !== "load" && call.name !== "look") throw new Killed();
        calls.push(call.name);
      },
    },
  });
  const records = options.records ?? 30;
  for (let n = 0; n < records; n += 1) bridge.feed.add({ key: `k${n}`, time: at(n) });
  return {
    ...bridge,
    calls,
    process,
    all: Array.from({ length: records }, (_, n) => `k${n}`),
    /** Killed when something has arrived in the hub and is to be saved. */
    async runUntilKilled(): Promise<void> {
      process.kill = ({ name }) => name === "save" && bridge.keys().includes("k0");
      await expect(bridge.run()).rejects.toThrow(Killed);
      process.kill = () => false;
      process.dead = false;
    },
    sending: async () => (await bridge.checkpoint())?.sending,
    later: (ms: number, work: () => unknown) => void bridge.time.wait(ms, open).then(work),
  };
}

function foreign(n: number): OutgoingEvent {
  const eventId = n.toString(16).padStart(32, "f");
  const properties = { route: "other@memory", feed: "other", recType: "r", recordKey: `f${n}`, version: "1" };
  return {
    eventId,
    orderKey: "d",
    body: new Uint8Array(100),
    contentType: "application/json",
    properties: { ...properties, source: "microshare", schemaVersion: 1 },
  };
}

describe("after a crash between confirmation and checkpoint", () => {
  it("nothing is repeated and nothing is lost", async () => {
    const bridge = underTest();
    await bridge.runUntilKilled();
    expect(bridge.keys()).toEqual(bridge.all);
    expect(await bridge.sending()).toBeDefined();
    const outcome = await bridge.run();
    expect(outcome).toMatchObject({ kind: "caught-up", recovered: 30, warnings: [] });
    expect(outcome.totals).toMatchObject({ delivered: 0, alreadyDelivered: 30 });
    expect(bridge.keys()).toEqual(bridge.all);
    expect(await bridge.sending()).toBeUndefined();
  });

  it("only the rest is sent", async () => {
    let batches = 0;
    const bridge = underTest({
      sink: {
        onBatch: () => {
          batches += 1;
          if (batches === 3) throw new Killed();
          return "stored";
        },
      },
    });
    bridge.process.kill = () => batches === 3;
    await expect(bridge.run()).rejects.toThrow(Killed);
    bridge.process.kill = () => false;
    bridge.process.dead = false;
    expect(bridge.keys()).toHaveLength(20);
    expect(await bridge.run()).toMatchObject({ recovered: 20, totals: { delivered: 10, alreadyDelivered: 20 } });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("a run that comes later knows what was read back, also when the clock was an hour wrong", async () => {
    const bridge = underTest();
    await bridge.runUntilKilled();
    bridge.clock.now -= HOUR;
    await bridge.run();
    for (const hours of [2, 5, 9]) {
      bridge.clock.now = START + (2 + hours) * HOUR;
      expect((await bridge.run()).recovered).toBe(0);
    }
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("what is still on its way is waited for: the dead run's lease first, then its longest send", async () => {
    let commit: (() => void) | undefined;
    const bridge = underTest({
      records: 10,
      sink: {
        onBatch: ({ events, partitionId }) => {
          if (commit !== undefined) return "stored";
          commit = () => bridge.sink.hub.store(partitionId, events);
          throw new Killed();
        },
      },
    });
    bridge.process.kill = () => commit !== undefined;
    await expect(bridge.run()).rejects.toThrow(Killed);
    bridge.process.kill = () => false;
    bridge.process.dead = false;
    const began = bridge.time.monotonicNow();
    bridge.later(90_000 + SETTLE - 1, () => commit?.());
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", recovered: 10, totals: { delivered: 0 } });
    expect(bridge.time.monotonicNow() - began).toBe(90_000 + SETTLE);
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("a hub with much to read is read back in several runs, each further than the one before, and nothing is sent until it is done", async () => {
    const bridge = underTest();
    await bridge.runUntilKilled();
    const deps = { readBackBytes: 800 };
    const reached: number[] = [];
    for (let runs = 1; ; runs += 1) {
      const outcome = await bridge.run({ deps });
      if (outcome.kind === "caught-up") break;
      expect(outcome).toMatchObject({ kind: "out-of-time", totals: { delivered: 0, read: 0 } });
      reached.push((await bridge.sending())?.positions?.partitions["0"] ?? -1);
      expect(runs).toBeLessThan(10);
    }
    expect(reached.length).toBeGreaterThan(2);
    expect(reached).toEqual([...new Set(reached)].toSorted((one, other) => one - other));
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("a shared hub that others fill faster than one run can read is read back all the same", async () => {
    const bridge = underTest();
    await bridge.runUntilKilled();
    let others = 0;
    const deps = { readBackBytes: 800 };
    for (let runs = 1; ; runs += 1) {
      bridge.sink.hub.store(
        "0",
        Array.from({ length: 50 }, () => foreign((others += 1))),
      );
      if ((await bridge.run({ deps })).kind === "caught-up") break;
      expect(runs).toBeLessThan(30);
    }
    expect(bridge.keys().filter((key) => key.startsWith("k"))).toEqual(bridge.all);
    expect(await bridge.sending()).toBeUndefined();
  });

  it("events of other routes on the hub are left alone", async () => {
    const bridge = underTest();
    bridge.sink.hub.store("0", [foreign(1)]);
    await bridge.runUntilKilled();
    bridge.sink.hub.store("0", [foreign(2)]);
    expect(await bridge.run()).toMatchObject({ recovered: 30 });
  });

  it("a run whose time is up while it waits sends nothing and leaves the mark", async () => {
    const bridge = underTest();
    await bridge.runUntilKilled();
    const marked = await bridge.sending();
    const end = new AbortController();
    bridge.later(90_000 + SETTLE / 2, () => end.abort());
    expect(await bridge.run({ deps: { reading: end.signal } })).toMatchObject({
      kind: "out-of-time",
      totals: { read: 0 },
    });
    expect(await bridge.sending()).toEqual(marked);
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", recovered: 30 });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("a clock that fails while it waits is a bug", async () => {
    const bridge = underTest();
    await bridge.runUntilKilled();
    await bridge.store.release("test@memory", { owner: "this run", epoch: 1, mark: "" });
    const broken = (): Promise<void> => Promise.reject(new RangeError("bug"));
    const clock = { monotonicNow: () => bridge.time.monotonicNow(), wait: broken };
    await expect(bridge.run({ deps: { clock } })).rejects.toThrow(RangeError);
  });

  it.each(["positions", "read"])(
    "a hub that cannot be asked for its %s now blocks the route, which sends nothing",
    async (what) => {
      const faults: MemorySinkOptions = {
        onPositions: () => (down && what === "positions" ? failure("SINK_UNREACHABLE") : undefined),
        onRead: () => (down && what === "read" ? { error: failure("SINK_UNREACHABLE") } : "read"),
      };
      let down = false;
      const bridge = underTest({ sink: faults });
      await bridge.runUntilKilled();
      const marked = await bridge.sending();
      down = true;
      expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "SINK_UNREACHABLE" } });
      expect(bridge.keys()).toEqual(bridge.all);
      expect(await bridge.sending()).toEqual(marked);
      down = false;
      expect(await bridge.run()).toMatchObject({ kind: "caught-up", recovered: 30 });
      expect(bridge.keys()).toEqual(bridge.all);
    },
  );

  it.each([
    { name: "was created anew", code: "READ_BACK_OTHER_HUB", change: "recreate" },
    { name: "no longer has the events", code: "READ_BACK_EXPIRED", change: "expire" },
    { name: "gives no right to listen", code: "READ_BACK_DENIED", change: "deny read" },
    { name: "does not tell its positions", code: "READ_BACK_DENIED", change: "deny positions" },
    { name: "refuses the reader", code: "READ_BACK_REFUSED", change: "refuse" },
    { name: "can no longer be read at all", code: "READ_BACK_DENIED", change: "unreadable" },
  ] as const)("a hub that $name is told of, and the route is at-least-once", async ({ code, change }) => {
    const hub = createMemoryHub({ partitions: 1 });
    let changed = false;
    const bridge = underTest({
      sink: {
        hub,
        onPositions: () => (changed && change === "deny positions" ? failure("READ_BACK_DENIED") : undefined),
        onRead: () => {
          if (changed && change === "deny read") return { unknown: failure("READ_BACK_DENIED") };
          return changed && change === "refuse" ? { unknown: failure("READ_BACK_REFUSED") } : "read";
        },
      },
    });
    await bridge.runUntilKilled();
    changed = true;
    if (change === "recreate") hub.recreate();
    if (change === "expire") hub.expire(0);
    const { readBack: _, ...unreadable } = bridge.sink;
    const outcome = await bridge.run(change === "unreadable" ? { route: { sink: unreadable } } : {});
    expect(outcome).toMatchObject({ kind: "caught-up", recovered: 0, totals: { delivered: 30 } });
    expect(outcome.warnings).toContainEqual(expect.objectContaining({ code }));
    expect(bridge.keys()).toEqual([...bridge.all, ...bridge.all]);
    expect(new Set(bridge.ids()).size).toBe(30);
    expect(await bridge.sending()).toBeUndefined();
  });

  it("a hub that has a new partition since is read in that one too", async () => {
    const bridge = underTest();
    await bridge.runUntilKilled();
    bridge.sink.hub.addPartitions(3);
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", recovered: 30, warnings: [] });
    expect(bridge.keys()).toEqual(bridge.all);
  });
});

describe("the mark that something may be in the hub unrecorded", () => {
  it("is saved with the positions before the first send, and cleared by a clean end", async () => {
    const seen: unknown[] = [];
    const bridge = underTest({
      sink: {
        onBatch: async (): Promise<BatchFate> => {
          seen.push((await bridge.checkpoint())?.sending);
          return "stored";
        },
      },
    });
    bridge.sink.hub.store("0", [foreign(1)]);
    await bridge.run();
    expect(seen).toHaveLength(3);
    const positions = { hub: expect.any(String), partitions: { "0": 0 } };
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(seen[0]).toEqual({ positions });
    expect(await bridge.sending()).toBeUndefined();
  });

  it("costs a quiet run nothing", async () => {
    let asked = 0;
    const bridge = underTest({ sink: { onPositions: () => void (asked += 1) } });
    await bridge.run();
    expect(asked).toBe(1);
    bridge.calls.length = 0;
    bridge.clock.now += HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 0 } });
    expect(bridge.calls.filter((name) => name !== "look" && name !== "load")).toEqual([
      "take",
      "readLedger",
      "save",
      "release",
    ]);
    expect(asked).toBe(1);
  });

  it("is renewed with fresh positions when much was sent since, so that little must be read back", async () => {
    let asked = 0;
    const bridge = underTest({
      records: 100,
      loadBytes: 1,
      sink: { onPositions: () => void (asked += 1), eventsPerBatch: 1 },
    });
    bridge.clock.now = START + 6 * HOUR;
    for (let hour = 2; hour < 5; hour += 1) bridge.feed.add({ key: `hour ${hour}`, time: at(hour * 60) });
    const sink = {
      ...bridge.sink,
      send: async (...args: Parameters<typeof bridge.sink.send>) => {
        const report = await bridge.sink.send(...args);
        return { ...report, bytes: report.bytes * 1e6 };
      },
    };
    expect(await bridge.run({ route: { sink } })).toMatchObject({ kind: "caught-up", totals: { delivered: 103 } });
    expect(asked).toBe(5);
  });

  it("is set without positions where the sink cannot be read, and told of after a crash", async () => {
    const bridge = underTest({ sink: { readable: false } });
    await bridge.runUntilKilled();
    expect(await bridge.sending()).toEqual({});
    const outcome = await bridge.run();
    expect(outcome).toMatchObject({ kind: "caught-up", totals: { delivered: 30 } });
    expect(outcome.warnings).toMatchObject([{ code: "READ_BACK_DENIED" }]);
  });

  it("is told of in the words of a sink that can never be read", async () => {
    const bridge = underTest({ sink: { readable: false } });
    const sink = { ...bridge.sink, afterCrash: { meaning: "the queue cannot be read back", fix: "Let consumers." } };
    await bridge.runUntilKilled();
    const outcome = await bridge.run({ route: { sink } });
    expect(outcome.warnings).toMatchObject([
      {
        code: "READ_BACK_IMPOSSIBLE",
        message: expect.stringMatching(/, and the queue cannot be read back$/u),
        fix: "Let consumers.",
      },
    ]);
  });

  it("is set without positions, with a warning, where the hub does not tell them", async () => {
    const bridge = underTest({ sink: { onPositions: () => failure("READ_BACK_DENIED") } });
    const outcome = await bridge.run();
    expect(outcome).toMatchObject({ kind: "caught-up", totals: { delivered: 30 } });
    expect(outcome.warnings).toMatchObject([{ code: "READ_BACK_DENIED" }]);
    expect(await bridge.sending()).toBeUndefined();
  });

  it("is set for what was read just before reading had to stop", async () => {
    const end = new AbortController();
    const bridge = underTest({
      feed: {
        beforePage: ({ window }) => {
          if (window.from === START) return;
          end.abort();
          throw failure("OUT_OF_TIME");
        },
      },
    });
    bridge.clock.now = START + 5 * HOUR;
    const outcome = await bridge.run({ deps: { reading: end.signal } });
    expect(outcome).toMatchObject({ kind: "out-of-time", totals: { delivered: 30 } });
    expect((await bridge.checkpoint())?.watermark).toBe(START + HOUR);
  });

  it("that cannot be saved keeps everything from being sent", async () => {
    const bridge = underTest();
    let saves = 0;
    bridge.process.kill = ({ name }) => {
      saves += name === "save" ? 1 : 0;
      if (saves === 2) throw failure("STATE_UNAVAILABLE");
      return false;
    };
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "STATE_UNAVAILABLE" } });
    expect(bridge.keys()).toEqual([]);
  });

  it("is cleared by a run that fails for reasons of its own", async () => {
    const bridge = underTest({
      loadBytes: 1,
      feed: {
        beforePage: ({ window }) => {
          if (window.from > START) throw failure("API_UNREACHABLE");
        },
      },
    });
    bridge.clock.now = START + 5 * HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "blocked", totals: { delivered: 30 } });
    expect(await bridge.sending()).toBeUndefined();
  });
});

describe("a send whose answer is lost", () => {
  const uncertain = failure("SINK_UNCERTAIN");
  /** The fate of the second batch when it is tried first; `settle` is called while the outcome is waited for. */
  const fates: readonly { name: string; fate: (late: (store: () => void) => void) => BatchFate }[] = [
    { name: "was stored", fate: () => ({ error: uncertain, stored: true }) },
    { name: "was not stored", fate: () => ({ error: uncertain, stored: false }) },
    { name: "is stored late", fate: (late) => ({ error: uncertain, storeLater: late }) },
  ];

  it.each(fates)("is read back in the same run, and in order: it $name", async ({ fate }) => {
    const bridge = underTest({
      sink: {
        onBatch: ({ number }) => (number === 2 ? fate((store) => bridge.later(SETTLE - 1, store)) : "stored"),
      },
    });
    const outcome = await bridge.run();
    expect(outcome).toMatchObject({ kind: "caught-up", warnings: [], totals: { delivered: 30, leftForNextRun: 0 } });
    expect(bridge.keys()).toEqual(bridge.all);
    expect(await bridge.sending()).toBeUndefined();
  });

  it.each(fates)("keeps the order of each device over several partitions: it $name", async ({ fate }) => {
    const bridge = underTest({
      records: 0,
      sink: {
        partitions: 4,
        onBatch: ({ number }) => (number === 3 ? fate((store) => bridge.later(SETTLE - 1, store)) : "stored"),
      },
    });
    for (let n = 0; n < 119; n += 1) bridge.feed.add({ key: `${n}`, time: at(n), device: `device ${n % 7}` });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 119 } });
    expect(new Set(bridge.keys()).size).toBe(119);
    expect(bridge.keys()).toHaveLength(119);
    for (const own of Map.groupBy(bridge.keys().map(Number), (n) => n % 7).values()) {
      expect(own).toEqual(own.toSorted((one, other) => one - other));
    }
  });

  it("is asked for again when its answer is lost again", async () => {
    const bridge = underTest({
      records: 10,
      sink: { onBatch: ({ number }) => (number <= 2 ? { error: uncertain, stored: false } : "stored") },
    });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 10 } });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("is given up when that goes on, and the next run reads back first", async () => {
    let lossy = true;
    let tries = 0;
    const bridge = underTest({
      records: 10,
      sink: {
        onBatch: () => {
          tries += 1;
          return lossy ? { error: uncertain, stored: tries === 3 } : "stored";
        },
      },
    });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "SINK_UNCERTAIN" } });
    expect(tries).toBe(3);
    expect(await bridge.sending()).toBeDefined();
    lossy = false;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", recovered: 10, totals: { delivered: 0 } });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it.each([
    { name: "the hub cannot be asked", positions: failure("SINK_UNREACHABLE"), read: "read" },
    { name: "the hub cannot be read", positions: undefined, read: { error: failure("SINK_UNREACHABLE") } },
    { name: "a part of it can never be known", positions: undefined, read: { unknown: failure("READ_BACK_REFUSED") } },
    { name: "there is too much to read", positions: undefined, read: { mostEvents: 1 } },
  ] as const)(
    "stays unknown when $name: what was confirmed is saved, and the mark stays",
    async ({ positions, read }) => {
      let broken = false;
      const bridge = underTest({
        sink: {
          onPositions: () => (broken ? positions : undefined),
          onRead: () => (broken ? read : "read"),
          onBatch: ({ number }) => {
            broken = number === 2;
            return number === 2 ? { error: uncertain, stored: true } : "stored";
          },
        },
      });
      expect(await bridge.run()).toMatchObject({
        kind: "blocked",
        error: { code: "SINK_UNCERTAIN" },
        totals: { delivered: 10, leftForNextRun: 20 },
      });
      expect(await bridge.sending()).toBeDefined();
      broken = false;
      expect(await bridge.run()).toMatchObject({ kind: "caught-up", recovered: 10, totals: { delivered: 10 } });
      expect(bridge.keys()).toEqual(bridge.all);
    },
  );

  it("is found out in the time kept for sending, when reading has to stop already", async () => {
    const end = new AbortController();
    const bridge = underTest({
      sink: {
        onBatch: ({ number }) => {
          end.abort();
          return number === 2 ? { error: uncertain, stored: true } : "stored";
        },
      },
    });
    expect(await bridge.run({ deps: { reading: end.signal } })).toMatchObject({ totals: { delivered: 30 } });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("stays unknown when the time of the run is up", async () => {
    const end = new AbortController();
    const bridge = underTest({
      sink: {
        onBatch: ({ number }) => {
          if (number === 2) bridge.later(SETTLE / 2, () => end.abort());
          return number === 2 ? { error: uncertain, stored: true } : "stored";
        },
      },
    });
    expect(await bridge.run({ deps: { sending: end.signal } })).toMatchObject({ error: { code: "SINK_UNCERTAIN" } });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", recovered: 10, totals: { delivered: 10 } });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("stays unknown where the sink cannot be read, and may be repeated with the same event ids", async () => {
    const bridge = underTest({
      records: 10,
      sink: {
        readable: false,
        onBatch: ({ number }) => (number === 1 ? { error: uncertain, stored: true } : "stored"),
      },
    });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "SINK_UNCERTAIN" } });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 10 } });
    expect(bridge.keys()).toEqual([...bridge.all, ...bridge.all]);
    expect(new Set(bridge.ids()).size).toBe(10);
  });

  it("that ends with another failure than a lost answer leaves no mark", async () => {
    const bridge = underTest({
      sink: {
        onBatch: ({ number }) => {
          if (number === 1) return { error: uncertain, stored: false };
          return number === 2 ? { error: failure("SINK_UNREACHABLE"), stored: false } : "stored";
        },
      },
    });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "SINK_UNREACHABLE" } });
    expect(await bridge.sending()).toBeUndefined();
    await bridge.run();
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("a bug of the reader is no lost answer", async () => {
    const bridge = underTest({
      records: 10,
      sink: {
        onRead: () => {
          throw new RangeError("bug");
        },
        onBatch: () => ({ error: uncertain, stored: true }),
      },
    });
    await expect(bridge.run()).rejects.toThrow(RangeError);
  });
});

describe("a lease that is lost", () => {
  it("before the first send: nothing is sent, and the checkpoint of the other run stays", async () => {
    const bridge = underTest({
      feed: {
        beforePage: async () => {
          const seen = await bridge.store.look("test@memory");
          if (seen.owner === "this run") await bridge.store.take("test@memory", seen, "another run");
        },
      },
    });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "LEASE_LOST" } });
    expect(bridge.keys()).toEqual([]);
    expect(await bridge.store.look("test@memory")).toMatchObject({ free: false, owner: "another run" });
    expect((await bridge.checkpoint())?.watermark).toBe(START);
  });

  it("by a pause between two sends: the second one does not happen", async () => {
    const bridge = underTest({ records: 100, loadBytes: 1 });
    let paused = false;
    bridge.process.kill = ({ name }) => {
      if (name === "readLedger" || name === "release") return false;
      if (name === "save" && bridge.sink.received.length > 0 && !paused) {
        paused = true;
        bridge.time.jump(61_000);
      }
      return false;
    };
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "LEASE_LOST" } });
    expect(bridge.keys()).toHaveLength(60);
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("in the middle of a send: the batches that are left are not sent", async () => {
    const bridge = underTest({
      sink: {
        onBatch: async ({ number }): Promise<BatchFate> => {
          if (number === 2) {
            bridge.time.jump(61_000);
            await bridge.time.wait(1, open);
          }
          return "stored";
        },
      },
    });
    const outcome = await bridge.run();
    expect(outcome).toMatchObject({ kind: "out-of-time", totals: { delivered: 20, leftForNextRun: 10 } });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 10 } });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("by a pause in the middle of a send, before any timer could tell: the batches that are left are not sent", async () => {
    const bridge = underTest({
      sink: {
        onBatch: ({ number }): BatchFate => {
          if (number === 2) bridge.time.jump(61_000);
          return "stored";
        },
      },
    });
    expect(await bridge.run()).toMatchObject({ kind: "out-of-time", totals: { delivered: 20, leftForNextRun: 10 } });
    expect(bridge.keys()).toHaveLength(20);
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 10 } });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("of a dead run is waited for, whatever the wall clock does meanwhile", async () => {
    const bridge = underTest();
    await bridge.runUntilKilled();
    const began = bridge.time.monotonicNow();
    bridge.later(20_000, () => (bridge.clock.now += HOUR));
    bridge.later(40_000, () => (bridge.clock.now -= 2 * HOUR));
    bridge.later(60_000, () => (bridge.clock.now += HOUR));
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    expect(bridge.time.monotonicNow() - began).toBe(90_000 + SETTLE);
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("held by another run that lives leaves the route to it", async () => {
    const bridge = underTest();
    let lease = await bridge.store.take("test@memory", await bridge.store.look("test@memory"), "the other");
    bridge.later(7000, async () => {
      if (lease !== undefined) lease = await bridge.store.renew("test@memory", lease);
    });
    expect(await bridge.run()).toMatchObject({ kind: "elsewhere", owner: "the other", totals: { read: 0 } });
    expect(bridge.keys()).toEqual([]);
  });

  it("freed by another run while this one watched: what that one saved is read", async () => {
    const bridge = underTest();
    const lease = await bridge.store.take("test@memory", await bridge.store.look("test@memory"), "the other");
    bridge.later(3000, async () => {
      if (lease === undefined) return;
      await bridge.store.release("test@memory", lease);
      await bridge.run();
    });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 0 } });
    expect(bridge.keys()).toEqual(bridge.all);
  });

  it("that cannot be freed is a warning: the next run waits for it", async () => {
    const bridge = underTest();
    bridge.process.kill = ({ name }) => {
      if (name === "release") throw failure("STATE_UNAVAILABLE");
      return false;
    };
    const outcome = await bridge.run();
    expect(outcome).toMatchObject({ kind: "caught-up", warnings: [{ code: "STATE_UNAVAILABLE" }] });
  });
});
