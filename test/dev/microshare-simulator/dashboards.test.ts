// The two dashboard views, with the parameters that field clients send.
import { describe, expect, it } from "vitest";
import peopleSample from "../../samples/dashboard-people-counter.json" with { type: "json" };
import snapshotSample from "../../samples/dashboard-hourly-snapshot.json" with { type: "json" };
import { bench, hourMs, startedAt } from "./client.ts";
import type { Bench, Obj } from "./client.ts";

const iso = (at: number): string => new Date(at).toISOString();
const from = startedAt - 6 * hourMs;
const quiet = { lateShare: 0, rewrittenShare: 0, repeatedShare: 0 };

interface Line {
  readonly time: string;
  readonly record?: string;
  readonly [part: string]: unknown;
}

function snapshotQuery({ simulator }: Bench): Record<string, string> {
  return {
    recType: simulator.recTypes.snapshot,
    from: iso(from),
    to: iso(startedAt),
    dataContext: JSON.stringify(simulator.dataContext),
    field1: "current",
    field2: "field2",
    field3: "field3",
    field4: "field4",
    field5: "field5",
    field6: "field6",
    category: "space",
    metric: "occupancy",
    ownerOrg: '"[a-zA-Z]"',
    loc1: simulator.locations[0] ?? "",
  };
}

function peopleQuery({ simulator }: Bench): Record<string, string> {
  const { category: _category, metric: _metric, ownerOrg: _ownerOrg, ...rest } = snapshotQuery({ simulator } as Bench);
  const fields = { field1: "daily_total", field2: "meta", field3: "change" };
  return { ...rest, ...fields, recType: simulator.recTypes.people, dataContext: '["people"]' };
}

function linesOf(obj: Obj): Line[] {
  return obj.data["line"] as Line[];
}

function placeOf(obj: Obj): string[] {
  return (obj.data["_id"] as { tags: string[] }).tags;
}

describe("snapshot dashboard", () => {
  it("groups the hours of each place of one location", async () => {
    const tools = await bench({ fleet: quiet });
    const reply = await tools.view(tools.simulator.views.snapshotDashboard, snapshotQuery(tools));
    expect(reply.objs).toHaveLength(4);
    for (const obj of reply.objs) {
      expect(placeOf(obj)[0]).toBe(tools.simulator.locations[0]);
      // The hours from 6 to 10; those from 11 on are not stored yet at 12:00.
      expect(
        linesOf(obj)
          .map((line) => line.time)
          .toSorted(),
      ).toEqual([0, 1, 2, 3, 4].map((hour) => iso(from + hour * hourMs)));
    }
  });

  it("has the outer and inner fields of the observed sample", async () => {
    const tools = await bench({ fleet: quiet });
    const [obj] = (await tools.view(tools.simulator.views.snapshotDashboard, snapshotQuery(tools))).objs;
    const sample = snapshotSample.objs[0];
    expect(Object.keys(obj ?? {})).toEqual(Object.keys(sample ?? {}));
    const [line] = obj === undefined ? [] : linesOf(obj);
    const expected = sample?.data.line[0];
    // `change` is named in field notes, its content was never shown: the simulator leaves it out.
    expect(Object.keys(line ?? {})).toEqual(Object.keys(expected ?? {}).filter((name) => name !== "change"));
    expect(Object.keys(line?.["current"] ?? {})).toEqual(Object.keys(expected?.current ?? {}));
    expect(line).not.toHaveProperty("record");
  });

  it.each(["field6", "loc1", "category", "metric", "ownerOrg", "dataContext"])(
    "answers 503 without %s",
    async (name) => {
      const tools = await bench();
      const query = new Map(Object.entries(snapshotQuery(tools)));
      query.delete(name);
      const reply = await tools.view(tools.simulator.views.snapshotDashboard, Object.fromEntries(query));
      expect(reply.status).toBe(503);
      expect(reply.text).toContain(`unresolvable property or identifier: ${name}`);
    },
  );

  it("answers 503 when ownerOrg lacks its quotes", async () => {
    const tools = await bench();
    const query = { ...snapshotQuery(tools), ownerOrg: "[a-zA-Z]" };
    expect((await tools.view(tools.simulator.views.snapshotDashboard, query)).status).toBe(503);
  });

  it("is empty for a place or an owner that does not exist", async () => {
    const tools = await bench({ fleet: {} });
    for (const change of [{ loc1: "Nowhere" }, { ownerOrg: '"^org.other"' }, { metric: "snr" }]) {
      const query = { ...snapshotQuery(tools), ...change };
      expect((await tools.view(tools.simulator.views.snapshotDashboard, query)).meta["totalCount"]).toBe(0);
    }
  });

  it("loses the oldest hours when the limit strikes, and says nothing", async () => {
    const fleet = { ...quiet, buildings: 1, roomsPerBuilding: 50, startAt: startedAt - 40 * hourMs };
    const tools = await bench({ fleet });
    const query = { ...snapshotQuery(tools), from: iso(startedAt - 40 * hourMs) };
    const reply = await tools.view(tools.simulator.views.snapshotDashboard, query);
    const lines = reply.objs.flatMap(linesOf);
    expect(lines).toHaveLength(999);
    expect(reply.meta).toMatchObject({ totalCount: 50, totalPages: 1 });
    // 50 places make 50 lines an hour: 19 whole hours and part of the 20th.
    const earliest = lines.map((line) => line.time).toSorted()[0];
    expect(earliest).toBe(iso(startedAt - 2 * hourMs - 19 * hourMs));
  });
});

describe("people dashboard", () => {
  it("names the record behind each entry and has the fields of the observed sample", async () => {
    const tools = await bench({ fleet: quiet });
    const reply = await tools.view(tools.simulator.views.peopleDashboard, peopleQuery(tools));
    const lines = reply.objs.flatMap(linesOf);
    const known = tools.simulator.visible({ recType: tools.simulator.recTypes.people }).map((record) => record.id);
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) expect(known).toContain(line.record);
    const sample = peopleSample.objs[0]?.data.line[0];
    expect(Object.keys(lines[0] ?? {}).toSorted()).toEqual(Object.keys(sample ?? {}).toSorted());
    for (const part of ["change", "daily_total"] as const) {
      expect(Object.keys(lines[0]?.[part] ?? {}).toSorted()).toEqual(Object.keys(sample?.[part] ?? {}).toSorted());
    }
  });

  it("needs no category, metric or ownerOrg", async () => {
    const tools = await bench();
    expect(Object.keys(peopleQuery(tools))).not.toContain("ownerOrg");
    expect((await tools.view(tools.simulator.views.peopleDashboard, peopleQuery(tools))).status).toBe(200);
  });
});
