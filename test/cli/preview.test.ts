import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { HUB, MINUTE_MS, startBridge, START, type BridgeUnderTest } from "../integration/bridge-under-test.ts";
import { addRecords, ROOMS } from "../integration/two-feeds.ts";
import { spawnBridge, type } from "./terminal.ts";

beforeAll(sharedAzurite);

async function previewOf(bridge: BridgeUnderTest, ...more: readonly string[]) {
  const typed = { environment: bridge.settings, time: { now: () => bridge.clock.now } };
  const { exitCode, stdout, stderr } = await type(["preview", "--feed", "rooms", "--json", ...more], typed);
  const text = (await type(["preview", "--feed", "rooms", ...more], typed)).stdout;
  bridge.recorder.heard("printed", "bridge preview", [stdout, stderr, text]);
  return { exitCode, report: JSON.parse(stdout), text };
}

describe("bridge preview", () => {
  it("shows what would be sent and what not, and why, and sends and saves nothing", async () => {
    await using bridge = await startBridge({ feeds: () => [{ ...ROOMS, ownerFilter: "com.example.facilities" }] });
    const [older = "", newer = ""] = addRecords(bridge, ROOMS.recType, [50, 40]);
    const before = await previewOf(bridge);
    expect(before.exitCode).toBe(0);
    expect(before.report.routes).toEqual([
      { route: "rooms@event-hub", counts: { "would be sent": 2 }, sizesChecked: true },
    ]);
    expect(before.report.records).toMatchObject([
      { key: older, fates: { "rooms@event-hub": "would be sent" } },
      { key: newer, fates: { "rooms@event-hub": "would be sent" } },
    ]);
    expect(await bridge.state.tableExists()).toBe(false);
    expect(bridge.events()).toEqual([]);

    await bridge.run();
    const large = bridge.microshare.add({
      recType: ROOMS.recType,
      time: START - 30 * MINUTE_MS,
      data: { text: "x".repeat(1_100_000) },
    });
    bridge.microshare.add({ recType: ROOMS.recType, time: START - 25 * MINUTE_MS, ownerOrg: "somebody else" });
    addRecords(bridge, ROOMS.recType, [20]);
    const kept = await bridge.state.contents();
    const { transfers, events } = { ...bridge.hubs.stats(HUB) };
    bridge.clock.now += 10 * MINUTE_MS;

    const { report, text } = await previewOf(bridge, "--from", "2025-03-04T07:00:00Z", "--to", "2025-03-04T08:00:00Z");
    expect(report.routes[0].counts).toEqual({
      "already delivered": 2,
      "too large for the sink": 1,
      "would be sent": 1,
    });
    expect(report.filtered).toBe(1);
    expect(report.records[2]).toMatchObject({ key: large.id, reason: expect.stringContaining("does not fit") });
    expect(text).toContain("2 already delivered; 1 too large for the sink; 1 would be sent");
    expect(text).toContain("1 left out by the owner filter");
    expect(text).toContain("Nothing was sent, nothing was saved.");

    expect(await bridge.state.contents()).toEqual(kept);
    expect(bridge.hubs.stats(HUB)).toMatchObject({ transfers, events });

    // What it said is what the next run does.
    const run = await bridge.run();
    expect(run.summaries[0]).toMatchObject({ delivered: 1, deadLettered: 1 });
  });

  it("tells records that the route does not read from those that it would send", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS], settings: { START_FROM: "PT1H" } });
    addRecords(bridge, ROOMS.recType, [100, 50]);
    const { report } = await previewOf(bridge, "--from", "2025-03-04T06:00:00Z", "--to", "2025-03-04T08:00:00Z");
    expect(report.routes[0].counts).toEqual({ "not read: before the route begins": 1, "would be sent": 1 });
  });

  it("shows so many records and counts the others", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    addRecords(bridge, ROOMS.recType, [50, 40, 30]);
    const { report, text } = await previewOf(bridge, "--limit", "1");
    expect({ shown: report.records.length, more: report.more }).toEqual({ shown: 1, more: 2 });
    expect(text).toContain("and 2 more");
  });

  it("ends with 2 for a feed that is not there and for half a window, as a process of its own", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    const wrong = await spawnBridge(["preview", "--feed", "doors"], { environment: bridge.settings });
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("ROUTE_UNKNOWN");
    expect(wrong.stderr).toContain("--feed: rooms");
    const half = await type(["preview", "--from", "2025-03-04T07:00:00Z"], { environment: bridge.settings });
    expect(half.exitCode).toBe(2);
    expect(half.stderr).toContain("Give both --from and --to");
  });
});
