import { describe, expect, it } from "vitest";
import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import { createMemoryHub } from "../../src/sinks/memory-hub.ts";
import type { ReadFate } from "../../src/sinks/memory-read-back.ts";
import { createMemorySink, type BatchFate } from "../../src/sinks/memory-sink.ts";
import { outgoingEvents } from "../contracts/outgoing-events.ts";
import { describeReadBackContract, expectUnknown, readAll, readBackOf } from "../contracts/read-back.ts";
import { idsOf, never } from "../contracts/sink.ts";

function failed(code: ErrorCode, fix = "Nothing to do."): BridgeError {
  return new BridgeError(code, "told to fail", { fix });
}

describeReadBackContract("the memory sink", async () => {
  const hub = createMemoryHub();
  let next: BatchFate | undefined;
  let reading: ReadFate = "read";
  const takeNext = (): BatchFate => {
    const fate = next ?? "stored";
    next = undefined;
    return fate;
  };
  const sink = createMemorySink({ hub, eventsPerBatch: 10, onBatch: takeNext, onRead: () => reading });
  return {
    sink,
    received: () => idsOf(hub.received),
    loseOutcome: (outcome) => (next = { error: failed("SINK_UNCERTAIN"), stored: outcome.startsWith("stored") }),
    holdBatch() {
      const held: (() => void)[] = [];
      next = { error: failed("SINK_UNCERTAIN"), storeLater: (store) => held.push(store) };
      return () => held.forEach((store) => store());
    },
    recreateHub: () => hub.recreate(),
    addPartitions: (count) => hub.addPartitions(count),
    expire: (eventsPerPartition) => hub.expire(eventsPerPartition),
    withoutListenRight: () => createMemorySink({ hub, onRead: () => ({ unknown: failed("READ_BACK_DENIED") }) }),
    async blockReaders() {
      reading = { unknown: failed("READ_BACK_REFUSED", "Set EVENT_HUB_CONSUMER_GROUP.") };
      return async () => void (reading = "read");
    },
    close: () => sink.close(),
  };
});

describe("memory sink, read back", () => {
  it("shows what another sink sent to the same hub", async () => {
    const hub = createMemoryHub({ partitions: 2 });
    const dead = createMemorySink({ hub });
    const after = await readBackOf(dead).positions(never());
    const events = outgoingEvents({ count: 30 });
    await dead.send(events, never());
    const successor = readBackOf(createMemorySink({ hub }));
    const { found } = await readAll(successor, after, await successor.positions(never()));
    expect(found.toSorted()).toEqual(idsOf(events).toSorted());
  });

  it("fails for now, or ends early, as told", async () => {
    const error = failed("SINK_UNREACHABLE");
    let fate: ReadFate = { error };
    let noPositions: BridgeError | undefined;
    const sink = createMemorySink({ onRead: async () => fate, onPositions: () => noPositions });
    const readBack = readBackOf(sink);
    const after = await readBack.positions(never());
    await sink.send(outgoingEvents({ count: 30 }), never());
    const upTo = await readBack.positions(never());
    await expect(readAll(readBack, after, upTo)).rejects.toBe(error);
    fate = { mostEvents: 7 };
    const part = await readAll(readBack, after, upTo);
    expect(part.found).toHaveLength(7);
    fate = "read";
    expect((await readAll(readBack, part.reached, upTo)).found).toHaveLength(23);
    noPositions = error;
    await expect(readBack.positions(never())).rejects.toBe(error);
  });

  it("can be one that cannot be read", () => {
    expect(createMemorySink({ readable: false }).readBack).toBeUndefined();
    expect(createMemorySink({ settleMs: 5 }).settleMs).toBe(5);
  });

  it("reports a hub created anew while its end was being asked for", async () => {
    const hub = createMemoryHub();
    const readBack = readBackOf(createMemorySink({ hub }));
    const after = await readBack.positions(never());
    hub.recreate();
    const report = await readAll(readBack, after, after);
    expectUnknown(report, "READ_BACK_OTHER_HUB");
    expect(report).toMatchObject({ found: [], reached: after });
  });
});
