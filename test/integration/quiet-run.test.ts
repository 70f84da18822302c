// What an hourly run costs when little or nothing is new: calls to the API, per feed and location, and to storage.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, HOUR_MS, START, startBridge } from "./bridge-under-test.ts";
import { entriesOf, feedsOfAllKinds } from "./feeds.ts";

beforeAll(sharedAzurite);

describe("a quiet run", () => {
  it("makes at most eight calls to storage, all of them counted, in a new process too", async () => {
    await using bridge = await startBridge({ settings: { MICROSHARE_REC_TYPE: "io.example.quiet" } });
    for (let hour = 0; hour < 2; hour += 1) {
      expect(failuresOf(await bridge.run())).toEqual([]);
      bridge.nextHour();
    }
    bridge.restart();
    let calls = 0;
    // Storage is called by Node's own client, Microshare is not.
    const count = (): void => void (calls += 1);
    subscribe("http.client.request.start", count);
    try {
      expect(failuresOf(await bridge.run())).toEqual([]);
    } finally {
      unsubscribe("http.client.request.start", count);
    }
    expect(calls).toBeGreaterThan(4);
    expect(calls).toBeLessThanOrEqual(8);
  });

  it("asks the API at most three times for each feed and location, beyond the token", async () => {
    await using bridge = await startBridge({
      simulator: { fleet: { buildings: 2, roomsPerBuilding: 3, devicesPerRoom: 1, startAt: START - 3 * HOUR_MS } },
      feeds: (microshare) => entriesOf(feedsOfAllKinds(microshare)),
      settings: { MICROSHARE_IDENTITY: "examplefac" },
    });
    for (let hour = 0; hour < 3; hour += 1) {
      expect(failuresOf(await bridge.run())).toEqual([]);
      bridge.nextHour();
    }
    // On a plan that starts a new process for each run, nothing is remembered but the state.
    bridge.restart();
    bridge.microshare.resetRequests();
    expect(failuresOf(await bridge.run())).toEqual([]);
    const calls = bridge.microshare.requests.filter(({ server }) => server === "api");
    const reads = calls.filter(({ path }) => path.includes("/share/"));
    const perPart = Map.groupBy(
      reads,
      ({ path, query }) => `${path} ${query.get("id") ?? ""} ${query.get("loc1") ?? ""}`,
    );
    // Eight parts in six feeds; the one call more is the view's definition, or the device cluster.
    expect(perPart.size).toBe(8);
    for (const [part, own] of perPart) expect(own.length, part).toBeLessThanOrEqual(2);
    const others = calls.length - reads.length;
    expect(others).toBeLessThanOrEqual(6);
  });
});
