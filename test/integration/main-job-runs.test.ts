// How runs behave: what they say, what they cost, and that no way of starting one repeats anything.
import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { startFaultProxy } from "../state/fault-proxy.ts";
import {
  failuresOf,
  HOUR_MS,
  MINUTE_MS,
  START,
  startBridge,
  summaryOf,
  type BridgeUnderTest,
} from "./bridge-under-test.ts";
import { addRecords, DOORS, keysOf, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

function calls(bridge: BridgeUnderTest, server: "api" | "auth" | "app"): number {
  return bridge.microshare.requests.filter((request) => request.server === server).length;
}

describe.concurrent("a run", () => {
  it("says loudly that it is the first, and where it begins, even when only warnings are written", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS], settings: { LOG_LEVEL: "warn" } });
    const line = "No state was found for route rooms@event-hub: this is its first run, from 2025-03-04T06:00:00.000Z";
    expect((await bridge.run()).lines).toEqual([line]);
    bridge.nextHour();
    bridge.restart();
    expect((await bridge.run()).lines).toEqual([]);
  });

  it("sums up each route in one line of JSON, and keeps it in the run history", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS, DOORS] });
    addRecords(bridge, ROOMS.recType, [50, 20]);
    await bridge.run();
    bridge.nextHour();
    addRecords(bridge, ROOMS.recType, [10]);
    const run = await bridge.run({ pastDue: true });
    expect(run.lines.filter((line) => line.startsWith("Microshare {"))).toHaveLength(2);
    expect(summaryOf(run, "rooms")).toEqual({
      run: expect.stringMatching(/^[0-9a-f-]{36}$/),
      route: "rooms@event-hub",
      outcome: "caught-up",
      read: 3,
      delivered: 1,
      alreadyDelivered: 2,
      filtered: 0,
      deadLettered: 0,
      leftForNextRun: 0,
      updates: 0,
      late: 0,
      pages: expect.any(Number),
      bytesRead: expect.any(Number),
      batches: 1,
      bytesSent: expect.any(Number),
      slices: expect.any(Number),
      watermark: "2025-03-04T08:59:00.000Z",
      lagSeconds: 60,
      pastDue: true,
      startedAt: "2025-03-04T09:00:00.000Z",
      durationMs: expect.any(Number),
    });
    const history = await bridge.state.history("rooms");
    expect(history.map(({ startedAt }) => startedAt)).toEqual(["2025-03-04T09:00:00.000Z", "2025-03-04T08:00:00.000Z"]);
    expect(history[0]).toEqual(summaryOf(run, "rooms"));
    expect(await bridge.state.watermark("rooms")).toBe("2025-03-04T08:59:00.000Z");
  });

  it("repeats nothing, whether it is past due, fired twice, or the first of a new process", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    const ids = addRecords(bridge, ROOMS.recType);
    await bridge.run();
    await bridge.run();
    bridge.restart();
    await bridge.run({ pastDue: true });
    bridge.clock.now += 3 * HOUR_MS;
    ids.push(...addRecords(bridge, ROOMS.recType, [170, 90, 3]));
    await bridge.run({ pastDue: true });
    await bridge.run();
    await bridge.runElsewhere();
    expect(keysOf(bridge, "rooms")).toEqual(ids.toSorted());
  });

  it("costs few calls to the API and to storage, and none to the hub, when nothing is new", async () => {
    const { tableUrl } = await sharedAzurite();
    const proxy = await startFaultProxy(tableUrl);
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    bridge.closeWith(proxy);
    addRecords(bridge, ROOMS.recType);
    const storage = bridge.settings["AzureWebJobsStorage"] ?? "";
    bridge.set({ AzureWebJobsStorage: storage.replace(/TableEndpoint=[^;]*/, `TableEndpoint=${proxy.url}`) });
    await bridge.run();
    bridge.nextHour();
    await bridge.run();
    bridge.nextHour();
    bridge.microshare.resetRequests();
    proxy.reset();
    const transfers = bridge.hubs.stats("microshare").transfers;
    bridge.hubs.faults.refuseTokens();
    expect(summaryOf(await bridge.run(), "rooms")).toMatchObject({ outcome: "caught-up", delivered: 0 });
    // One for what is new, one for the lookback.
    expect(calls(bridge, "api")).toBeLessThanOrEqual(2);
    expect(calls(bridge, "auth")).toBe(0);
    // Lease, checkpoint, ledger, saves, compaction, history.
    expect(proxy.requests.length).toBeLessThanOrEqual(8);
    expect(bridge.hubs.stats("microshare").transfers).toBe(transfers);
  });

  it("uses the token of the run before, and a new one well before it expires", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS, DOORS] });
    for (let hour = 0; hour < 47; hour += 6) {
      bridge.clock.now = START + hour * HOUR_MS;
      await bridge.run();
    }
    expect(calls(bridge, "auth")).toBe(1);
    bridge.clock.now = START + 48 * HOUR_MS - 10 * MINUTE_MS;
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(calls(bridge, "auth")).toBe(2);
    expect(bridge.microshare.requests.filter(({ status }) => status === 401)).toEqual([]);
  });

  it("logs in once more when its token is withdrawn while it reads", async () => {
    await using bridge = await startBridge({ feeds: () => [{ ...ROOMS, pageSize: 2 }, DOORS] });
    const rooms = addRecords(bridge, ROOMS.recType);
    const doors = addRecords(bridge, DOORS.recType);
    const { faults } = bridge.microshare;
    faults.delay(async () => faults.expireTokens(), { path: "page=2", times: 1 });
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(calls(bridge, "auth")).toBe(2);
    expect(bridge.microshare.requests.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
    expect(keysOf(bridge, "doors")).toEqual(doors.toSorted());
  });

  it("logs in through the web page when told to, without an API key", async () => {
    await using bridge = await startBridge({
      feeds: () => [ROOMS],
      settings: { MICROSHARE_AUTH_MODE: "web", MICROSHARE_API_KEY: undefined },
    });
    const rooms = addRecords(bridge, ROOMS.recType);
    expect(failuresOf(await bridge.run())).toEqual([]);
    bridge.nextHour();
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect([calls(bridge, "app"), calls(bridge, "auth")]).toEqual([1, 0]);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
  });

  it("waits as long as the API asks, and goes on in the same run", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    const rooms = addRecords(bridge, ROOMS.recType);
    bridge.microshare.faults.fail({ status: 429, headers: { "retry-after": "7" } }, { path: ROOMS.recType, times: 1 });
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(bridge.waits).toHaveLength(1);
    expect(bridge.waits[0]).toBeGreaterThanOrEqual(7_000);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
  });

  it("gives up an answer that does not come, and asks again", async () => {
    await using bridge = await startBridge({
      feeds: () => [ROOMS],
      settings: { MICROSHARE_REQUEST_TIMEOUT: "PT1S" },
    });
    const rooms = addRecords(bridge, ROOMS.recType);
    const hang = bridge.microshare.faults.hang({ path: ROOMS.recType, times: 1 });
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(hang.hits).toBe(1);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
  });

  it("forwards the records of the owners asked for, and counts the others", async () => {
    await using bridge = await startBridge({ feeds: () => [{ ...ROOMS, ownerFilter: "example.facilities" }] });
    const [own = ""] = addRecords(bridge, ROOMS.recType, [30]);
    bridge.microshare.add({ recType: ROOMS.recType, time: START - 20 * MINUTE_MS, ownerOrg: "com.example.neighbour" });
    expect(summaryOf(await bridge.run(), "rooms")).toMatchObject({ read: 2, delivered: 1, filtered: 1 });
    expect(keysOf(bridge, "rooms")).toEqual([own]);
  });

  it("forwards from a share list what carries every tag of the data context, and counts the rest", async () => {
    await using bridge = await startBridge({
      settings: {
        MICROSHARE_REC_TYPE: ROOMS.recType,
        MICROSHARE_DATA_CONTEXT: `["Example Facilities","solutions"]`,
      },
    });
    const [own = ""] = addRecords(bridge, ROOMS.recType, [30]);
    const other = { recType: ROOMS.recType, time: START - 20 * MINUTE_MS };
    bridge.microshare.add({ ...other, global: ["Example Facilities"] });
    bridge.microshare.add({ ...other, global: [] });
    expect(summaryOf(await bridge.run())).toMatchObject({ read: 3, delivered: 1, filtered: 2 });
    expect(keysOf(bridge, "default")).toEqual([own]);
  });

  it("gives every feed its turn when one fails, and then fails with the code and what to do", async () => {
    const broken = { name: "broken", kind: "share", recType: "io.example.broken" };
    await using bridge = await startBridge({ feeds: () => [ROOMS, broken, DOORS] });
    const rooms = addRecords(bridge, ROOMS.recType);
    const doors = addRecords(bridge, DOORS.recType);
    bridge.microshare.quirks.deniedRecTypes = [broken.recType];
    const run = await bridge.run();
    expect(failuresOf(run)).toMatchObject([{ code: "ACCESS_DENIED" }]);
    expect(String(run.error)).toMatch(
      /1 of 3 routes failed\. broken@event-hub: ACCESS_DENIED: Feed "broken": .* Ask the owner of the data for a sharing rule/,
    );
    expect(run.summaries.map(({ route, outcome }) => [route, outcome].join(" ")).toSorted()).toEqual([
      "broken@event-hub blocked",
      "doors@event-hub caught-up",
      "rooms@event-hub caught-up",
    ]);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
    expect(keysOf(bridge, "doors")).toEqual(doors.toSorted());
    expect(await bridge.state.history("broken")).toMatchObject([
      { outcome: "blocked", error: { code: "ACCESS_DENIED" } },
    ]);
  });

  it("reads the other places of a dashboard when one cannot be asked for", async () => {
    await using bridge = await startBridge({
      simulator: { fleet: { buildings: 3, roomsPerBuilding: 1, devicesPerRoom: 1, startAt: START - 4 * HOUR_MS } },
      feeds: ({ recTypes, views, viewRecType, dataContext, locations }) => [
        {
          name: "places",
          kind: "dashboard",
          recType: recTypes.snapshot,
          viewId: views.snapshotDashboard,
          viewRecType,
          dataContext,
          locations,
          viewParameters: { category: "space", metric: "occupancy" },
        },
      ],
    });
    const quoted = bridge.microshare.locations.filter((name) => name.includes('"'));
    const run = await bridge.run();
    expect(failuresOf(run)).toMatchObject([
      { code: "REQUEST_REJECTED", fix: expect.stringContaining("MICROSHARE_LOCATIONS") },
    ]);
    const places = new Set(
      bridge.events("places").map(({ body }) => String(/"tags":\["((?:[^"\\]|\\.)*)"/.exec(body.toString())?.[1])),
    );
    expect(quoted).toHaveLength(1);
    expect([...places].toSorted()).toEqual(
      bridge.microshare.locations.filter((name) => !quoted.includes(name)).toSorted(),
    );
  });
});
