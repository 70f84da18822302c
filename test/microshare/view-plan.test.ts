// What a feed does with the definition of its view, against the simulator over HTTP.
import { describe, expect, it } from "vitest";
import type { FeedOptions } from "../../src/microshare/feed-source.ts";
import type { FeedSource, PageRequest } from "../../src/pipeline/ports.ts";
import type { Page, Window } from "../../src/pipeline/records.ts";
import { failureOf } from "./fake-platform.ts";
import { ms, pagesOf, recordsOf } from "./feeds.ts";
import { now, read, settled, startWorld, truth, type World } from "./simulated-world.ts";

const HOUR_MS = 3_600_000;
const hour: Window = { from: ms("2025-03-04T08:00:00Z"), to: ms("2025-03-04T09:00:00Z") };
const { signal } = new AbortController();

const inWindow = `"recType": "\${recType}", "data.meta.iot.time": {"$gte": "\${from}", "$lte": "\${to}"}`;

/** The motion view with a `$limit` of 25, of which every hour has more records. */
const limited = ({ simulator }: World, changes: Partial<FeedOptions> = {}): Partial<FeedOptions> => ({
  viewId: simulator.views.smallLimit,
  recType: simulator.recTypes.motion,
  ...changes,
});

/** A view of the motion records with these stages behind its match. */
function withStages({ simulator }: World, ...stages: string[]): Partial<FeedOptions> {
  const query = `[{"$match": {${inWindow}}}${stages.map((stage) => `, ${stage}`).join("")}]`;
  return { viewId: simulator.addView({ query }), recType: simulator.recTypes.motion };
}

async function lastPage(source: FeedSource, window: Window, part = ""): Promise<Page | undefined> {
  return (await pagesOf(source, window, { part })).at(-1);
}

const codes = (source: FeedSource): string[] => (source.takeWarnings?.() ?? []).map(({ code }) => code);
const unreadable = (times = Number.POSITIVE_INFINITY) => ({ path: "/view/", times });

describe("the definition of a feed's view", () => {
  it("is asked for once a day in a process, whatever the number of feeds and runs", async () => {
    const world = await startWorld();
    for (let run = 0; run < 24; run += 1) {
      for (const part of ["", ""]) await pagesOf(world.feed(limited(world)), hour, { part });
      world.clock.now = now + run * HOUR_MS;
    }
    expect(world.calls("view")).toEqual([
      `/view/${world.simulator.viewRecType}/${world.simulator.views.smallLimit}?details=true`,
    ]);
    world.clock.now = now + 24 * HOUR_MS;
    await pagesOf(world.feed(limited(world)), hour);
    expect(world.calls("view")).toHaveLength(2);
  });

  it("gives the limit: nothing is cut unseen although no setting says it", async () => {
    const world = await startWorld();
    const source = world.feed(limited(world));
    expect((await lastPage(source, hour))?.saturated).toEqual({ limit: 25 });
    expect(codes(source)).toEqual([]);
  });

  it("loses to the setting, with a warning when they disagree", async () => {
    const world = await startWorld();
    const source = world.feed(limited(world, { viewLimit: 20 }));
    expect((await lastPage(source, hour))?.saturated).toEqual({ limit: 20 });
    const [warning, ...others] = source.takeWarnings?.() ?? [];
    expect(warning).toMatchObject({
      code: "VIEW_SETTING_DISAGREES",
      message: expect.stringMatching(/MICROSHARE_VIEW_LIMIT is 20.*says 25/),
      fix: expect.stringContaining("25"),
    });
    expect(others).toEqual([]);
    expect(codes(source)).toEqual([]);
    const larger = world.feed(limited(world, { viewLimit: 30 }));
    expect((await lastPage(larger, hour))?.saturated).toBeUndefined();
    expect(larger.takeWarnings?.()).toMatchObject([{ fix: expect.stringContaining("missing unseen") }]);
    const same = world.feed(limited(world, { viewLimit: 25 }));
    await pagesOf(same, hour);
    expect(codes(same)).toEqual([]);
  });

  it.each([
    ["may not be read", 403],
    ["is not found", 404],
    ["is refused", 400],
  ])("is a warning on every run where it %s, and never a failure", async (_name, status) => {
    const world = await startWorld();
    world.simulator.faults.fail({ status }, unreadable());
    for (let run = 0; run < 3; run += 1) {
      const source = world.feed(limited(world));
      expect((await lastPage(source, hour))?.saturated).toBeUndefined();
      expect(codes(source)).toEqual(["VIEW_DEFINITION_UNREADABLE"]);
      world.clock.now += HOUR_MS;
    }
  });

  it("is a warning in every run where it hides its query, which says what to set", async () => {
    const world = await startWorld();
    const viewId = world.simulator.addView({ query: `[{"$match": {${inWindow}}}]`, queryHidden: true });
    const source = world.feed({ viewId, recType: world.simulator.recTypes.motion });
    await pagesOf(source, hour);
    await pagesOf(source, settled);
    expect(source.takeWarnings?.()).toMatchObject([
      {
        code: "VIEW_DEFINITION_UNREADABLE",
        message: expect.stringContaining(`view ${viewId} does not show its query`),
        fix: expect.stringMatching(/MICROSHARE_VIEW_LIMIT.*right to read/),
      },
    ]);
    // The next run, within the hour for which the answer is kept.
    const next = world.feed({ viewId, recType: world.simulator.recTypes.motion });
    await pagesOf(next, hour);
    expect(codes(next)).toEqual(["VIEW_DEFINITION_UNREADABLE"]);
    const set = world.feed({ viewId, recType: world.simulator.recTypes.motion, viewLimit: 999 });
    await pagesOf(set, hour);
    expect(codes(set)).toEqual([]);
  });

  it("is asked for again within the hour where it could not be read", async () => {
    const world = await startWorld();
    const fault = world.simulator.faults.fail({ status: 403 }, unreadable());
    await pagesOf(world.feed(limited(world)), hour);
    fault.clear();
    world.clock.now += HOUR_MS;
    const source = world.feed(limited(world));
    expect((await lastPage(source, hour))?.saturated).toEqual({ limit: 25 });
    expect(codes(source)).toEqual([]);
  });

  it("stops the run where the API fails for the moment, since the limit may be far below 999", async () => {
    const world = await startWorld();
    world.simulator.faults.overload(unreadable(1));
    const error = await failureOf(pagesOf(world.feed(limited(world)), hour));
    expect(error).toMatchObject({ code: "API_UNAVAILABLE", fix: expect.stringContaining("MICROSHARE_VIEW_LIMIT") });
    expect(world.calls("share")).toEqual([]);
    expect((await lastPage(world.feed(limited(world)), hour))?.saturated).toEqual({ limit: 25 });
  });

  it("does not stop it where a limit is set, or where yesterday's is at hand", async () => {
    const world = await startWorld();
    await pagesOf(world.feed(limited(world)), hour);
    world.clock.now += 25 * HOUR_MS;
    world.simulator.faults.overload(unreadable());
    expect((await lastPage(world.feed(limited(world)), hour))?.saturated).toEqual({ limit: 25 });
    const other = await startWorld();
    other.simulator.faults.overload(unreadable());
    expect((await lastPage(other.feed(limited(other, { viewLimit: 25 })), hour))?.saturated).toEqual({ limit: 25 });
  });

  it("never hides trouble that is not its own", async () => {
    const world = await startWorld();
    world.simulator.faults.disconnect(unreadable());
    const error = await failureOf(pagesOf(world.feed(limited(world, { viewLimit: 25 })), hour));
    expect(error.code).toBe("API_UNREACHABLE");
    const stopped = new AbortController();
    stopped.abort();
    const late = pagesOf(world.feed(limited(world, { viewLimit: 25 })), hour, { signal: stopped.signal });
    expect((await failureOf(late)).code).toBe("OUT_OF_TIME");
  });

  it("is told when its limit cannot be known", async () => {
    const world = await startWorld();
    const source = world.feed({ ...withStages(world, `{"$limit": \${size}}`), viewParameters: { size: "40" } });
    await pagesOf(source, { from: hour.from, to: hour.from + 60_000 });
    expect(codes(source)).toEqual([]);
    const vague = world.feed({ ...withStages(world, `{"$limit": "many"}`), viewLimit: 40 });
    await pagesOf(vague, hour).catch(() => undefined);
    expect(codes(vague)).toEqual([]);
    const unset = world.feed(withStages(world, `{"$limit": "many"}`));
    await pagesOf(unset, hour).catch(() => undefined);
    expect(codes(unset)).toEqual(["VIEW_DEFINITION_UNREADABLE"]);
  });
});

describe("the placeholders of a feed's view", () => {
  it("that nothing fills are all named before the view is called", async () => {
    const world = await startWorld();
    const { views, recTypes } = world.simulator;
    const source = world.feed({ viewId: views.snapshotDashboard, recType: recTypes.snapshot, dataContext: [] });
    const error = await failureOf(pagesOf(source, hour));
    expect(error).toMatchObject({
      code: "VIEW_PARAMETER_MISSING",
      message: expect.stringContaining(views.snapshotDashboard),
    });
    const named = ["dataContext", "loc1", "ownerOrg", "category", "metric", "field1", "field6"];
    for (const name of named) expect(error.message).toContain(`"${name}"`);
    expect(error.message).not.toContain('"from"');
    expect(error.fix).toMatch(/MICROSHARE_DATA_CONTEXT.*MICROSHARE_LOCATIONS.*"ownerOrg".*MICROSHARE_VIEW_PARAMETERS/);
    expect(world.calls("share")).toEqual([]);
  });

  it("are filled by parameters, parts, lists and what every dashboard is asked with", async () => {
    const world = await startWorld();
    const { views, recTypes, locations } = world.simulator;
    const dashboard: Partial<FeedOptions> = {
      kind: "dashboard",
      viewId: views.snapshotDashboard,
      recType: recTypes.snapshot,
      locations,
    };
    const missing = await failureOf(world.feed(dashboard).parts(signal, []));
    expect(missing.message).toContain('the parameters "category", "metric"');
    expect(missing.fix).toContain('"category", "metric"');
    const one = { ...dashboard, viewParameters: { category: "space" } };
    expect((await failureOf(world.feed(one).parts(signal, []))).message).toContain(
      'needs the parameter "metric", which is',
    );
    expect(await world.feed({ ...one, metrics: ["occupancy"] }).parts(signal, [])).toHaveLength(locations.length);
  });

  it("refuse a view that counts even while it has nothing to count", async () => {
    const world = await startWorld();
    const source = world.feed({ viewId: world.simulator.views.counting, recType: "io.example.nothing" });
    expect(await failureOf(pagesOf(source, hour))).toMatchObject({ code: "RESPONSE_UNREADABLE" });
    expect(world.calls("share")).toEqual([]);
  });
});

describe("the clock of a feed's view", () => {
  it("is that of its definition: each record lies in one window only", async () => {
    const world = await startWorld();
    const { motion } = world.simulator.recTypes;
    // Received before a boundary of windows, stored just behind it: by any of its clocks it would lie in both.
    world.simulator.add({ recType: motion, time: hour.from - 500, storedAt: hour.from + 1 });
    const source = world.feed({ viewId: world.simulator.views.eventPassThrough, recType: motion });
    const found: string[] = [];
    for (let from = settled.from; from < settled.to; from += HOUR_MS) {
      found.push(...(await read(source, { from, to: Math.min(settled.to, from + HOUR_MS) })));
    }
    expect(found.toSorted()).toEqual(truth(world, motion, "storedAt", settled));
  });

  it("never leaves out entries that do not show it", async () => {
    const world = await startWorld();
    const { views, recTypes, locations } = world.simulator;
    const source = world.feed({
      kind: "dashboard",
      viewId: views.snapshotDashboard,
      recType: recTypes.snapshot,
      locations,
      viewParameters: { category: "space", metric: "occupancy" },
    });
    const pages = await pagesOf(source, hour, { part: locations[0] ?? "" });
    expect(pages.flatMap(({ unreadable: bad }) => bad)).toEqual([]);
    expect(pages.flatMap(({ records }) => records).length).toBeGreaterThan(0);
  });

  it("is that of the setting where there is one, with a warning when they disagree", async () => {
    const world = await startWorld();
    const changes = { viewId: world.simulator.views.eventPassThrough, recType: world.simulator.recTypes.motion };
    const source = world.feed({ ...changes, timeField: "data.meta.iot.time" });
    const times = (await recordsOf(source, hour)).map(({ time }) => time);
    expect(times.every((time) => time >= hour.from && time < hour.to)).toBe(true);
    expect(source.takeWarnings?.()).toMatchObject([
      { code: "VIEW_SETTING_DISAGREES", fix: expect.stringContaining("createDate") },
    ]);
    const right = world.feed({ ...changes, timeField: "createDate" });
    await pagesOf(right, hour);
    expect(codes(right)).toEqual([]);
  });
});

describe("doubt about the limit", () => {
  const summed = `{"$group": {"_id": "$data.meta.device", "time": {"$first": "$data.time"}, "n": {"$sum": 1}}}`;
  const pushed = `{"$group": {"_id": {"tags": "$data.meta.device"}, "line": {"$push": {"time": "$data.time"}}}}`;
  const empty: Window = { from: ms("2020-01-01T00:00:00Z"), to: ms("2020-01-01T01:00:00Z") };

  it("is raised by groups that do not show each record, unless there is none", async () => {
    const world = await startWorld();
    const source = world.feed(withStages(world, summed));
    expect(await lastPage(source, hour)).toMatchObject({ doubtful: true });
    expect((await lastPage(source, empty))?.doubtful).toBeUndefined();
  });

  it("is raised by a selection behind the limit, even by an empty one", async () => {
    const world = await startWorld();
    const source = world.feed(withStages(world, `{"$match": {"data.none": 1}}`));
    expect(await lastPage(source, hour)).toMatchObject({ records: [], doubtful: true });
  });

  it("is not raised by lines with an entry for each record, which are counted", async () => {
    const world = await startWorld();
    const source = world.feed(withStages(world, `{"$limit": 40}`, pushed));
    expect(await lastPage(source, hour)).toMatchObject({ saturated: { limit: 40 } });
    const quiet = await lastPage(source, { from: hour.from, to: hour.from + 20 * 60_000 });
    expect(quiet?.records.length).toBeGreaterThan(3);
    expect(quiet?.saturated ?? quiet?.doubtful).toBeUndefined();
  });

  it("is saturation where the groups themselves are cut", async () => {
    const world = await startWorld();
    const source = world.feed(withStages(world, `{"$limit": 5000}`, pushed, `{"$limit": 3}`));
    expect((await lastPage(source, hour))?.saturated).toEqual({ limit: 3 });
  });
});

const group = (entry: string) => `{"$group": {"_id": {"tags": "$data.meta.device"}, "line": {"$push": {${entry}}}}}`;

async function unread(stage: string, viewLimit: number, window = hour): Promise<Page | undefined> {
  const world = await startWorld();
  world.simulator.faults.fail({ status: 403 }, unreadable());
  return lastPage(world.feed({ ...withStages(world, stage), viewLimit }), window);
}

describe("doubt about the limit of a view whose definition cannot be read", () => {
  const anonymous = group(`"time": "$data.time"`);

  it("is raised by entries that could each be several records: when they are many, or all are recent", async () => {
    const all = (await unread(anonymous, 999))?.records.length ?? 0;
    expect(all).toBeGreaterThan(40);
    expect((await unread(anonymous, all * 4))?.doubtful).toBe(true);
    expect((await unread(anonymous, all * 4 + 4))?.doubtful).toBeUndefined();
    const wide = { from: hour.from - 40 * 24 * HOUR_MS, to: hour.to };
    expect((await unread(anonymous, 100_000, wide))?.doubtful).toBe(true);
  });

  it("is not raised by entries that name their records, or by objects without lines", async () => {
    const named = group(`"record": "$_id", "time": "$data.time"`);
    expect((await unread(named, 100))?.doubtful).toBeUndefined();
    expect((await unread(`{"$sort": {"createDate": 1}}`, 100))?.doubtful).toBeUndefined();
  });

  it("is not raised by the vendor's snapshot dashboard, read by the hour", async () => {
    const world = await startWorld();
    world.simulator.faults.fail({ status: 403 }, unreadable());
    const { views, recTypes, locations } = world.simulator;
    const source = world.feed({
      kind: "dashboard",
      viewId: views.snapshotDashboard,
      recType: recTypes.snapshot,
      locations,
      viewParameters: { category: "space", metric: "occupancy" },
    });
    for (const window of [hour, { from: hour.from - 60_000, to: hour.to - 60_000 }]) {
      const page = await lastPage(source, window, locations[0]);
      expect(page?.records.length).toBeGreaterThan(0);
      expect(page?.doubtful).toBeUndefined();
    }
  });
});

describe("the margins of a query", () => {
  it("are never wider than the window, so that neighbours do not fill the limit of a moment", async () => {
    const world = await startWorld({ fleet: { buildings: 0 } });
    const recType = "io.example.burst";
    for (const at of [-3, -2, 0, 0, 3, 4]) world.simulator.add({ recType, time: hour.from + at });
    const source = world.feed({ viewId: world.simulator.views.smallLimit, recType, viewLimit: 3 });
    const moment: PageRequest["window"] = { from: hour.from, to: hour.from + 1 };
    const page = await lastPage(source, moment);
    expect(page?.records).toHaveLength(2);
    expect(page?.saturated).toBeUndefined();
  });
});
