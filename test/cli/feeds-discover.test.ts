import { beforeAll, describe, expect, it } from "vitest";
import { loadSettings } from "../../src/config/load-settings.ts";
import { sharedAzurite } from "../azurite.ts";
import { HUB, startBridge, type BridgeUnderTest } from "../integration/bridge-under-test.ts";
import { addRecords, ROOMS } from "../integration/two-feeds.ts";
import { spawnBridge, type } from "./terminal.ts";

beforeAll(sharedAzurite);

const simulator = { fleet: { buildings: 2, roomsPerBuilding: 2, devicesPerRoom: 1 } };

async function discovered(bridge: BridgeUnderTest) {
  const typed = { environment: bridge.settings, time: { now: () => bridge.clock.now } };
  const { exitCode, stdout, stderr } = await type(["feeds", "discover", "--json"], typed);
  const text = (await type(["feeds", "discover"], typed)).stdout;
  bridge.recorder.heard("printed", "bridge feeds discover", [stdout, stderr, text]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return { found: JSON.parse(stdout), text };
}

describe("bridge feeds discover", () => {
  it("lists views, clusters, places and record types, and nothing that is secret", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS], simulator });
    addRecords(bridge, ROOMS.recType, [50]);
    const { views, locations, deviceCluster } = bridge.microshare;
    const { found, text } = await discovered(bridge);
    expect(found.identity).toBe("examplefac");
    expect(new Set(found.views.map(({ id }: { id: string }) => id))).toEqual(new Set(Object.values(views)));
    expect(found.views.find(({ id }: { id: string }) => id === views.smallLimit)).toMatchObject({
      limit: 25,
      filtersBy: "data.meta.iot.time",
      placeholders: ["recType", "from", "to"],
    });
    const cluster = found.clusters.find(
      ({ recType, id }: { recType: string; id: string }) => `${recType}/${id}` === deviceCluster,
    );
    expect(new Set(cluster.locations)).toEqual(new Set(locations));
    expect(found.recTypes).toContainEqual({ recType: ROOMS.recType, total: 1, readable: true });
    expect(found.unknown.join("\n")).toContain("The API has no list of record types");
    expect(text).toContain(
      `{"name":"rooms","kind":"share","recType":"${ROOMS.recType}"}`.replace("rooms", "io-example-rooms"),
    );
    // What a cluster holds besides: tokens and radio keys.
    expect(text).not.toMatch(/readAuth|AppKey|[0-9A-F]{32}/);
    expect(bridge.hubs.stats(HUB).transfers).toBe(0);
    expect(await bridge.state.tableExists()).toBe(false);
  });

  it("prints FEEDS that the settings accept as they are, and that the doctor finds complete", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS], simulator });
    addRecords(bridge, ROOMS.recType, [50]);
    const { found, text } = await discovered(bridge);
    const pasted = text.split("\n").find((line) => line.startsWith("[{")) ?? "";
    expect(JSON.parse(pasted)).toEqual(found.feeds.map(({ entry }: { entry: unknown }) => entry));
    const loaded = loadSettings({ ...bridge.settings, FEEDS: pasted }, { functionTimeout: "00:10:00" });
    expect(loaded).toMatchObject({ kind: "valid" });

    const { stdout } = await type(["doctor", "--json"], {
      environment: { ...bridge.settings, FEEDS: pasted },
      time: { now: () => bridge.clock.now },
    });
    const { checks }: { checks: { id: string; code?: string }[] } = JSON.parse(stdout);
    expect(checks.filter(({ id }) => id.startsWith("view:")).length).toBeGreaterThan(4);
    expect(checks.filter(({ code }) => code === "VIEW_PARAMETER_MISSING")).toEqual([]);
  });

  it("says what the API would not list, as a process of its own", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS], simulator });
    bridge.microshare.faults.fail({ status: 403 }, { path: "/device/" });
    const { exitCode, stdout } = await spawnBridge(["feeds", "discover"], { environment: bridge.settings });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("The API would not list device clusters");
  });
});
