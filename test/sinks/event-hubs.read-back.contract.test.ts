// The read-back contract on the Event Hubs emulator: the real SDK over real sockets.
import { EventHubConsumerClient } from "@azure/event-hubs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { startEventHubsEmulator } from "../../dev/event-hubs-emulator/index.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import { createEventHubsSink } from "../../src/sinks/event-hubs.ts";
import { describeReadBackContract, type LostOutcome, type ReadBackHarness } from "../contracts/read-back.ts";
import { fakeClock, hub } from "./hub-harness.ts";

const keys = [
  { name: "root", key: "emulator-only-not-a-secret", rights: ["Manage"] },
  { name: "sender", key: "emulator-only-send-alone", rights: ["Send"] },
] as const;

describeReadBackContract("the Event Hubs sink", async (): Promise<ReadBackHarness> => {
  const retention: { eventsPerPartition?: number } = {};
  let later = 0;
  const now = () => Date.now() + later;
  const hubs = [{ name: hub, retention }];
  const emulator = await startEventHubsEmulator({ hubs, keys, maxMessageBytes: 6_000, now, tokenNow: Date.now });
  const open: { close(): Promise<void> }[] = [];
  const make = (keyName?: string): Sink => {
    const connection = { connectionString: emulator.connectionString(hub, keyName) };
    const sink = createEventHubsSink({ connection, ...fakeClock(), sendTimeoutMs: 700, closeTimeoutMs: 500 });
    open.push(sink);
    return sink;
  };
  const strike: Record<LostOutcome, () => void> = {
    "stored, and the connection is lost": () => emulator.faults.loseAcknowledgement({ times: 1 }),
    "lost with the connection": () => emulator.faults.dropBeforeStoring({ times: 1 }),
    "stored without an answer": () => emulator.faults.neverAnswer({ times: 1, stored: true }),
    "lost without an answer": () => emulator.faults.neverAnswer({ times: 1, stored: false }),
  };
  return {
    sink: make(),
    received: () => emulator.events(hub).map(({ messageId }) => messageId ?? ""),
    loseOutcome: (outcome) => strike[outcome](),
    holdBatch() {
      const held = emulator.faults.commitLate({ times: 1 });
      return () => void held.release();
    },
    recreateHub() {
      later += 1_000;
      emulator.recreateHub(hub);
    },
    addPartitions: (count) => emulator.addPartitions(hub, count),
    expire: (eventsPerPartition) => void (retention.eventsPerPartition = eventsPerPartition),
    withoutListenRight: () => make("sender"),
    async blockReaders() {
      const { readers } = emulator.stats(hub);
      const owner = new EventHubConsumerClient("$Default", emulator.connectionString(hub));
      open.push(owner);
      const handlers = { processEvents: async () => {}, processError: async () => {} };
      for (const id of ["0", "1", "2", "3"]) owner.subscribe(id, handlers, { ownerLevel: 1 });
      while (emulator.stats(hub).readers < readers + 4) await nextTurn();
      return () => owner.close();
    },
    async close() {
      await Promise.all(open.map((item) => item.close()));
      await emulator.close();
    },
  };
});
