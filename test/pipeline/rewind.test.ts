// Setting a route back: what is read again, what the ledger keeps from being sent again, and what it does not.
import { describe, expect, it } from "vitest";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import { planRewind, rewind } from "../../src/pipeline/rewind.ts";
import { skipGap } from "../../src/pipeline/skip-gap.ts";
import { HOUR, MINUTE, routeUnderTest, START, type RouteOptions } from "./route-under-test.ts";

const ROUTE = "test@memory";

async function underTest(options: RouteOptions = {}, hours = 12) {
  const bridge = routeUnderTest({ timing: { lookbackMs: 2 * HOUR, deepLookbackMs: 2 * HOUR }, ...options });
  for (let hour = 0; hour < hours; hour += 1) bridge.feed.add({ key: `hour ${hour}`, time: START + hour * HOUR });
  for (let hour = 1; hour <= hours; hour += 1) {
    bridge.clock.now = START + hour * HOUR;
    await bridge.run();
  }
  const deps = {
    store: bridge.store,
    clock: bridge.time,
    leaseTerms: leaseTerms(90_000, 20_000),
    owner: "an operator",
    reading: new AbortController().signal,
    now: () => bridge.clock.now,
  };
  const saved = async () => {
    const checkpoint = await bridge.checkpoint();
    if (checkpoint === undefined) throw new Error("nothing is saved");
    return checkpoint;
  };
  const plan = async (to: number) => planRewind(ROUTE, await saved(), to);
  return {
    ...bridge,
    deps,
    saved,
    plan,
    rewindTo: async (to: number) => rewind({ name: ROUTE }, await plan(to), deps),
    times: (key: string) => bridge.keys().filter((one) => one === key).length,
  };
}

describe("setting a route back", () => {
  it("repeats nothing as far as the ledger reaches, and finds what was missing", async () => {
    const bridge = await underTest();
    const { coveredFrom, watermark } = await bridge.saved();
    const plan = await bridge.plan(coveredFrom);
    expect(plan).toMatchObject({ watermark, again: { from: coveredFrom, to: watermark }, gaps: 0 });
    expect(plan).not.toHaveProperty("repeated");
    bridge.feed.add({ key: "missing", time: coveredFrom + MINUTE });
    expect(await bridge.rewindTo(coveredFrom)).toMatchObject({ kind: "rewound", watermark: coveredFrom });
    expect((await bridge.saved()).watermark).toBe(coveredFrom);
    const outcome = await bridge.run();
    expect(outcome).toMatchObject({ kind: "caught-up", totals: { delivered: 1 } });
    expect((await bridge.saved()).watermark).toBe(watermark);
    expect(new Set(bridge.ids()).size).toBe(bridge.ids().length);
  });

  it("sends again exactly what lies before the ledger, under the same event ids, and says so before", async () => {
    const bridge = await underTest();
    const { coveredFrom } = await bridge.saved();
    const to = START + 3 * HOUR;
    expect(await bridge.plan(to)).toMatchObject({
      repeated: { from: to, to: coveredFrom },
      covered: { from: coveredFrom },
    });
    const idsBefore = new Set(bridge.ids());
    await bridge.rewindTo(to);
    await bridge.run();
    for (let hour = 0; hour < 12; hour += 1) {
      const time = START + hour * HOUR;
      // The ledger keeps ten minutes more than it has to.
      expect(bridge.times(`hour ${hour}`)).toBe(time >= to && time < coveredFrom - HOUR ? 2 : 1);
    }
    expect(new Set(bridge.ids())).toEqual(idsBefore);
    // From here on the ledger covers what was read again.
    expect((await bridge.saved()).coveredFrom).toBeGreaterThanOrEqual(to);
    await bridge.run();
    expect(new Set(bridge.ids())).toEqual(idsBefore);
  });

  it("goes on when it is killed on the way back, without repeating more", async () => {
    const bridge = await underTest({ loadBytes: 1 });
    const to = START + 3 * HOUR;
    await bridge.rewindTo(to);
    const reading = new AbortController();
    let sent = 0;
    const { sink } = bridge.route();
    await bridge.run({
      route: {
        sink: {
          ...sink,
          send: (...args) => {
            if ((sent += 1) === 2) reading.abort(new Error("over"));
            return sink.send(...args);
          },
        },
      },
      deps: { reading: reading.signal },
    });
    while ((await bridge.run()).kind !== "caught-up");
    for (let hour = 0; hour < 12; hour += 1) expect(bridge.times(`hour ${hour}`)).toBeLessThanOrEqual(2);
  });

  it("leaves what was given up alone", async () => {
    const bridge = await underTest();
    const gap = { from: START + 10 * HOUR, to: START + 11 * HOUR };
    await skipGap(bridge.route(), undefined, gap, "unreadable", bridge.deps);
    expect(await bridge.plan(START + 9 * HOUR)).toMatchObject({ gaps: 1 });
    await bridge.rewindTo(START + 9 * HOUR);
    bridge.feed.requests.length = 0;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    for (const { window } of bridge.feed.requests) {
      expect(window.to <= gap.from || window.from >= gap.to).toBe(true);
    }
    expect((await bridge.saved()).watermark).toBe(bridge.clock.now - MINUTE);
  });

  it("is refused before the beginning, ahead of the watermark, and for a route that never ran", async () => {
    const bridge = await underTest();
    const refused = { code: "REWIND_REFUSED", fix: expect.stringMatching(/./) };
    await expect(bridge.plan(START - 1)).rejects.toMatchObject({
      ...refused,
      fix: expect.stringContaining("backfill"),
    });
    await expect(bridge.plan(START + 12 * HOUR)).rejects.toMatchObject(refused);
    await expect(rewind({ name: "other" }, await bridge.plan(START), bridge.deps)).rejects.toMatchObject({
      code: "ROUTE_UNKNOWN",
    });
  });

  it("is refused when more would be repeated by now than the operator agreed to", async () => {
    const bridge = await underTest();
    const agreed = await bridge.plan(START + 3 * HOUR);
    bridge.clock.now += 5 * HOUR;
    await bridge.run();
    await expect(rewind({ name: ROUTE }, agreed, bridge.deps)).rejects.toMatchObject({ code: "REWIND_REFUSED" });
  });

  it("keeps off while a run has the route, and saves nothing then", async () => {
    const bridge = await underTest();
    const plan = await bridge.plan(START + 3 * HOUR);
    let held = await bridge.store.take(ROUTE, await bridge.store.look(ROUTE), "a run");
    const before = await bridge.saved();
    const look = async (route: string) => {
      if (held !== undefined) held = await bridge.store.renew(route, held);
      return bridge.store.look(route);
    };
    const rewinding = rewind({ name: ROUTE }, plan, { ...bridge.deps, store: { ...bridge.store, look } });
    expect(await bridge.time.passUntil(rewinding)).toEqual({ kind: "elsewhere", owner: "a run" });
    expect(await bridge.saved()).toEqual(before);
  });
});
