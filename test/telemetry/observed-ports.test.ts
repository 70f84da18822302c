import { describe, expect, it } from "vitest";
import { createMemorySink } from "../../src/sinks/memory-sink.ts";
import { memoryCheckpoints } from "../../src/state/memory-checkpoints.ts";
import { memoryDeadLetters } from "../../src/state/memory-dead-letters.ts";
import { observedDeadLetters, observedSink, observedStore } from "../../src/telemetry/observed-ports.ts";
import { noTelemetry, type OutgoingCall, type Telemetry } from "../../src/telemetry/telemetry.ts";

const place = {
  system: "eventhubs",
  resource: "Microsoft.EventHub",
  host: "evhns-example.servicebus.windows.net",
  name: "microshare",
};

/** Keeps the calls, and says nothing else. */
function listener() {
  const calls: OutgoingCall[] = [];
  const telemetry: Telemetry = {
    ...noTelemetry,
    on: true,
    call(call, work) {
      calls.push(call);
      return work();
    },
  };
  return { calls, telemetry };
}

describe("ports with telemetry off", () => {
  it("are the ports themselves: nothing is in the way", () => {
    const [sink, store, letters] = [createMemorySink(), memoryCheckpoints(), memoryDeadLetters()];
    expect(observedSink(sink, place, noTelemetry)).toBe(sink);
    expect(observedStore(store, "bridgestate", noTelemetry)).toBe(store);
    expect(observedDeadLetters(letters, "letters", noTelemetry)).toBe(letters);
  });
});

describe("a sink with telemetry on", () => {
  it("is asked before each transfer whether it may still start, as without telemetry", async () => {
    const { calls, telemetry } = listener();
    const inner = createMemorySink();
    const asked: unknown[] = [];
    const watched: typeof inner.send = (...how) => {
      asked.push(how[2]);
      return inner.send(...how);
    };
    const mayStart = (): boolean => true;
    const sink = observedSink({ ...inner, send: watched }, place, telemetry);
    await sink.send([], new AbortController().signal, mayStart);
    expect(asked).toEqual([mayStart]);
    expect(calls).toHaveLength(1);
  });
});

describe("the ledger with telemetry on", () => {
  const segments = [1, 2, 3].map((filedTo) => ({ filedTo, ids: new Uint8Array(16) }));

  function ledger() {
    const { calls, telemetry } = listener();
    let ended = false;
    const store = {
      ...memoryCheckpoints(),
      async *readLedger() {
        try {
          yield* segments;
        } finally {
          ended = true;
        }
      },
    };
    const observed = observedStore(store, "bridgestate", telemetry);
    return { calls, read: () => observed.readLedger("a@hub", 0), hasEnded: () => ended };
  }

  it("gives every piece, each with a call of its own for its route", async () => {
    const { calls, read, hasEnded } = ledger();
    expect(await Array.fromAsync(read())).toEqual(segments);
    expect(calls.map(({ name }) => name)).toEqual(Array.from({ length: 4 }, () => "readLedger bridgestate"));
    expect(calls[0]?.attributes).toMatchObject({ route: "a@hub", feed: "a", "db.operation.name": "readLedger" });
    expect(hasEnded()).toBe(true);
  });

  it("lets go of the storage when its reader has enough", async () => {
    const { read, hasEnded } = ledger();
    for await (const segment of read()) {
      expect(segment).toBe(segments[0]);
      break;
    }
    expect(hasEnded()).toBe(true);
  });
});
