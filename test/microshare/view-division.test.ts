// The parts a view is read in, known and finer ones, against the simulator over HTTP.
import { describe, expect, it } from "vitest";
import type { FeedOptions } from "../../src/microshare/feed-source.ts";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import type { Window } from "../../src/pipeline/records.ts";
import { ms, pagesOf } from "./feeds.ts";
import { read, startWorld, truth, type World } from "./simulated-world.ts";

const hour: Window = { from: ms("2025-03-04T08:00:00Z"), to: ms("2025-03-04T09:00:00Z") };
const { signal } = new AbortController();
const codes = (source: FeedSource): string[] => (source.takeWarnings?.() ?? []).map(({ code }) => code);

function people({ simulator }: World, changes: Partial<FeedOptions> = {}): Partial<FeedOptions> {
  const [recType = "", id = ""] = simulator.deviceCluster.split("/");
  return {
    kind: "dashboard",
    viewId: simulator.views.peopleDashboard,
    recType: simulator.recTypes.people,
    deviceCluster: { recType, id },
    ...changes,
  };
}

function snapshots({ simulator }: World, changes: Partial<FeedOptions> = {}): Partial<FeedOptions> {
  return {
    kind: "dashboard",
    viewId: simulator.views.snapshotDashboard,
    recType: simulator.recTypes.snapshot,
    locations: simulator.locations,
    viewParameters: { category: "space" },
    ...changes,
  };
}

/** A view that takes patterns for its location and metric, with a `$limit` of its own. */
function patterned(world: World, limit: number, changes: Partial<FeedOptions> = {}): Partial<FeedOptions> {
  const query = `[{"$match": {"recType": "\${recType}", "data.meta.device.0": {"$regex": "\${loc1}"},
    "data.meta.snapshot.metric": {"$regex": "\${metric}"},
    "data.meta.iot.time": {"$gte": "\${from}", "$lte": "\${to}"}}}, {"$limit": ${limit}}]`;
  return {
    viewId: world.simulator.addView({ query }),
    recType: "io.example.burst",
    viewParameters: { loc1: ".", metric: "." },
    locations: ["North Tower", "South Annex"],
    metrics: ["occupancy", "co2"],
    ...changes,
  };
}

/** Records of one and the same instant, three for each place and metric. */
function burst({ simulator }: World): Window {
  for (const place of ["North Tower", "South Annex"])
    for (const metric of ["occupancy", "co2"])
      for (const device of ["a", "b", "c"])
        simulator.add({
          recType: "io.example.burst",
          time: hour.from,
          place: [place],
          metric,
          category: "space",
          device: `${place} ${metric} ${device}`,
        });
  return { from: hour.from, to: hour.from + 1 };
}

/** As the pipeline does it: whole first, then in finer parts for as long as they are too full. */
async function readFiner(source: FeedSource, window: Window, part: string): Promise<string[]> {
  const pages = await pagesOf(source, window, { part });
  if (pages.every(({ saturated }) => saturated === undefined)) return read(source, window, part);
  const finer = await source.finerParts?.(part, signal);
  if (finer === undefined) throw new Error(`${part} is too full`);
  return (await Promise.all(finer.map((one) => readFiner(source, window, one)))).flat().toSorted();
}

describe("the locations of a dashboard over time", () => {
  it("include those that discovery no longer finds, with a warning", async () => {
    const world = await startWorld();
    const source = world.feed(people(world));
    const known = [...world.simulator.locations, "Old Wing", "loc1=Gone; metric=co2", "", "category=space"];
    expect(await source.parts(signal, known)).toEqual([...world.simulator.locations, "Old Wing", "Gone"]);
    expect(source.takeWarnings?.()).toMatchObject([
      {
        code: "LOCATION_VANISHED",
        message: expect.stringContaining('"Old Wing", "Gone"'),
        fix: expect.stringContaining("MICROSHARE_LOCATIONS"),
      },
    ]);
    await source.parts(signal, known);
    expect(world.calls("device")).toHaveLength(1);
    expect(codes(source)).toEqual([]);
  });

  it("are exactly those found where all of them are known", async () => {
    const world = await startWorld();
    const source = world.feed(people(world));
    expect(await source.parts(signal, world.simulator.locations)).toEqual(world.simulator.locations);
    expect(codes(source)).toEqual([]);
  });

  it("are exactly those of the list, whatever was read before", async () => {
    const world = await startWorld();
    const source = world.feed(snapshots(world, { locations: ["South Annex"], metrics: ["occupancy"] }));
    expect(await source.parts(signal, ["North Tower", "Old Wing"])).toEqual(["loc1=South Annex; metric=occupancy"]);
    expect(codes(source)).toEqual([]);
  });
});

describe("several metrics and categories", () => {
  it("are read each on its own, for each location, where the view needs one", async () => {
    const world = await startWorld();
    const { simulator } = world;
    const metrics = [
      ...new Set(simulator.visible({ recType: simulator.recTypes.snapshot }).map(({ metric }) => metric)),
    ];
    const named = metrics.filter((metric) => metric !== undefined);
    expect(named.length).toBeGreaterThan(1);
    const source = world.feed(snapshots(world, { metrics: named }));
    const parts = await source.parts(signal, []);
    expect(parts).toEqual(
      simulator.locations.flatMap((location) => named.map((metric) => `loc1=${location}; metric=${metric}`)),
    );
    let found = 0;
    for (const part of parts) found += (await read(source, hour, part)).length;
    const expected = simulator
      .visible({ recType: simulator.recTypes.snapshot, by: "time", ...hour, currentOnly: true })
      .filter(({ category }) => category === "space");
    expect(found).toBe(expected.length);
    expect(codes(source)).toEqual([]);
  });

  it("are believed where the definition cannot be read", async () => {
    const world = await startWorld();
    world.simulator.faults.fail({ status: 403 }, { path: "/view/" });
    const source = world.feed(
      snapshots(world, { locations: ["x"], viewParameters: {}, categories: ["space", "people"] }),
    );
    expect(await source.parts(signal, [])).toEqual(["loc1=x; category=space", "loc1=x; category=people"]);
  });

  it("have no effect on a view without the placeholder, with a warning", async () => {
    const world = await startWorld();
    const source = world.feed(people(world, { metrics: ["in", "out"], categories: ["people"] }));
    expect(await source.parts(signal, [])).toEqual(world.simulator.locations);
    expect(source.takeWarnings?.()).toMatchObject([
      { code: "VIEW_SETTING_UNUSED", message: expect.stringContaining("MICROSHARE_CATEGORIES") },
      { code: "VIEW_SETTING_UNUSED", message: expect.stringContaining("MICROSHARE_METRICS") },
    ]);
    expect(await source.finerParts?.("North Tower", signal)).toBeUndefined();
  });

  it.each(['5" pipe', "a\\b"])("are refused where they would break the view's JSON: %s", async (metric) => {
    const world = await startWorld();
    const source = world.feed(snapshots(world, { metrics: [metric], locations: ["x"] }));
    const [part = ""] = await source.parts(signal, []);
    await expect(pagesOf(source, hour, { part })).rejects.toMatchObject({
      code: "REQUEST_REJECTED",
      message: expect.stringContaining(`metric ${JSON.stringify(metric)}`),
      fix: expect.stringContaining("MICROSHARE_METRICS"),
    });
  });
});

describe("one instant that is too full", () => {
  it("is divided by location, then by metric, and nothing of it is missing", async () => {
    const world = await startWorld({ fleet: { buildings: 0 } });
    const instant = burst(world);
    const all = truth(world, "io.example.burst", "time", instant);
    expect(all).toHaveLength(12);
    const source = world.feed(patterned(world, 5));
    expect(await source.parts(signal, [])).toEqual([""]);
    expect(await source.finerParts?.("", signal)).toEqual(["North Tower", "South Annex"]);
    expect(await source.finerParts?.("North Tower", signal)).toEqual([
      "loc1=North Tower; metric=occupancy",
      "loc1=North Tower; metric=co2",
    ]);
    expect(await source.finerParts?.("loc1=North Tower; metric=co2", signal)).toBeUndefined();
    expect(await readFiner(source, instant, "")).toEqual(all);
    await expect(readFiner(world.feed(patterned(world, 3)), instant, "")).rejects.toThrow(
      "metric=occupancy is too full",
    );
  });

  it("is divided by the locations that discovery finds, asked once", async () => {
    const world = await startWorld();
    const [recType = "", id = ""] = world.simulator.deviceCluster.split("/");
    const { locations: _, ...view } = patterned(world, 5);
    const source = world.feed({ ...view, deviceCluster: { recType, id } });
    expect(world.calls("device")).toHaveLength(0);
    expect(await source.finerParts?.("", signal)).toEqual(world.simulator.locations);
    await source.finerParts?.("", signal);
    expect(world.calls("device")).toHaveLength(1);
  });

  it("is not divided where the feed names nothing, or a name would be a pattern itself", async () => {
    const world = await startWorld();
    const finer = (changes: Partial<FeedOptions>) => world.feed(patterned(world, 5, changes)).finerParts?.("", signal);
    expect(await finer({ locations: [], metrics: ["one"] })).toBeUndefined();
    expect(await finer({ locations: ["Tower (A)", "Tower (B)"], metrics: [] })).toBeUndefined();
    expect(await finer({ locations: ["1. OG", "2. OG"] })).toEqual(["1. OG", "2. OG"]);
    expect(await finer({ locations: ["Tower (A)", "B"] })).toEqual(["metric=occupancy", "metric=co2"]);
  });
});
