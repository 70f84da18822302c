import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import { describe, expect, it } from "vitest";
import { createMemorySink, type BatchFate } from "../../src/sinks/memory-sink.ts";
import { outgoingEvents } from "../contracts/outgoing-events.ts";
import { describeSinkContract, idsOf, leftBy, never, type SinkHarness } from "../contracts/sink.ts";

function failed(code: ErrorCode): BridgeError {
  return new BridgeError(code, "told to fail", { fix: "Nothing to do." });
}

function good(count: number): BatchFate[] {
  return Array.from({ length: count }, () => "stored");
}

function broken(code: ErrorCode) {
  return createMemorySink({ onCheck: () => failed(code), onBatch: () => ({ error: failed(code), stored: false }) });
}

describeSinkContract("the memory sink", async () => {
  let fates: BatchFate[] = [];
  const sink = createMemorySink({
    eventsPerBatch: 10,
    maxBodyBytes: 5_000,
    onBatch: () => fates.shift() ?? "stored",
    wait: async () => harness.onWait(),
  });
  const harness: SinkHarness = {
    sink,
    received: () => sink.received,
    tooLargeBytes: 6_000,
    onWait: () => {},
    throttle: (times) => (fates = Array.from({ length: times }, () => "busy")),
    refuseBatch: (after) => (fates = [...good(after), { error: failed("SINK_REFUSED"), stored: false }]),
    loseOutcome: (after) => (fates = [...good(after), { error: failed("SINK_UNCERTAIN"), stored: true }]),
    idle: async () => {}, // there is no connection to lose
    withWrongCredentials: () => broken("SINK_UNAUTHORIZED"),
    withMissingHub: () => broken("SINK_NOT_FOUND"),
    withUnknownHost: () => broken("SINK_UNREACHABLE"),
    close: async () => {},
  };

  return harness;
});

describe("memory sink", () => {
  it("tells what was stored although nobody was told", async () => {
    const error = failed("SINK_UNCERTAIN");
    const sink = createMemorySink({
      partitions: 1,
      eventsPerBatch: 10,
      onBatch: ({ number }) => (number === 2 ? { error, stored: true } : "stored"),
    });
    const events = outgoingEvents({ count: 30 });
    const report = await sink.send(events, never());
    expect(report.failure).toBe(error);
    expect(idsOf(sink.received)).toEqual(idsOf(events.slice(0, 20)));
    expect(leftBy(report, events)).toEqual(events.slice(10));
  });

  it("refuses single events as told", async () => {
    const sink = createMemorySink({ refuse: ({ eventId }) => (eventId.endsWith("3") ? "not this one" : undefined) });
    const events = outgoingEvents({ count: 5 });
    const report = await sink.send(events, never());
    expect(report.refused).toEqual([{ event: events[3], reason: "not this one" }]);
    expect(report.confirmed).toHaveLength(4);
  });

  it("passes on what its own controls throw, as bugs", async () => {
    const bug = new Error("bug");
    const sink = createMemorySink({ onBatch: () => Promise.reject(bug) });
    await expect(sink.send(outgoingEvents({ count: 1 }), never())).rejects.toBe(bug);
    const busy = createMemorySink({ onBatch: () => "busy", wait: () => Promise.reject(bug) });
    await expect(busy.send(outgoingEvents({ count: 1 }), never())).rejects.toBe(bug);
  });
});
