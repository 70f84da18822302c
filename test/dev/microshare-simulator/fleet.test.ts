// The fleet: what it produces over days, and that the same seed gives the same bytes.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { localDay, usDateText } from "../../../dev/microshare-simulator/time-text.ts";
import type { FleetOptions, SimulatedRecord } from "../../../dev/microshare-simulator/index.ts";
import snapshotSample from "../../samples/hourly-snapshot-view-page.json" with { type: "json" };
import eventSample from "../../samples/share-page-details.json" with { type: "json" };
import { bench, hourMs, minuteMs, startedAt } from "./client.ts";
import type { Bench } from "./client.ts";

const dayMs = 24 * hourMs;
const size = { buildings: 2, roomsPerBuilding: 1, devicesPerRoom: 1 };
const chances = { lateShare: 0.1, rewrittenShare: 0.1, repeatedShare: 0.05, foreignShare: 0.1 };
const busy = { ...size, ...chances, startAt: startedAt };

/** Turns the clock on in steps and reads every list to its end at each step. */
async function liveThrough(
  tools: Bench,
  stepMs: number,
  days: number,
): Promise<{ digest: string; shown: Set<string> }> {
  const bytes = createHash("sha256");
  const shown = new Set<string>();
  const recTypes = Object.values(tools.simulator.recTypes);
  for (let step = 0; step * stepMs <= days * dayMs; step += 1) {
    tools.clock.at = startedAt + step * stepMs;
    // Tokens do not live for days.
    const headers = { authorization: `Bearer ${await tools.token()}` };
    for (const recType of recTypes) {
      for (let [page, last] = [1, 1]; page <= last; page += 1) {
        const path = `/share/${recType}?details=true&sort=tstamp&perPage=500&page=${page}`;
        const reply = await tools.get(path, { headers });
        last = Number(reply.meta["totalPages"]);
        bytes.update(reply.text);
        for (const obj of reply.objs) shown.add(`${obj.id} ${obj.checksum}`);
      }
    }
  }
  return { digest: bytes.digest("hex"), shown };
}

function truth(tools: Bench): string[] {
  return tools.simulator.visible().map((record) => `${record.id} ${record.checksum}`);
}

describe("fleet", () => {
  it("shows over three days everything it says it produced, and nothing else", async () => {
    const tools = await bench({ fleet: { ...busy, rewrittenShare: 0 } });
    const { shown } = await liveThrough(tools, 12 * hourMs, 3);
    expect(shown.size).toBeGreaterThan(1_500);
    expect([...shown].toSorted()).toEqual(truth(tools).toSorted());
  });

  it("gives the same bytes for the same seed, and others for another", async () => {
    const digests = [];
    for (const seed of [7, 7, 8]) {
      const tools = await bench({ seed, fleet: busy });
      digests.push((await liveThrough(tools, 12 * hourMs, 2)).digest);
    }
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });

  it("does not depend on the steps in which the clock is turned", async () => {
    const truths = [];
    for (const stepMs of [17 * minuteMs, 2 * dayMs]) {
      const tools = await bench({ fleet: busy });
      for (let at = 0; at <= 2 * dayMs; at += stepMs) {
        tools.clock.at = startedAt + at;
        tools.simulator.visible();
      }
      tools.clock.at = startedAt + 2 * dayMs;
      truths.push(truth(tools));
    }
    expect(truths[0]).toEqual(truths[1]);
  });

  it("stores nothing before its time, and nothing that is not over", async () => {
    const { simulator, clock } = await bench({ fleet: busy });
    expect(simulator.visible({ includeHidden: true })).toEqual([]);
    clock.at += dayMs;
    for (const record of simulator.visible({ includeHidden: true })) {
      expect(record.time).toBeGreaterThanOrEqual(startedAt);
      const isSnapshot = record.recType === simulator.recTypes.snapshot;
      expect(record.storedAt).toBeGreaterThan(record.time + (isSnapshot ? hourMs : 0));
      expect(record.visibleFrom).toBeLessThanOrEqual(clock.at);
    }
  });

  it("produces each kind in its rhythm", async () => {
    const rhythm = { ...busy, lateShare: 0, rewrittenShare: 0, repeatedShare: 0, foreignShare: 0 };
    const fleet = {
      ...rhythm,
      buildings: 2,
      roomsPerBuilding: 3,
      devicesPerRoom: 2,
      motionEveryMinutes: 5,
      peopleEveryMinutes: 15,
    };
    const { simulator, clock } = await bench({ fleet });
    clock.at += dayMs;
    const span = { from: startedAt, to: startedAt + 12 * hourMs };
    const count = (recType: string): number => simulator.visible({ recType, ...span }).length;
    const { snapshot, people, peopleEvent, motion } = simulator.recTypes;
    expect(count(snapshot)).toBe(12 * 6 * (2 + 2));
    expect(count(people)).toBe(12 * 4 * 2);
    expect(count(peopleEvent)).toBe(12 * 4 * 4);
    expect(count(motion)).toBe(12 * 12 * 12);
  });

  it("is late, rewritten, repeated and foreign in about the shares asked for", async () => {
    const { simulator, clock, get } = await bench({ fleet: { ...busy, roomsPerBuilding: 6, maxLateMs: 2 * hourMs } });
    // Shorter than the life of the token.
    clock.at += 47 * hourMs;
    const all = simulator.visible({ includeHidden: true });
    const own = all.filter((record) => !record.hidden && record.version === 1);
    const share = (part: readonly SimulatedRecord[]): number => part.length / own.length;
    expect(share(own.filter((record) => record.late))).toBeCloseTo(0.1, 1);
    expect(share(all.filter((record) => record.version === 2))).toBeCloseTo(0.1, 1);
    expect(share(own.filter((record) => record.repeated))).toBeCloseTo(0.05, 1);
    expect(share(all.filter((record) => record.hidden))).toBeCloseTo(0.1, 1);
    for (const record of own.filter((each) => each.recType === simulator.recTypes.motion)) {
      expect(record.storedAt - record.time).toBeLessThanOrEqual(2_000 + (record.late ? 2 * hourMs : 0));
    }
    const motion = simulator.recTypes.motion;
    const reply = await get(`/share/${motion}?details=true&perPage=100000`);
    const ownMotion = own.filter((record) => record.recType === motion);
    expect(reply.objs).toHaveLength(ownMotion.length + ownMotion.filter((record) => record.repeated).length);
    expect(Number(reply.meta["totalCount"])).toBeGreaterThan(reply.objs.length);
  });

  it("has payloads of the documented form, whose facts match the record's", async () => {
    const { simulator } = await bench({ fleet: {} });
    const { snapshot, motion } = simulator.recTypes;
    const one = (recType: string): SimulatedRecord | undefined => simulator.visible({ recType })[0];
    expect(one(snapshot)?.data).toEqual(sameShape(snapshotSample.objs[0]?.data));
    expect(one(motion)?.data).toEqual(sameShape(eventSample.objs[0]?.data));
    for (const record of Object.values(simulator.recTypes).flatMap((recType) => one(recType) ?? [])) {
      const { meta } = record.data as { meta: { device: string[]; global: string[]; iot: { time: string } } };
      expect([meta.device, meta.global, meta.iot.time]).toEqual([record.place, record.global, record.iotTime]);
      expect(record.iotTime).toBe(new Date(record.time).toISOString());
    }
  });

  it("counts people up over the local day and starts again at its midnight", async () => {
    const { simulator, clock } = await bench({ fleet: { ...busy, lateShare: 0, rewrittenShare: 0 } });
    clock.at += 2 * dayMs;
    const records = simulator.visible({ recType: simulator.recTypes.peopleEvent });
    const doors = Map.groupBy(records, (record) => record.device);
    for (const door of doors.values()) {
      const totals = door
        .toSorted((one, other) => one.time - other.time)
        .map((record) => record.data as { change: { in: number }; daily_total: { in: number; reset_time: string } });
      for (const [index, { change, daily_total: today }] of totals.entries()) {
        const before = totals[index - 1]?.daily_total;
        if (before?.reset_time === today.reset_time) expect(today.in).toBe(before.in + change.in);
        // Midnight in Paris in winter.
        expect(today.reset_time).toContain("T23:00:00.000Z");
      }
    }
  });

  it("can keep records back for a while after they were stored", async () => {
    const { simulator } = await bench({ fleet: { visibilityLagMs: 10_000 } satisfies FleetOptions });
    for (const record of simulator.visible({ currentOnly: true }).slice(0, 50)) {
      if (record.version === 1) expect(record.visibleFrom).toBe(record.storedAt + 10_000);
    }
    expect(simulator.visible().length).toBeGreaterThan(100);
  });

  it("has buildings with awkward names", async () => {
    const { simulator } = await bench({ fleet: { buildings: 6, roomsPerBuilding: 0 } });
    expect(simulator.locations).toEqual([
      "North Tower",
      "South Annex",
      'Café "Le Quai"',
      "Halle Süd",
      "West Wing",
      "North Tower 2",
    ]);
  });
});

describe("texts of time", () => {
  it("write US dates with the hours of noon and midnight", () => {
    expect(usDateText(Date.parse("2025-03-04T00:00:00.005Z"))).toBe("03/04/2025 12:00:00:005 AM");
    expect(usDateText(Date.parse("2025-03-04T12:01:12.481Z"))).toBe("03/04/2025 12:01:12:481 PM");
    expect(usDateText(Date.parse("2025-03-04T23:59:59.999Z"))).toBe("03/04/2025 11:59:59:999 PM");
  });

  it("know the local day around daylight saving", () => {
    for (const [noon, midnight] of [
      ["2025-03-30T12:00:00Z", "2025-03-29T23:00:00.000Z"],
      ["2025-10-26T12:00:00Z", "2025-10-25T22:00:00.000Z"],
    ] as const) {
      expect(localDay(Date.parse(noon), "Europe/Paris").startsAt).toBe(Date.parse(midnight));
    }
    expect(localDay(Date.parse("2025-03-09T22:30:00Z"), "Europe/Paris")).toMatchObject({ dayOfTheWeek: 7, hour: 23 });
  });
});

/** Matches any value with the same keys and the same types all the way down. */
function sameShape(sample: unknown): unknown {
  if (Array.isArray(sample)) return expect.any(Array);
  if (typeof sample === "object" && sample !== null) {
    return Object.fromEntries(Object.entries(sample).map(([key, value]) => [key, sameShape(value)]));
  }
  return expect.any(Object(sample).constructor);
}
