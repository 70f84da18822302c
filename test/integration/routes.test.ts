// Several sinks over real HTTP, AMQP and Azurite: each gets everything once, whatever happens to the others.
import { beforeAll, describe, expect, it } from "vitest";
import { startServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, HUB, MINUTE_MS, startBridge, type BridgeUnderTest } from "./bridge-under-test.ts";
import { addRecords } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const TYPE = "io.example.rooms";
const COPY = "copy";
/** No lookback: only progress of its own can bring a sink what it lacks. */
const noLookback = { LOOKBACK: "PT0S", DEEP_LOOKBACK: "PT0S", MICROSHARE_REC_TYPE: TYPE };
const twoHubs = { hubs: [HUB, COPY].map((name) => ({ name, partitionCount: 2 })) };

const single = { name: "event-hub", kind: "event-hub", connectionStringSetting: "EVENT_HUB_CONNECTION_STRING" };
const copy = { name: "copy", kind: "event-hub", connectionStringSetting: "HUB_COPY" };

/** Goes to both hubs from here on. */
function broadcast(bridge: BridgeUnderTest, change: object = {}): void {
  bridge.set({
    HUB_COPY: bridge.hubs.connectionString(COPY),
    SINKS: JSON.stringify([single, { ...copy, ...change }]),
  });
}

function keysIn(bridge: BridgeUnderTest, hub: string): readonly string[] {
  return bridge.hubs
    .events(hub)
    .map(({ properties }) => String(properties["recordKey"]))
    .toSorted();
}

/** Its events carry the route they came by. */
function routesIn(bridge: BridgeUnderTest, hub: string): readonly unknown[] {
  return [...new Set(bridge.hubs.events(hub).map(({ properties }) => properties["route"]))];
}

async function runWell(bridge: BridgeUnderTest): Promise<void> {
  expect(failuresOf(await bridge.run())).toEqual([]);
}

/** Pages of records that the API was asked for. */
function pagesAsked(bridge: BridgeUnderTest): number {
  return bridge.microshare.requests.filter(({ path }) => path.startsWith(`/share/${TYPE}`)).length;
}

/** What is saved of the route to the copy. */
async function copyRows(bridge: BridgeUnderTest): Promise<readonly object[]> {
  const rows: object[] = [];
  const filter = "PartitionKey eq 'default@copy'";
  for await (const row of bridge.state.table.listEntities({ queryOptions: { filter } })) rows.push(row);
  return rows;
}

describe("several sinks", () => {
  it("broadcasting to two hubs is one setting, and pages are read once", async () => {
    const asked: number[] = [];
    for (const both of [false, true]) {
      await using bridge = await startBridge({ settings: noLookback, hubs: twoHubs });
      const keys = addRecords(bridge, TYPE).toSorted();
      if (both) broadcast(bridge);
      await runWell(bridge);
      bridge.nextHour();
      keys.push(...addRecords(bridge, TYPE, [40, 3]));
      await runWell(bridge);
      expect(keysIn(bridge, HUB)).toEqual(keys.toSorted());
      expect(keysIn(bridge, COPY)).toEqual(both ? keys.toSorted() : []);
      expect(routesIn(bridge, COPY)).toEqual(both ? ["default@copy"] : []);
      asked.push(pagesAsked(bridge));
    }
    expect(asked[0]).toBeGreaterThan(1);
    expect(asked[1]).toBe(asked[0]);
  });

  it("moving from the simple settings to SINKS neither repeats nor loses anything", async () => {
    await using bridge = await startBridge({ settings: noLookback, hubs: twoHubs });
    const keys = [...addRecords(bridge, TYPE)];
    await runWell(bridge);
    bridge.nextHour();
    keys.push(...addRecords(bridge, TYPE, [50, 20, 2]));
    bridge.set({ SINKS: JSON.stringify([single]) });
    await runWell(bridge);
    await runWell(bridge);
    expect(keysIn(bridge, HUB)).toEqual(keys.toSorted());
    expect(routesIn(bridge, HUB)).toEqual(["default@event-hub"]);
    // And back again.
    bridge.nextHour();
    keys.push(...addRecords(bridge, TYPE, [40, 3]));
    bridge.set({ SINKS: undefined });
    await runWell(bridge);
    expect(keysIn(bridge, HUB)).toEqual(keys.toSorted());
  });

  it("a sink that is added later begins where its setting says", async () => {
    await using bridge = await startBridge({ settings: noLookback, hubs: twoHubs });
    const early = addRecords(bridge, TYPE);
    await runWell(bridge);
    bridge.clock.now += 10 * MINUTE_MS;
    broadcast(bridge, { startFrom: "now" });
    await runWell(bridge);
    expect(keysIn(bridge, COPY)).toEqual([]);
    bridge.nextHour();
    const late = addRecords(bridge, TYPE, [30, 5]);
    await runWell(bridge);
    expect(keysIn(bridge, COPY)).toEqual(late.toSorted());
    expect(keysIn(bridge, HUB)).toEqual([...early, ...late].toSorted());
  });

  it("a queue beside the hub is one setting, too", async () => {
    await using bridge = await startBridge({ settings: noLookback });
    const bus = await startServiceBusEmulator({ queues: [{ name: "records" }] });
    bridge.closeWith({ close: () => void bus.close() });
    bridge.set({
      QUEUE: bus.connectionString(),
      SINKS: JSON.stringify([
        single,
        { name: "queue", kind: "service-bus", connectionStringSetting: "QUEUE", queue: "records" },
      ]),
    });
    const keys = addRecords(bridge, TYPE);
    await runWell(bridge);
    await runWell(bridge);
    const ids = bus.messages("records").map(({ messageId }) => messageId);
    expect(ids).toHaveLength(keys.length);
    expect(new Set(ids)).toEqual(new Set(bridge.hubs.events(HUB).map(({ messageId }) => messageId)));
  });

  it("one hub down blocks only its own route; later both hold everything once", async () => {
    await using bridge = await startBridge({ settings: noLookback, hubs: twoHubs });
    broadcast(bridge);
    const keys = [...addRecords(bridge, TYPE)];
    await runWell(bridge);
    const fault = bridge.hubs.faults.refuseAttach({
      hub: COPY,
      role: "send",
      condition: "com.microsoft:entity-disabled",
    });
    for (const minutes of [
      [50, 20, 2],
      [45, 4],
    ]) {
      bridge.nextHour();
      keys.push(...addRecords(bridge, TYPE, minutes));
      const run = await bridge.run();
      expect(Object.fromEntries(run.summaries.map(({ route, outcome }) => [String(route), outcome]))).toEqual({
        "default@copy": "blocked",
        "default@event-hub": "caught-up",
      });
      expect(String(run.error)).toContain("1 of 2 routes failed");
    }
    expect(keysIn(bridge, HUB)).toEqual(keys.toSorted());
    fault.clear();
    bridge.nextHour();
    keys.push(...addRecords(bridge, TYPE, [30]));
    await runWell(bridge);
    await runWell(bridge);
    expect(keysIn(bridge, HUB)).toEqual(keys.toSorted());
    expect(keysIn(bridge, COPY)).toEqual(keys.toSorted());
  });

  it("a sink that is taken out keeps its progress and is told of in every run; named again it goes on", async () => {
    await using bridge = await startBridge({ settings: noLookback, hubs: twoHubs });
    broadcast(bridge);
    const keys = [...addRecords(bridge, TYPE)];
    await runWell(bridge);
    const before = await copyRows(bridge);
    bridge.set({ SINKS: JSON.stringify([single]) });
    for (let runs = 0; runs < 2; runs += 1) {
      bridge.nextHour();
      keys.push(...addRecords(bridge, TYPE, [50, 20, 2]));
      const run = await bridge.run();
      expect(failuresOf(run)).toEqual([]);
      const told = run.lines.filter((line) => line.includes("ROUTE_LEFT"));
      expect(told).toHaveLength(1);
      expect(told[0]).toContain(
        "Route default@copy has saved progress, and by the settings the feed default does not go",
      );
    }
    expect(await copyRows(bridge)).toEqual(before);
    expect(before.length).toBeGreaterThan(1);
    expect(keysIn(bridge, COPY)).toHaveLength(6);
    broadcast(bridge);
    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    expect(run.lines.join()).not.toContain("ROUTE_LEFT");
    expect(keysIn(bridge, HUB)).toEqual(keys.toSorted());
    expect(keysIn(bridge, COPY)).toEqual(keys.toSorted());
  });

  it("a secret in SINKS, or a setting that it names and that is not right, fails the run before anything is asked", async () => {
    await using bridge = await startBridge({ settings: noLookback, hubs: twoHubs });
    const keys = addRecords(bridge, TYPE);
    const pasted = bridge.hubs.connectionString(COPY).replace(/Key=[^;]+/, "Key=cGFzdGVkIGludG8gdGhlIEpTT04=");
    bridge.secrets.push("cGFzdGVkIGludG8gdGhlIEpTT04=");
    const vault = "@Microsoft.KeyVault(SecretUri=https://example.vault.azure.net/secrets/copy)";
    const wrong = [
      {
        change: { SINKS: JSON.stringify([single, { ...copy, connectionStringSetting: pasted }]) },
        told: "holds a secret",
      },
      {
        change: {
          SINKS: JSON.stringify([single, { ...copy, password: "cGFzdGVkIGludG8gdGhlIEpTT04=" }]),
          HUB_COPY: pasted,
        },
        told: "holds a secret",
      },
      { change: { SINKS: JSON.stringify([single, copy]), HUB_COPY: vault }, told: "Azure could not resolve it" },
      { change: { SINKS: JSON.stringify([single, copy]), HUB_COPY: undefined }, told: "HUB_COPY, which is not set" },
      { change: { SINKS: JSON.stringify([copy]), HUB_COPY: pasted }, told: "describes a single event hub" },
    ];
    for (const { change, told } of wrong) {
      bridge.microshare.resetRequests();
      bridge.set(change);
      const [failure, ...more] = failuresOf(await bridge.run());
      expect(more).toEqual([]);
      expect(failure).toMatchObject({ code: "SETTINGS_INVALID", message: expect.stringContaining(told) });
      expect(failure?.message).toContain("1 problem:");
      expect(bridge.microshare.requests).toEqual([]);
    }
    broadcast(bridge);
    await runWell(bridge);
    expect([keysIn(bridge, HUB), keysIn(bridge, COPY)]).toEqual([keys.toSorted(), keys.toSorted()]);
  });
});
