// Views: placeholders, windows, limits, shapes, caching.
import { describe, expect, it } from "vitest";
import { bench, ids, minuteMs, queryOf, sensor, sensorType, startedAt } from "./client.ts";
import type { Bench, Reply } from "./client.ts";

const iso = (at: number): string => new Date(at).toISOString();
const window = { from: iso(startedAt - 2000 * minuteMs), to: iso(startedAt) };
const rooms = JSON.stringify(["Example Facilities", "solutions"]);

async function withSensors(count: number): Promise<Bench> {
  const tools = await bench();
  for (let number = 1; number <= count; number += 1) tools.simulator.add(sensor(number));
  return tools;
}

function passThrough({ simulator, view }: Bench, query: Record<string, string> = {}): Promise<Reply> {
  return view(simulator.views.eventPassThrough, { recType: sensorType, ...window, ...query });
}

describe("placeholders", () => {
  it.each(["recType", "from", "to", "dataContext"])("answers 503 naming %s when it is missing", async (missing) => {
    const { simulator, view } = await bench();
    const query = new Map(Object.entries({ recType: sensorType, ...window, dataContext: rooms }));
    query.delete(missing);
    const reply = await view(simulator.views.snapshotFlat, Object.fromEntries(query));
    expect(reply.status).toBe(503);
    expect(reply.headers.get("content-type")).toContain("text/plain");
    expect(reply.text).toBe(`[Error: unresolvable property or identifier: ${missing}]`);
  });

  it.each(["people", '"people"', "{}", "", "[people]"])("answers 503 when dataContext is %s", async (dataContext) => {
    const { simulator, view } = await bench();
    const reply = await view(simulator.views.snapshotFlat, { recType: sensorType, ...window, dataContext });
    expect(reply.status).toBe(503);
    expect(reply.text).toContain("'$all needs an array'");
  });

  it("answers 503 when one is given twice", async () => {
    const { simulator, get } = await bench();
    const query = queryOf({ id: simulator.views.snapshotFlat, recType: sensorType, ...window });
    const reply = await get(`/share/${simulator.viewRecType}/?${query}&dataContext=a&dataContext=b`);
    expect([reply.status, reply.text.includes("needs an array")]).toEqual([503, true]);
  });

  it("answers 503 when a value breaks out of its text, and works when it is escaped", async () => {
    const tools = await bench();
    const id = tools.simulator.addView({ query: '[{"$match": {"data.meta.device.0": "${loc1}"}}]' });
    tools.simulator.add({ ...sensor(1), place: ['Café "Le Quai"'] });
    expect((await tools.view(id, { loc1: 'Café "Le Quai"' })).status).toBe(503);
    expect((await tools.view(id, { loc1: 'Café \\"Le Quai\\"' })).objs).toHaveLength(1);
  });

  it("ignores surplus parameters", async () => {
    const tools = await withSensors(1);
    expect((await passThrough(tools, { loc1: "x", details: "true", field1: "y" })).objs).toHaveLength(1);
  });

  it("compares times of payloads as texts", async () => {
    const { simulator, view } = await withSensors(1);
    const query = { recType: sensorType, dataContext: rooms, ...window };
    expect((await view(simulator.views.snapshotFlat, query)).objs).toHaveLength(1);
    const local = { ...query, to: "04.03.2025 12:00" };
    expect((await view(simulator.views.snapshotFlat, local)).objs).toHaveLength(0);
  });
});

describe("windows", () => {
  it.each([
    ["snapshotFlat", true, true],
    ["smallLimit", true, true],
    ["eventPassThrough", true, true],
    ["peopleDashboard", false, false],
    ["projected", false, true],
  ] as const)("%s includes from: %s, to: %s", async (name, fromIncluded, toIncluded) => {
    const { simulator, view } = await bench();
    const [from, to] = [startedAt - 10 * minuteMs, startedAt - 5 * minuteMs];
    for (const time of [from - 1, from, to, to + 1]) simulator.add({ recType: sensorType, time, place: ["Here"] });
    const fields = { field1: "a", field2: "b", field3: "c", field4: "d", field5: "e", field6: "f" };
    const query = { recType: sensorType, from: iso(from), to: iso(to), dataContext: rooms, loc1: "Here", ...fields };
    const reply = await view(simulator.views[name], query);
    const lines = reply.objs.flatMap((obj) => (Array.isArray(obj.data["line"]) ? obj.data["line"] : [obj]));
    expect(lines).toHaveLength(Number(fromIncluded) + Number(toIncluded));
  });

  it("filter on the payload's time or on storage, according to the view", async () => {
    const { simulator, view } = await bench();
    const time = startedAt - 60 * minuteMs;
    simulator.add({ recType: sensorType, time, storedAt: startedAt - minuteMs });
    const query = { recType: sensorType, from: iso(time), to: iso(time + minuteMs), dataContext: rooms };
    expect((await view(simulator.views.snapshotFlat, query)).objs).toHaveLength(1);
    expect((await view(simulator.views.eventPassThrough, query)).objs).toHaveLength(0);
  });

  it("refuse a date that is none", async () => {
    const reply = await passThrough(await bench(), { from: "yesterday" });
    expect(reply.status).toBe(503);
  });
});

describe("limits", () => {
  it("silently keep the most recent 999", async () => {
    const tools = await withSensors(1005);
    tools.clock.at += 60 * minuteMs;
    const reply = await passThrough(tools, { to: iso(tools.clock.at) });
    expect(reply.meta).toMatchObject({ totalCount: 999, totalPages: 1, currentCount: 999 });
    const shown = reply.objs.map((obj) => String(obj.data["_id"]));
    expect(shown[0]).toBe(sensor(1005).id);
    expect(shown.at(-1)).toBe(sensor(7).id);
  });

  it("take the view's own in place of 999", async () => {
    const { simulator, view } = await withSensors(40);
    const reply = await view(simulator.views.smallLimit, { recType: sensorType, ...window });
    expect(reply.objs).toHaveLength(25);
    expect(reply.objs.at(-1)?.data["_id"]).toBe(sensor(16).id);
  });

  it("strike before grouping and counting", async () => {
    const tools = await withSensors(1005);
    const query = '[{"$match": {"recType": "${recType}"}}, {"$group": {"_id": "$recType", "sum": {"$sum": 1}}}]';
    const grouped = tools.simulator.addView({ query });
    tools.clock.at += 60 * minuteMs;
    expect((await tools.view(grouped, { recType: sensorType })).objs[0]?.data).toEqual({ _id: sensorType, sum: 999 });
    const counted = await tools.view(tools.simulator.views.counting, {
      recType: sensorType,
      ...window,
      to: iso(tools.clock.at),
    });
    expect(counted.objs[0]?.data).toEqual({ count: 1005 });
  });

  it("keep the most recent over all recTypes when the view names none", async () => {
    const { simulator, view } = await bench();
    for (const number of [1, 3, 5]) simulator.add(sensor(number));
    for (const number of [2, 4]) simulator.add({ ...sensor(number), recType: "io.microshare.another" });
    const id = simulator.addView({ query: '[{"$match": {}}, {"$limit": 4}]' });
    const shown = (await view(id, {})).objs.map((obj) => obj.data["_id"]);
    expect(shown).toEqual([5, 4, 3, 2].map((number) => sensor(number).id));
  });

  it("leave out what is hidden, unless views bypass rights", async () => {
    const tools = await bench({ quirks: { viewCacheMs: 0 } });
    tools.simulator.add({ ...sensor(1), hidden: true });
    expect((await passThrough(tools)).objs).toHaveLength(0);
    tools.simulator.quirks.viewsBypassRights = true;
    expect((await passThrough(tools)).objs).toHaveLength(1);
  });
});

describe("shapes", () => {
  it("A passes the whole stored document through, inside objects with the view's id", async () => {
    const tools = await withSensors(2);
    const { eventPassThrough } = tools.simulator.views;
    const reply = await passThrough(tools);
    expect(ids(reply)).toEqual([eventPassThrough, eventPassThrough]);
    expect(reply.objs[0]).toMatchObject({
      desc: `Derived from ${tools.simulator.viewRecType}`,
      name: "Derived Data",
      _id: eventPassThrough,
      tags: [],
      tstamp: "03/04/2025 12:00:00:000 PM",
      data: { _id: sensor(2).id, recType: sensorType, owner: { org: "com.example.facilities" }, data: { device: {} } },
    });
  });

  it("B projects fields and adds the source record's id", async () => {
    const { simulator, view } = await withSensors(1);
    const [obj] = (await view(simulator.views.projected, { recType: sensorType, ...window })).objs;
    expect(obj?.data).toMatchObject({ _id: sensor(1).id, time: iso(sensor(1).time), place: expect.any(Array) });
    expect(obj?.data).not.toHaveProperty("motion");
  });

  it("D shows records as plain reads do", async () => {
    const { simulator, view, share } = await withSensors(1);
    const reply = await view(simulator.views.snapshotFlat, { recType: sensorType, ...window, dataContext: rooms });
    expect(reply.objs).toEqual((await share(sensorType)).objs);
  });

  it("are empty with no pages when nothing matches", async () => {
    const reply = await passThrough(await bench());
    expect(JSON.parse(reply.text)).toEqual({
      meta: { currentCount: 0, currentPage: 1, perPage: 999, source: "db", totalCount: 0, totalPages: 0 },
      objs: [],
    });
  });

  it("E counts nothing as no object at all", async () => {
    const { simulator, view } = await bench();
    expect((await view(simulator.views.counting, { recType: sensorType, ...window })).objs).toEqual([]);
  });
});

describe("paging", () => {
  it("works on results", async () => {
    const tools = await withSensors(5);
    const page = await passThrough(tools, { page: "2", perPage: "2" });
    expect(page.meta).toMatchObject({ currentPage: 2, totalPages: 3, totalCount: 5 });
    expect(page.objs.map((obj) => obj.data["_id"])).toEqual([sensor(3).id, sensor(2).id]);
  });

  it("can be ignored by the platform", async () => {
    const tools = await withSensors(5);
    tools.simulator.quirks.viewPaging = "ignored";
    const page = await passThrough(tools, { page: "2", perPage: "2" });
    expect(page.meta).toMatchObject({ currentPage: 1, totalPages: 1, currentCount: 5 });
  });
});

describe("cache", () => {
  it("answers a byte-identical query from memory for a while, and one that differs at all from the lake", async () => {
    const tools = await withSensors(1);
    expect((await passThrough(tools)).objs).toHaveLength(1);
    tools.simulator.add(sensor(2));
    expect((await passThrough(tools)).objs).toHaveLength(1);
    expect((await passThrough(tools, { from: iso(startedAt - 1999 * minuteMs) })).objs).toHaveLength(2);
    tools.clock.at += 5 * minuteMs;
    expect((await passThrough(tools)).objs).toHaveLength(2);
  });

  it("forgets the oldest of many queries", async () => {
    const tools = await withSensors(1);
    await passThrough(tools);
    tools.simulator.add(sensor(2));
    for (let number = 0; number < 60; number += 1) await passThrough(tools, { surplus: String(number) });
    expect((await passThrough(tools)).objs).toHaveLength(2);
  });
});

describe("calls", () => {
  it("can require the trailing slash", async () => {
    const { simulator, get } = await bench();
    const query = queryOf({ id: simulator.views.eventPassThrough, recType: sensorType, ...window });
    expect((await get(`/share/${simulator.viewRecType}?${query}`)).status).toBe(200);
    simulator.quirks.trailingSlash = "required";
    const refused = await get(`/share/${simulator.viewRecType}?${query}`);
    expect([refused.status, refused.text]).toEqual([403, "Access to this path is denied"]);
    expect((await get(`/share/${simulator.viewRecType}/?${query}`)).status).toBe(200);
  });

  it("answer 404 for unknown views, other recTypes and views that were taken away", async () => {
    const { simulator, view, get } = await bench();
    const id = simulator.views.eventPassThrough;
    expect((await view("0".repeat(24), window)).status).toBe(404);
    expect((await get(`/share/io.microshare.other/?id=${id}`)).status).toBe(404);
    simulator.removeView(id);
    const gone = await view(id, window);
    expect(gone.text).toBe("io.microshare.utils.NotFoundException: Record not found or inaccessible.");
  });
});
