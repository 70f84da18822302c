// The contracts on a sink with a hub per record type: the real SDK over real sockets, the hub created on first need.
import { EventHubConsumerClient } from "@azure/event-hubs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describeReadBackContract, type LostOutcome, type ReadBackHarness } from "../contracts/read-back.ts";
import { describeSinkContract, type SinkHarness } from "../contracts/sink.ts";
import { nobody } from "./hub-harness.ts";
import { armDirectory, perTypeWorld } from "./per-type-harness.ts";

/** The type of the contract's events, and so its hub. */
const hub = "io.microshare.lake.snapshot.hourly";

describeSinkContract("the sink with a hub per record type", async (): Promise<SinkHarness> => {
  const { emulator, resourceManager, clock, sink, close } = await perTypeWorld();
  const right = emulator.connectionString();
  const wrongKey = right.replace(/SharedAccessKey=[^;]*/u, "SharedAccessKey=wrong-key-0123456789");
  return {
    sink: sink(),
    received: () =>
      emulator.hubs.flatMap((name) =>
        emulator.events(name).map((event) => ({ ...event, eventId: event.messageId ?? "" })),
      ),
    tooLargeBytes: 6_000,
    get onWait() {
      return clock.onWait;
    },
    set onWait(onWait) {
      clock.onWait = onWait;
    },
    throttle: (times) => void emulator.faults.serverBusy({ times }),
    refuseBatch: (after) => void emulator.faults.reject("amqp:not-allowed", { after, times: 1 }),
    loseOutcome: (after) => void emulator.faults.outcome("modified", { after, times: 1 }),
    async idle() {
      emulator.faults.closeIdle();
      while (emulator.connections > 0) await nextTurn();
      for (let turn = 0; turn < 50; turn++) await nextTurn();
    },
    withWrongCredentials() {
      if (!emulator.hubs.includes(hub)) emulator.createHub({ name: hub });
      return sink({ connection: { connectionString: wrongKey } });
    },
    // A hub that is missing is created; a namespace is not.
    withMissingHub: () => sink({ directory: armDirectory(resourceManager, { ...clock, namespace: "another" }) }),
    withUnknownHost() {
      if (!emulator.hubs.includes(hub)) emulator.createHub({ name: hub });
      return sink({ connection: { connectionString: right.replace(/sb:\/\/[^;]*/u, `sb://${nobody}/`) } });
    },
    close,
  };
});

const keys = [
  { name: "root", key: "emulator-only-not-a-secret", rights: ["Manage"] },
  { name: "sender", key: "emulator-only-send-alone", rights: ["Send"] },
] as const;

describeReadBackContract("the sink with a hub per record type", async (): Promise<ReadBackHarness> => {
  const retention: { eventsPerPartition?: number } = {};
  let later = 0;
  const now = () => Date.now() + later;
  const hubs = [{ name: hub, retention }];
  const world = await perTypeWorld({ hubs, keys, now, tokenNow: Date.now });
  const { emulator } = world;
  const strike: Record<LostOutcome, () => void> = {
    "stored, and the connection is lost": () => emulator.faults.loseAcknowledgement({ times: 1 }),
    "lost with the connection": () => emulator.faults.dropBeforeStoring({ times: 1 }),
    "stored without an answer": () => emulator.faults.neverAnswer({ times: 1, stored: true }),
    "lost without an answer": () => emulator.faults.neverAnswer({ times: 1, stored: false }),
  };
  const make = (keyName?: string) =>
    world.sink({
      connection: { connectionString: emulator.connectionString(undefined, keyName) },
      sendTimeoutMs: 700,
      closeTimeoutMs: 500,
    });
  const owners: EventHubConsumerClient[] = [];
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
      owners.push(owner);
      const handlers = { processEvents: async () => {}, processError: async () => {} };
      for (const id of ["0", "1", "2", "3"]) owner.subscribe(id, handlers, { ownerLevel: 1 });
      while (emulator.stats(hub).readers < readers + 4) await nextTurn();
      return () => owner.close();
    },
    async close() {
      await Promise.all(owners.map((owner) => owner.close()));
      await world.close();
    },
  };
});
