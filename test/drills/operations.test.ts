// What an operation has to do once a year: keys changed, state lost, another hub. Over real HTTP, AMQP and Azurite.
import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, HUB, startBridge, summaryOf, type BridgeUnderTest } from "../integration/bridge-under-test.ts";
import { addRecords, keysOf, ROOMS } from "../integration/two-feeds.ts";

beforeAll(sharedAzurite);

const feeds = () => [ROOMS];
const noLookback = { LOOKBACK: "PT0S", DEEP_LOOKBACK: "PT0S" };

async function runWell(bridge: BridgeUnderTest): Promise<void> {
  expect(failuresOf(await bridge.run())).toEqual([]);
}

describe("key rotation", () => {
  const [old, fresh] = [
    { name: "bridge", key: "b2xkIGtleSBvZiB0aGUgaHVi+IGh1/Yg==", rights: ["Send", "Listen"] as const },
    { name: "bridge-2", key: "bmV3IGtleSBvZiB0aGUgaHVi+IGh1/Yg==", rights: ["Send", "Listen"] as const },
  ];

  it("of the hub costs no run when the new key is set before the old one goes", async () => {
    await using bridge = await startBridge({ feeds, settings: noLookback, hubs: { keys: [old, fresh] } });
    const keys = addRecords(bridge, ROOMS.recType);
    bridge.set({ EVENT_HUB_CONNECTION_STRING: bridge.hubs.connectionString(HUB, old.name) });
    await runWell(bridge);
    bridge.set({ EVENT_HUB_CONNECTION_STRING: bridge.hubs.connectionString(HUB, fresh.name) });
    bridge.nextHour();
    keys.push(...addRecords(bridge, ROOMS.recType, [50, 2]));
    await runWell(bridge);
    expect(keysOf(bridge, "rooms")).toEqual(keys.toSorted());
  });

  it("of Microshare stops the runs between the two changes, and loses nothing", async () => {
    await using bridge = await startBridge({ feeds, settings: noLookback });
    const keys = addRecords(bridge, ROOMS.recType);
    await runWell(bridge);
    const { MICROSHARE_PASSWORD: password } = bridge.settings;
    bridge.set({ MICROSHARE_PASSWORD: "the password before" });
    bridge.nextHour();
    keys.push(...addRecords(bridge, ROOMS.recType, [50, 2]));
    expect(failuresOf(await bridge.run()).map(({ code }) => code)).toEqual(["CREDENTIALS_REFUSED"]);
    bridge.set({ MICROSHARE_PASSWORD: password });
    bridge.nextHour();
    await runWell(bridge);
    expect(keysOf(bridge, "rooms")).toEqual(keys.toSorted());
  });
});

describe("lost state", () => {
  it("begins each feed anew: what START_FROM reaches comes again under the same ids, what is older does not", async () => {
    await using bridge = await startBridge({ feeds, settings: { START_FROM: "PT2H" } });
    addRecords(bridge, ROOMS.recType, [115, 60, 2]);
    await runWell(bridge);
    await bridge.state.table.deleteTable();
    bridge.restart();
    bridge.nextHour();
    const fresh = addRecords(bridge, ROOMS.recType, [30]);
    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    expect(run.lines.join("\n")).toContain("No state was found for route rooms@event-hub");
    const ids = bridge.events("rooms").map(({ messageId }) => String(messageId));
    const counts = [...Map.groupBy(ids, (id) => id).values()]
      .map((same) => same.length)
      .toSorted((one, other) => one - other);
    // The oldest is older than two hours by now, two came twice, and the new one came.
    expect(counts).toEqual([1, 1, 2, 2]);
    expect(keysOf(bridge, "rooms")).toContain(fresh[0]);
    bridge.nextHour();
    await runWell(bridge);
    expect(bridge.events("rooms")).toHaveLength(6);
  });
});

describe("moving to another hub", () => {
  const OTHER = "other";
  const hubs = { hubs: [HUB, OTHER].map((name) => ({ name, partitionCount: 2 })) };

  it("goes on there where the first one ended: nothing missing, nothing twice", async () => {
    await using bridge = await startBridge({ feeds, hubs });
    const before = addRecords(bridge, ROOMS.recType);
    await runWell(bridge);
    bridge.set({ EVENT_HUB_CONNECTION_STRING: bridge.hubs.connectionString(OTHER) });
    bridge.nextHour();
    const after = addRecords(bridge, ROOMS.recType, [50, 2]);
    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    expect(summaryOf(run, "rooms")["warnings"] ?? []).toEqual([]);
    const keysIn = (hub: string): readonly string[] =>
      bridge.hubs.events(hub).map(({ properties }) => String(properties["recordKey"]));
    expect(keysIn(HUB).toSorted()).toEqual(before.toSorted());
    expect(keysIn(OTHER).toSorted()).toEqual(after.toSorted());
  });
});
