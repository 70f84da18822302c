import { describe, expect, it } from "vitest";
import type { MicroshareApi } from "../../src/microshare/api.ts";
import { createFeedSource, type FeedOptions } from "../../src/microshare/feed-source.ts";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import { defined, envelopeOf, fakeApi, hour, ms, options, pagesOf, recordsOf, sample } from "./feeds.ts";

function dashboard(api: MicroshareApi, changes: Partial<FeedOptions> = {}): FeedSource {
  return createFeedSource(api, options({ kind: "dashboard", locations: ["North Tower"], ...changes }), {
    jitterMs: () => 3,
    definitions: defined(),
  });
}

const { signal } = new AbortController();
const empty = () => fakeApi(() => envelopeOf([]));
const morning = { from: ms("2025-03-04T08:00:00Z"), to: ms("2025-03-04T11:00:00Z") };
const people = "io.microshare.peoplecounter.unpacked.event.agg";

const devices = (locations: unknown[]) =>
  envelopeOf([{ data: { devices: locations.map((location) => ({ meta: { location } })) } }]);
const bare = (changes: Partial<FeedOptions>) =>
  createFeedSource(empty(), options({ kind: "dashboard", ...changes }), { jitterMs: () => 1, definitions: defined() });

describe("the request of a dashboard", () => {
  it("names the location and gives every field, by its own name where it is not needed", async () => {
    const api = empty();
    await pagesOf(dashboard(api, { recType: "io.example" }), hour, { part: "North Tower" });
    expect(Object.fromEntries(api.calls[0]?.query ?? [])).toMatchObject({
      loc1: "North Tower",
      ownerOrg: '"[a-zA-Z]"',
      ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((number) => [`field${number}`, `field${number}`])),
    });
    expect(api.calls[0]?.query.has("category")).toBe(false);
  });

  it("asks for the fields that a known record type has", async () => {
    const api = empty();
    await pagesOf(dashboard(api), hour, { part: "North Tower" });
    await pagesOf(dashboard(api, { recType: people }), hour, { part: "North Tower" });
    const fields = api.calls.map(({ query }) => [1, 2, 3, 4].map((number) => query.get(`field${number}`)));
    expect(fields).toEqual([
      ["current", "field2", "field3", "field4"],
      ["daily_total", "meta", "change", "field4"],
    ]);
  });

  it("lets the user's parameters win", async () => {
    const api = empty();
    const viewParameters = { field1: "mine", ownerOrg: '"x"', category: "space", metric: "occupancy", extra: "1" };
    await pagesOf(dashboard(api, { viewParameters }), hour, { part: "North Tower" });
    expect(Object.fromEntries(api.calls[0]?.query ?? [])).toMatchObject(viewParameters);
  });

  it.each(['Café "Blue"', "back\\slash", "two\nlines", "a${from}b"])(
    "is refused for a location that would break the view's JSON: %s",
    async (location) => {
      const api = empty();
      await expect(pagesOf(dashboard(api), hour, { part: location })).rejects.toMatchObject({
        code: "REQUEST_REJECTED",
        message: expect.stringContaining(JSON.stringify(location)),
      });
      expect(api.calls).toEqual([]);
    },
  );

  it.each(["Café Blue", "50% & more + #1", "$100 room", "東京"])(
    "carries any other name as it is: %s",
    async (location) => {
      const api = empty();
      await pagesOf(dashboard(api), hour, { part: location });
      expect(api.calls[0]?.query.get("loc1")).toBe(location);
    },
  );
});

describe("the records of a dashboard", () => {
  it("are its entries, with the ids of the records behind them where it tells them", async () => {
    const records = await recordsOf(
      dashboard(
        fakeApi(() => sample("dashboard-people-counter.json")),
        { recType: people },
      ),
      morning,
    );
    expect(records.length).toBeGreaterThan(4);
    expect(records[0]).toMatchObject({
      recType: people,
      key: "67c6b66800aa00bb0000000f",
      version: expect.stringMatching(/^h:/),
      time: ms("2025-03-04T08:14:31.105Z"),
      storedAt: ms("2025-03-04T08:14:32Z"),
    });
  });

  it("are told apart by place, category, metric and time where it tells no ids", async () => {
    const records = await recordsOf(dashboard(fakeApi(() => sample("dashboard-hourly-snapshot.json"))), morning);
    expect(records).toHaveLength(6);
    expect(new Set(records.map((record) => record.key)).size).toBe(6);
    expect(records[0]).toMatchObject({
      key: expect.stringMatching(/^k:/),
      time: morning.from,
      device: "North Tower/1st Floor/Room 101/A1-B2-C3-00-00-00-00-01",
    });
    expect(Object.hasOwn(records[0] ?? {}, "storedAt")).toBe(false);
  });

  it("of the next hour are left to the next window, although its first millisecond was asked for", async () => {
    const source = dashboard(fakeApi(() => sample("dashboard-hourly-snapshot.json")));
    const times = (await recordsOf(source, { from: morning.from, to: morning.to - 3_600_000 })).map(
      (record) => record.time,
    );
    expect(new Set(times)).toEqual(new Set([morning.from, morning.from + 3_600_000]));
  });

  it("carry no owner, so that an owner filter stops the feed", async () => {
    const source = dashboard(
      fakeApi(() => sample("dashboard-hourly-snapshot.json")),
      { ownerFilter: "com.example" },
    );
    await expect(pagesOf(source, morning)).rejects.toMatchObject({ code: "OWNER_UNKNOWN" });
  });

  it("are not compared with the count of places", async () => {
    const [page] = await pagesOf(dashboard(fakeApi(() => sample("dashboard-hourly-snapshot.json"))), morning);
    expect(page?.hidden).toBe(0);
  });
});

describe("the locations of a dashboard", () => {
  const cluster = { recType: "io.microshare.peoplecounter.packed", id: "673b14ee00aa00bb00000016" };
  const discovering = (api: MicroshareApi) =>
    createFeedSource(api, options({ kind: "dashboard", deviceCluster: cluster }), {
      jitterMs: () => 1,
      definitions: defined(),
    });

  it("are those given, each once", async () => {
    expect(await dashboard(empty(), { locations: ["b", "a", "b"] }).parts(signal, [])).toEqual(["b", "a"]);
  });

  it("are found through the device cluster, asked once", async () => {
    const api = fakeApi(() => sample("device-cluster.json"));
    const source = discovering(api);
    expect(await source.parts(signal, [])).toEqual(["North Tower", "South Annex"]);
    expect(await source.parts(signal, [])).toEqual(["North Tower", "South Annex"]);
    expect(api.calls.map(({ path, query }) => `${path}?${query.toString()}`)).toEqual([
      "/device/io.microshare.peoplecounter.packed/673b14ee00aa00bb00000016?details=true",
    ]);
  });

  it("are trimmed; devices without one are passed over", async () => {
    const api = fakeApi(() => devices([["Hall "], [], undefined, [""], ["  "], [" Hall"], [5, "Roof"]]));
    expect(await discovering(api).parts(signal, [])).toEqual(["Hall", "Roof"]);
  });

  it("are asked for again after a failure", async () => {
    let calls = 0;
    const source = discovering(fakeApi(() => (calls++ === 0 ? { objs: 5 } : sample("device-cluster.json"))));
    await expect(source.parts(signal, [])).rejects.toMatchObject({ code: "RESPONSE_UNREADABLE" });
    expect(await source.parts(signal, [])).toHaveLength(2);
  });

  it.each([
    ["no cluster", envelopeOf([]), "NOT_FOUND"],
    ["a cluster that is not shown", envelopeOf([], { totalCount: 1 }), "RIGHTS_FILTERED"],
    ["a cluster without locations", devices([[], undefined]), "NOT_FOUND"],
    ["a cluster without devices", envelopeOf([{ data: {} }]), "NOT_FOUND"],
    ["something else", { hello: 1 }, "RESPONSE_UNREADABLE"],
  ])("cannot be found in %s", async (_name, answer, code) => {
    await expect(discovering(fakeApi(() => answer)).parts(signal, [])).rejects.toMatchObject({
      code,
      message: expect.stringContaining("io.microshare.peoplecounter.packed/673b14ee00aa00bb00000016"),
      fix: expect.stringContaining("MICROSHARE_DEVICE_CLUSTER"),
    });
  });

  it("never let a secret of the cluster out", async () => {
    const secret = "5e3c7e75";
    const body = sample("device-cluster.json").toString("utf8").replaceAll("REDACTED", secret);
    expect(JSON.stringify(await discovering(fakeApi(() => body)).parts(signal, []))).not.toContain(secret);
    const broken = body.replaceAll(/"North Tower"|"South Annex"/g, '""');
    const error: unknown = await discovering(fakeApi(() => broken))
      .parts(signal, [])
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "NOT_FOUND" });
    expect(String(error) + JSON.stringify(error)).not.toContain(secret);
  });

  it("are one nameless part where the user gives loc1, and a setting is missing where nothing is given", async () => {
    expect(await bare({ viewParameters: { loc1: "x" } }).parts(signal, [])).toEqual([""]);
    await expect(bare({ locations: [] }).parts(signal, [])).rejects.toMatchObject({
      code: "SETTINGS_INVALID",
      fix: expect.stringContaining("MICROSHARE_LOCATIONS"),
    });
  });
});
