// Plain reads of the share API and their traps.
import { describe, expect, it } from "vitest";
import { bench, ids, minuteMs, sensor, sensorType, startedAt } from "./client.ts";

describe("share list", () => {
  it("lists newest first by default, and both ways by tstamp", async () => {
    const { simulator, get, share } = await bench();
    for (const number of [3, 1, 2]) simulator.add(sensor(number));
    const ascending = [1, 2, 3].map((number) => sensor(number).id);
    expect(ids(await get(`/share/${sensorType}`))).toEqual(ascending.toReversed());
    expect(ids(await share(sensorType))).toEqual(ascending);
    expect(ids(await share(sensorType, { sort: "-tstamp" }))).toEqual(ascending.toReversed());
    simulator.quirks.defaultOrder = "oldest-first";
    expect(ids(await get(`/share/${sensorType}?sort=`))).toEqual(ascending);
  });

  it("sorts by any fields, alphabetically", async () => {
    const { simulator, share } = await bench();
    for (const [number, priority] of [
      [1, "b"],
      [2, "a"],
      [3, "b"],
    ] as const) {
      simulator.add({ ...sensor(number), data: { priority } });
    }
    const reply = await share(sensorType, { sort: "data.priority,-tstamp" });
    expect(ids(reply)).toEqual([2, 3, 1].map((number) => sensor(number).id));
  });

  it("pages from 1 with 999 per page by default, and is empty past the end", async () => {
    const { simulator, share } = await bench();
    for (let number = 1; number <= 1000; number += 1) simulator.add(sensor(number));
    const first = await share(sensorType);
    expect(first.meta).toEqual({
      currentCount: 999,
      currentPage: 1,
      perPage: 999,
      source: "db",
      totalCount: 1000,
      totalPages: 2,
    });
    expect(ids(await share(sensorType, { page: 2 }))).toEqual([sensor(1000).id]);
    const past = await share(sensorType, { page: 3 });
    expect(past.meta).toMatchObject({ currentPage: 3, currentCount: 0 });
    expect(past.objs).toEqual([]);
  });

  it("ignores unknown parameters and takes empty ones for absent", async () => {
    const { simulator, share } = await bench();
    simulator.add(sensor(1));
    const query = {
      since: "1h",
      limit: 0,
      "filter[data.x]": "y",
      from: "2099-01-01T00:00:00.000Z",
      page: "",
      perPage: "",
    };
    expect((await share(sensorType, query)).meta).toMatchObject({ currentCount: 1, perPage: 999 });
  });

  it("caps perPage when told to", async () => {
    const { simulator, share } = await bench({ quirks: { perPageCap: 2 } });
    for (const number of [1, 2, 3]) simulator.add(sensor(number));
    expect((await share(sensorType, { perPage: 1000 })).meta).toMatchObject({
      perPage: 2,
      currentCount: 2,
      totalPages: 2,
    });
  });

  it("filters by rights after the page was cut, and counts everything", async () => {
    const { simulator, share } = await bench();
    for (const number of [1, 2, 3, 4, 5]) simulator.add({ ...sensor(number), hidden: number <= 3 });
    const first = await share(sensorType, { perPage: 3 });
    expect(first.meta).toMatchObject({ currentCount: 0, totalCount: 5, totalPages: 2 });
    expect(ids(await share(sensorType, { perPage: 3, page: 2 }))).toEqual([4, 5].map((number) => sensor(number).id));
  });

  it("can cap the total at the page size", async () => {
    const { simulator, share } = await bench({ quirks: { totalCountCapped: true } });
    for (const number of [1, 2, 3]) simulator.add(sensor(number));
    expect((await share(sensorType, { perPage: 2 })).meta).toMatchObject({ totalCount: 2, totalPages: 1 });
    expect((await share(sensorType, { perPage: 2, page: 2 })).objs).toHaveLength(1);
  });

  it("shows a repeated record twice", async () => {
    const { simulator, share } = await bench();
    simulator.add(sensor(1));
    simulator.add({ ...sensor(2), repeated: true });
    expect(ids(await share(sensorType))).toEqual([1, 2, 2].map((number) => sensor(number).id));
    simulator.remove(sensor(2).id);
    expect(ids(await share(sensorType))).toEqual([sensor(1).id]);
  });

  it("leaves out the data unless details are asked for", async () => {
    const { simulator, get } = await bench();
    simulator.add({ ...sensor(1), storedAt: Date.parse("2025-03-04T12:01:12.481Z") - 86_400_000, tags: [] });
    for (const query of ["", "?details=false"]) {
      const { objs } = await get(`/share/${sensorType}${query}`);
      expect(objs).toEqual([
        {
          name: "",
          url: `/share/${sensorType}/${sensor(1).id}`,
          _id: { $oid: sensor(1).id },
          id: sensor(1).id,
          tstamp: "03/03/2025 12:01:12:481 PM",
          recType: sensorType,
        },
      ]);
    }
  });

  it("finds records by all of their tags, and the newest one by a reserved word", async () => {
    const { simulator, get } = await bench();
    simulator.add({ ...sensor(1), tags: ["room", "1st Floor"] });
    simulator.add({ ...sensor(2), tags: ["room"] });
    expect(ids(await get(`/share/${sensorType}/tags/room/1st%20Floor`))).toEqual([sensor(1).id]);
    expect(ids(await get(`/share/${sensorType}/tags/latest`))).toEqual([sensor(2).id]);
  });

  it("reads one record, and answers 404 for unknown, hidden and removed ones", async () => {
    const { simulator, get } = await bench();
    simulator.add(sensor(1));
    simulator.add({ ...sensor(2), hidden: true });
    simulator.add(sensor(3));
    simulator.remove(sensor(3).id);
    expect(ids(await get(`/share/${sensorType}/${sensor(1).id}`))).toEqual([sensor(1).id]);
    for (const id of ["0".repeat(24), sensor(2).id, sensor(3).id, "%zz"]) {
      const reply = await get(`/share/${sensorType}/${id}`);
      expect(reply.status).toBe(404);
      expect(reply.text).toBe("io.microshare.utils.NotFoundException: Record not found or inaccessible.");
    }
  });

  it("refuses a recType without rights, unknown paths and other methods", async () => {
    const { get } = await bench({ quirks: { deniedRecTypes: ["io.microshare.secret.packed"] } });
    const denied = await get("/share/io.microshare.secret.packed?details=true");
    expect([denied.status, denied.text]).toEqual([403, "Access to this path is denied"]);
    expect((await get("/nothing/here")).status).toBe(404);
    const { simulator, token } = await bench();
    const headers = { authorization: `Bearer ${await token()}` };
    expect((await fetch(`${simulator.apiUrl}/share/x`, { method: "POST", headers })).status).toBe(405);
  });

  it("keeps a record back until it is stored, or until it may be seen", async () => {
    const { simulator, clock, share } = await bench();
    simulator.add({ recType: sensorType, time: startedAt, storedAt: startedAt + 1_000 });
    simulator.add({ recType: sensorType, time: startedAt, visibleFrom: startedAt + 5_000 });
    expect((await share(sensorType)).objs).toHaveLength(0);
    clock.at += 1_000;
    expect((await share(sensorType)).objs).toHaveLength(1);
    clock.at += 4_000;
    const reply = await share(sensorType);
    expect(reply.objs.map((obj) => obj.tstamp - startedAt)).toEqual([0, 1_000]);
  });

  it("stays with 10,000 old pages", async () => {
    const { simulator, clock, get, token } = await bench();
    for (let number = 0; number < 20_000; number += 1) simulator.add(sensor(number));
    clock.at += 20_000 * minuteMs;
    const headers = { authorization: `Bearer ${await token()}` };
    const page = await get(`/share/${sensorType}?sort=tstamp&perPage=2&page=9999`, { headers });
    expect(page.meta["totalPages"]).toBe(10_000);
    expect(ids(page)).toEqual([sensor(19_996).id, sensor(19_997).id]);
  });

  it("serves a path prefix", async () => {
    const { simulator, share } = await bench({ apiPrefix: "/api" });
    expect(new URL(simulator.apiUrl).pathname).toBe("/api");
    expect((await share(sensorType)).status).toBe(200);
    expect(simulator.requests.at(-1)).toMatchObject({ path: `/api/share/${sensorType}`, status: 200, at: startedAt });
    expect((await fetch(`${new URL(simulator.apiUrl).origin}/share/${sensorType}`)).status).toBe(404);
  });
});
