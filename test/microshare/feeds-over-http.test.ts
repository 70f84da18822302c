import { describe, expect, it } from "vitest";
import { bodyOf, ms, pagesOf, recordsOf } from "./feeds.ts";
import { now, read, settled, startWorld as start, truth, type World } from "./simulated-world.ts";

describe("a share feed over HTTP", () => {
  it.each([false, true])(
    "reads every visible record of the window, late and rewritten ones too (legacy encodings: %s)",
    async (legacy) => {
      const world = await start({ legacyEncodings: legacy });
      const source = world.feed({ kind: "share", recType: world.simulator.recTypes.motion, pageSize: 50 });
      const expected = truth(world, world.simulator.recTypes.motion, "storedAt", settled);
      expect(expected.length).toBeGreaterThan(200);
      expect(await read(source, settled)).toEqual(expected);
    },
  );

  it("delivers the record's own bytes", async () => {
    const world = await start();
    const { motion } = world.simulator.recTypes;
    const [first] = await recordsOf(world.feed({ kind: "share", recType: motion }), settled);
    const record = world.simulator.visible({ recType: motion }).find(({ id }) => id === first?.key);
    expect(Buffer.from(first?.body ?? []).toString()).toBe(record?.json);
  });

  it("finds its page in under 20 calls with 10,000 old pages before it", async () => {
    const world = await start({ fleet: { buildings: 0 } });
    const recType = "io.example.old";
    for (let index = 0; index < 20_000; index += 1)
      world.simulator.add({ recType, time: settled.from - 20_000_000 + index * 1000 });
    const source = world.feed({ kind: "share", recType, pageSize: 2, dataContext: [] });
    world.simulator.resetRequests();
    const window = { from: settled.from - 5000, to: settled.to };
    expect(await read(source, window)).toEqual(truth(world, recType, "storedAt", window));
    expect(world.simulator.requests.filter(({ server }) => server === "api").length).toBeLessThan(20);
  });

  it.each([
    ["records vanish", (world: World) => world.simulator.faults.pageDrift("delete")],
    ["records appear", (world: World) => world.simulator.faults.pageDrift("insert")],
    ["totals are capped by the page size", (world: World) => void (world.simulator.quirks.totalCountCapped = true)],
    ["the server cuts pages smaller", (world: World) => void (world.simulator.quirks.perPageCap = 7)],
  ])("misses nothing while %s", async (_name, disturb) => {
    const world = await start();
    const { motion } = world.simulator.recTypes;
    disturb(world);
    const found = await read(world.feed({ kind: "share", recType: motion, pageSize: 25 }), settled);
    world.simulator.faults.clear();
    // What vanished while it was read may be found or not; what is still there must be.
    const missing = truth(world, motion, "storedAt", settled).filter((record) => !found.includes(record));
    expect(missing.filter((record) => !isInserted(world, record, found))).toEqual([]);
  });

  it.each([true, false])("stops when the server ignores the page (and hides it: %s)", async (echoPage) => {
    const world = await start();
    world.simulator.faults.ignorePage({ echoPage });
    const source = world.feed({ kind: "share", recType: world.simulator.recTypes.motion, pageSize: 25 });
    await expect(pagesOf(source, settled)).rejects.toMatchObject({ code: "PAGING_UNRELIABLE" });
  });

  it("counts what rights hide", async () => {
    const world = await start({ fleet: { foreignShare: 0.3 } });
    const { motion } = world.simulator.recTypes;
    const pages = await pagesOf(world.feed({ kind: "share", recType: motion, pageSize: 20 }), settled);
    expect(pages.reduce((sum, page) => sum + page.hidden, 0)).toBeGreaterThan(20);
    expect(pages.flatMap((page) => page.records).length).toBeGreaterThan(100);
  });

  it("makes a record without id and time unreadable, and delivers its neighbours", async () => {
    const world = await start({ fleet: { buildings: 0 } });
    const recType = "io.example.odd";
    const time = settled.from + 1000;
    for (const raw of [undefined, '{"data":{"n":1}}', undefined, '"text"']) {
      world.simulator.add({ recType, time, ...(raw === undefined ? {} : { raw }) });
    }
    const [page] = await pagesOf(world.feed({ kind: "share", recType, dataContext: [] }), settled);
    expect(page?.records).toHaveLength(2);
    expect(page?.unreadable.map(bodyOf)).toEqual(expect.arrayContaining([{ data: { n: 1 } }, "text"]));
  });
});

/** A record that the drift put onto a page already read counts as late: the next lookback finds it. */
function isInserted(world: World, record: string, found: readonly string[]): boolean {
  const [id = ""] = record.split(" ");
  const inserted = world.simulator.visible({}).find((one) => one.id === id);
  return inserted !== undefined && inserted.visibleFrom === now && !found.includes(record);
}

describe("a view feed over HTTP", () => {
  it("reads flat records by the network's time", async () => {
    const world = await start();
    const { snapshot } = world.simulator.recTypes;
    const source = world.feed({
      viewId: world.simulator.views.snapshotFlat,
      recType: snapshot,
      timeField: "data.meta.iot.time",
    });
    const window = { from: ms("2025-03-04T06:00:00Z"), to: ms("2025-03-04T09:00:00Z") };
    expect(await read(source, window)).toEqual(truth(world, snapshot, "time", window));
  });

  it.each(["auto", "createDate"] as const)(
    "reads stored documents by their storage time (time field %s)",
    async (timeField) => {
      const world = await start();
      const { motion } = world.simulator.recTypes;
      const source = world.feed({ viewId: world.simulator.views.eventPassThrough, recType: motion, timeField });
      const found: string[] = [];
      const expected = truth(world, motion, "storedAt", settled);
      for (let from = settled.from; from < settled.to; from += 3_600_000) {
        const window = { from, to: Math.min(settled.to, from + 3_600_000) };
        const seen = await read(source, window);
        expect(seen).toEqual(expect.arrayContaining(truth(world, motion, "storedAt", window)));
        found.push(...seen);
      }
      expect([...new Set(found)].toSorted()).toEqual(expected);
      if (timeField === "createDate") expect(found).toHaveLength(expected.length);
    },
  );

  it("reads projections, with the id from inside", async () => {
    const world = await start();
    const { motion } = world.simulator.recTypes;
    const source = world.feed({ viewId: world.simulator.views.projected, recType: motion, timeField: "createDate" });
    const window = { from: settled.from, to: settled.from + 3_600_000 };
    expect(await read(source, window)).toEqual(truth(world, motion, "storedAt", window));
  });

  it("says when the view's own limit struck", async () => {
    const world = await start();
    const source = world.feed({
      viewId: world.simulator.views.smallLimit,
      recType: world.simulator.recTypes.motion,
      viewLimit: 25,
    });
    const pages = await pagesOf(source, settled);
    expect(pages.at(-1)?.saturated).toEqual({ limit: 25 });
    const [quiet] = await pagesOf(source, { from: settled.from, to: settled.from + 60_000 });
    expect(quiet?.saturated).toBeUndefined();
  });

  it("is refused when it counts", async () => {
    const world = await start();
    const source = world.feed({ viewId: world.simulator.views.counting, recType: world.simulator.recTypes.motion });
    await expect(pagesOf(source, settled)).rejects.toMatchObject({
      code: "RESPONSE_UNREADABLE",
      message: expect.stringContaining("count"),
    });
  });

  it("names the placeholder that is missing", async () => {
    const world = await start();
    const source = world.feed({ viewId: world.simulator.views.snapshotFlat, dataContext: [] });
    await expect(pagesOf(source, settled)).rejects.toMatchObject({
      code: "VIEW_PARAMETER_MISSING",
      message: expect.stringContaining("dataContext"),
    });
  });

  it("means missing rights when everything is counted and nothing shown", async () => {
    const world = await start();
    world.simulator.faults.emptyObjs();
    const source = world.feed({
      viewId: world.simulator.views.snapshotFlat,
      recType: world.simulator.recTypes.snapshot,
    });
    await expect(pagesOf(source, settled)).rejects.toMatchObject({ code: "RIGHTS_FILTERED" });
  });
});

describe("a dashboard feed over HTTP", () => {
  const window = { from: ms("2025-03-04T06:00:00Z"), to: ms("2025-03-04T09:00:00Z") };

  it("finds its locations and reads the records behind the lines of each", async () => {
    const world = await start();
    const [recType = "", id = ""] = world.simulator.deviceCluster.split("/");
    const source = world.feed({
      kind: "dashboard",
      viewId: world.simulator.views.peopleDashboard,
      recType: world.simulator.recTypes.people,
      deviceCluster: { recType, id },
    });
    const parts = await source.parts(new AbortController().signal, []);
    expect(parts.toSorted()).toEqual(world.simulator.locations.toSorted());
    const records = (await Promise.all(parts.map((part) => recordsOf(source, window, { part })))).flat();
    const expected = world.simulator.visible({
      recType: world.simulator.recTypes.people,
      by: "time",
      ...window,
      currentOnly: true,
    });
    expect(new Set(records.map((record) => record.key))).toEqual(new Set(expected.map((record) => record.id)));
    expect(bodyOf(records[0] ?? { body: Buffer.from("{}") })).toMatchObject({
      recType: world.simulator.recTypes.people,
      tags: expect.arrayContaining([parts[0]]),
      data: { daily_total: {}, change: {} },
    });
  });

  it("reads every snapshot of a place once, without ids", async () => {
    const world = await start();
    const { snapshot } = world.simulator.recTypes;
    const source = world.feed({
      kind: "dashboard",
      viewId: world.simulator.views.snapshotDashboard,
      recType: snapshot,
      locations: world.simulator.locations,
      viewParameters: { category: "space", metric: "occupancy" },
    });
    const parts = await source.parts(new AbortController().signal, []);
    const hours = [0, 1, 2].map((index) => ({
      from: window.from + index * 3_600_000,
      to: window.from + (index + 1) * 3_600_000,
    }));
    const ids: string[] = [];
    for (const part of parts)
      for (const one of hours) for (const record of await recordsOf(source, one, { part })) ids.push(record.eventId);
    const expected = world.simulator
      .visible({ recType: snapshot, by: "time", ...window, currentOnly: true })
      .filter(({ category, metric }) => category === "space" && metric === "occupancy");
    expect(expected.length).toBeGreaterThan(10);
    expect(ids).toHaveLength(expected.length);
    expect(new Set(ids).size).toBe(expected.length);
  });
});
