// Counting the records of a window with a counting view, against the simulator over HTTP.
import { describe, expect, it } from "vitest";
import type { FeedOptions } from "../../src/microshare/feed-source.ts";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import type { Window } from "../../src/pipeline/records.ts";
import { failureOf } from "./fake-platform.ts";
import { ms, recordsOf } from "./feeds.ts";
import { settled, startWorld, truth, type World } from "./simulated-world.ts";

const hour: Window = { from: ms("2025-03-04T08:00:00Z"), to: ms("2025-03-04T09:00:00Z") };
const { signal } = new AbortController();
const recType = "io.example.counted";

const count = (source: FeedSource, window: Window, part = "") => source.countRecords?.({ part, window, signal });
const motion = ({ simulator }: World, changes: Partial<FeedOptions> = {}): Partial<FeedOptions> => ({
  viewId: simulator.views.eventPassThrough,
  recType: simulator.recTypes.motion,
  dataContext: [],
  countViewId: simulator.views.counting,
  ...changes,
});

function countingView({ simulator }: World, match: string, limit = 5000): string {
  return simulator.addView({
    query: `[{"$match": {"recType": "\${recType}", ${match}}}, {"$limit": ${limit}}, {"$count": "n"}]`,
  });
}

const between = (field: string, from: string, to: string): string => {
  const bound = (name: string) => (field === "createDate" ? `{"$date": "\${${name}}"}` : `"\${${name}}"`);
  return `"${field}": {"${from}": ${bound("from")}, "${to}": ${bound("to")}}`;
};

/** One record at each end of an hour, just inside and just outside. */
async function startEdges(): Promise<World> {
  const world = await startWorld({ fleet: { buildings: 0 } });
  for (const time of [hour.from - 1, hour.from, hour.from + 1, hour.to - 1, hour.to, hour.to + 1])
    world.simulator.add({ recType, time });
  return world;
}

describe("the counting view of a feed", () => {
  it("counts what reading finds, hour by hour, for a view and for a share list", async () => {
    const world = await startWorld({ fleet: { foreignShare: 0 } });
    for (const kind of ["view", "share"] as const) {
      const source = world.feed(motion(world, { kind }));
      for (let from = settled.from; from < settled.to; from += 3_600_000) {
        const window = { from, to: Math.min(settled.to, from + 3_600_000) };
        const expected = truth(world, world.simulator.recTypes.motion, "storedAt", window);
        expect(await count(source, window)).toBe(expected.length);
        expect(new Set((await recordsOf(source, window)).map(({ eventId }) => eventId)).size).toBe(expected.length);
      }
      expect(source.takeWarnings?.()).toEqual([]);
    }
  });

  it.each([
    ["$gte", "$lte"],
    ["$gt", "$lt"],
    ["$gt", "$lte"],
    ["$gte", "$lt"],
  ])("counts the exact window, whatever its bounds are: %s and %s", async (from, to) => {
    const world = await startEdges();
    for (const field of ["createDate", "data.meta.iot.time"]) {
      const countViewId = countingView(world, between(field, from, to));
      const timeField = field === "createDate" ? "createDate" : "data.meta.iot.time";
      expect(await count(world.feed(motion(world, { recType, countViewId, timeField })), hour)).toBe(3);
    }
  });

  it("is taken to have inclusive bounds where it cannot be read, so that it never counts too many", async () => {
    const world = await startEdges();
    world.simulator.faults.fail({ status: 403 }, { path: "/view/" });
    const inclusive = countingView(world, between("createDate", "$gte", "$lte"));
    const exclusive = countingView(world, between("createDate", "$gt", "$lt"));
    expect(await count(world.feed(motion(world, { recType, countViewId: inclusive })), hour)).toBe(3);
    expect(await count(world.feed(motion(world, { recType, countViewId: exclusive })), hour)).toBe(1);
  });

  it("counts none as none", async () => {
    const world = await startEdges();
    expect(await count(world.feed(motion(world, { recType: "io.example.none" })), hour)).toBe(0);
  });

  it("says nothing where its count reaches its limit", async () => {
    const world = await startEdges();
    const limited = (limit: number) =>
      world.feed(
        motion(world, { recType, countViewId: countingView(world, between("createDate", "$gte", "$lte"), limit) }),
      );
    expect(await count(limited(4), hour)).toBe(3);
    expect(await count(limited(3), hour)).toBeUndefined();
    expect(limited(3).takeWarnings?.()).toEqual([]);
  });

  it("costs one call per window, and one a day for its definition", async () => {
    const world = await startEdges();
    const source = world.feed({ ...motion(world, { recType, kind: "share" }) });
    await count(source, hour);
    await count(source, settled);
    expect(world.calls("view")).toHaveLength(1);
    expect(world.calls("share")).toHaveLength(2);
  });

  it("is absent where the feed names none", async () => {
    const world = await startEdges();
    const { countViewId: _, ...plain } = motion(world);
    expect(world.feed(plain)).not.toHaveProperty("countRecords");
    expect(world.feed({ ...plain, kind: "share" })).not.toHaveProperty("countRecords");
  });

  it("counts each part of a dashboard by the part's own placeholders", async () => {
    const world = await startWorld();
    const { simulator } = world;
    const match = `"data.meta.device.0": "\${loc1}", "data.meta.global": {"$all": \${dataContext}}, ${between("data.meta.iot.time", "$gte", "$lte")}`;
    const source = world.feed({
      kind: "dashboard",
      viewId: simulator.views.peopleDashboard,
      recType: simulator.recTypes.people,
      locations: simulator.locations,
      countViewId: countingView(world, match),
    });
    for (const part of await source.parts(signal, [])) {
      const read = await recordsOf(source, hour, { part });
      expect(read.length).toBeGreaterThan(2);
      expect(await count(source, hour, part)).toBe(read.length);
    }
    expect(source.takeWarnings?.()).toEqual([]);
  });
});

describe("a counting view that cannot be used", () => {
  it.each<[string, (world: World) => Partial<FeedOptions>, string]>([
    [
      "counts by another clock",
      () => ({ timeField: "data.time" }),
      "counts by createDate, while the feed is read by data.time",
    ],
    [
      "counts all tags while the feed reads some",
      ({ simulator }) => ({ viewId: simulator.views.snapshotFlat, dataContext: ["room"], timeField: "createDate" }),
      "no placeholder dataContext",
    ],
    [
      "counts all sizes while the feed reads one",
      () => ({ viewParameters: { size: "5" }, viewId: "a".repeat(24), viewLimit: 9 }),
      "no placeholder size",
    ],
    ["does not count", ({ simulator }) => ({ countViewId: simulator.views.eventPassThrough }), "does not count"],
    ["does not exist", () => ({ countViewId: "f".repeat(24) }), "404"],
  ])("is a warning and no failure: it %s", async (_name, changes, words) => {
    const world = await startWorld();
    const source = world.feed(motion(world, changes(world)));
    expect(await count(source, hour)).toBeUndefined();
    const calls = world.calls().length;
    expect(await count(source, settled)).toBeUndefined();
    expect(world.calls()).toHaveLength(calls);
    const warnings = (source.takeWarnings?.() ?? []).filter(({ code }) => code === "COUNT_UNAVAILABLE");
    expect(warnings).toMatchObject([
      {
        message: expect.stringContaining(words),
        fix: expect.stringMatching(/MICROSHARE_COUNT_VIEW_ID|Reading goes on/),
      },
    ]);
  });

  it("is one that answers with something else, where its definition cannot be read", async () => {
    const world = await startWorld();
    world.simulator.faults.fail({ status: 403 }, { path: "/view/" });
    for (const countViewId of [world.simulator.views.eventPassThrough, world.simulator.views.projected]) {
      const source = world.feed(motion(world, { countViewId, viewLimit: 999 }));
      expect(await count(source, { from: hour.from, to: hour.from + 60_000 })).toBeUndefined();
      expect(source.takeWarnings?.()).toMatchObject([
        { message: expect.stringContaining("something else than one count") },
      ]);
    }
  });

  it("is one that counts more than it shows", async () => {
    const world = await startWorld();
    const source = world.feed(motion(world, { kind: "share" }));
    world.simulator.faults.emptyObjs({ path: world.simulator.views.counting, after: 1 });
    expect(await count(source, hour)).toBeUndefined();
  });

  it("does not hide that the run's time is up", async () => {
    const world = await startWorld();
    const stopped = new AbortController();
    const source = world.feed(motion(world, { kind: "share" }));
    stopped.abort();
    const late = source.countRecords?.({ part: "", window: hour, signal: stopped.signal }) ?? Promise.resolve();
    expect((await failureOf(late)).code).toBe("OUT_OF_TIME");
  });
});
