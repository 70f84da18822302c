import { describe, expect, it } from "vitest";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import type { Checkpoint, Gap } from "../../src/pipeline/ports.ts";
import { firstCheckpoint, raiseWatermark } from "../../src/pipeline/progress.ts";
import { doneTo } from "../../src/pipeline/reading-plan.ts";
import { skipGap, withGap, type SkipGapDeps } from "../../src/pipeline/skip-gap.ts";
import { wait } from "../../src/wait.ts";
import { fc } from "../fast-check.ts";
import { HOUR, MINUTE, routeUnderTest, START, type RouteOptions } from "./route-under-test.ts";

const at = (minutes: number) => START + minutes * MINUTE;
const terms = { parts: [""], end: at(600) };

function gap(from: number, to: number, more: Partial<Gap> = {}): Gap {
  return { part: "", from, to, reason: "too full", at: at(700), ...more };
}

function standingAt(instant: number): Checkpoint {
  return raiseWatermark({ ...firstCheckpoint(START, START), parts: { "": { doneTo: instant, hint: "3" } } }, [""]);
}

describe("a gap", () => {
  it("moves its part and the watermark to its end, and is kept", () => {
    const after = withGap(standingAt(at(60)), gap(at(60), at(61)), terms);
    expect(after.parts).toEqual({ "": { doneTo: at(61), hint: "3" } });
    expect(after.watermark).toBe(at(61));
    // What had been read when it was given up is no part of what is missing.
    expect(after.gaps).toEqual([gap(at(60), at(61), { readTo: at(60) })]);
  });

  it("never moves anything back, wherever it lies", () => {
    const anyMinute = fc.integer({ min: -10, max: 700 });
    fc.assert(
      fc.property(anyMinute, anyMinute, fc.integer({ min: 0, max: 600 }), (from, to, stands) => {
        const before = standingAt(at(stands));
        let after = before;
        try {
          after = withGap(before, gap(at(from), at(to)), terms);
        } catch {
          expect(from >= to || to <= 0 || to > 600 || from > stands).toBe(true);
        }
        expect(after.watermark).toBe(Math.max(before.watermark, doneTo(after, "")));
        expect(doneTo(after, "")).toBe(after === before ? at(stands) : Math.max(at(stands), at(to)));
      }),
    );
  });

  it("of one part leaves the watermark with the part that is furthest behind", () => {
    const parts = { North: { doneTo: at(60) }, South: { doneTo: at(50) } };
    const before = { ...standingAt(at(50)), parts };
    const after = withGap(before, gap(at(60), at(90), { part: "North" }), { ...terms, parts: ["North", "South"] });
    expect(after.parts).toEqual({ North: { doneTo: at(90) }, South: { doneTo: at(50) } });
    expect(after.watermark).toBe(at(50));
  });

  it.each<[string, Gap, string]>([
    ["that is empty", gap(at(60), at(60)), "is empty"],
    ["that runs backwards", gap(at(61), at(60)), "is empty"],
    ["without a reason", gap(at(60), at(61), { reason: " " }), "has no reason"],
    ["before the feed began", gap(START - 9, START), "before the feed begins"],
    ["that is not due yet", gap(at(60), at(601)), "later than what is due"],
    ["that would leave something out before it", gap(at(61), at(62)), `stands at ${new Date(at(60)).toISOString()}`],
  ])("is refused %s, with what to do", (_, wrong, message) => {
    expect(() => withGap(standingAt(at(60)), wrong, terms)).toThrow(
      expect.objectContaining({
        code: "GAP_REFUSED",
        message: expect.stringContaining(message),
        fix: expect.stringMatching(/./),
      }),
    );
  });

  it("is one of a hundred at most; the oldest makes room once reading can no longer reach it", () => {
    let full = standingAt(at(0));
    for (let n = 0; n < 100; n += 1) full = withGap(full, gap(at(n), at(n + 1)), terms);
    expect(() => withGap(full, gap(at(100), at(101)), terms)).toThrow("number 101");
    const later = withGap({ ...full, coveredFrom: at(1) }, gap(at(100), at(101), { reason: "x".repeat(900) }), terms);
    expect(later.gaps).toHaveLength(100);
    expect(later.gaps?.[0]?.from).toBe(at(1));
    expect(later.gaps?.at(-1)?.reason).toHaveLength(300);
  });
});

function underTest(options: RouteOptions = {}) {
  const bridge = routeUnderTest(options);
  const deps: SkipGapDeps = {
    store: bridge.store,
    clock: { monotonicNow: () => performance.now(), wait },
    leaseTerms: { ...leaseTerms(90_000, 20_000), lookEveryMs: 1 },
    owner: "an operator",
    reading: new AbortController().signal,
    now: () => bridge.clock.now,
  };
  return {
    ...bridge,
    skip: (from: number, to: number, part?: string, changes: Partial<SkipGapDeps> = {}) =>
      skipGap(bridge.route(), part, { from, to }, "more records than the view shows", { ...deps, ...changes }),
  };
}

describe("skipping a gap", () => {
  it("lets a feed go on behind an instant that cannot be read; lookbacks stay away from it and no further", async () => {
    const bridge = underTest({ feed: { limit: 5 } });
    for (let n = 0; n < 5; n += 1) bridge.feed.add({ key: `full${n}`, time: at(60) });
    bridge.feed.add({ key: "before", time: at(30) }, { key: "after", time: at(90) });
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "WINDOW_SATURATED" } });
    const stands = (await bridge.checkpoint())?.watermark ?? 0;
    expect(stands).toBeLessThanOrEqual(at(60));

    const outcome = await bridge.skip(stands, at(60) + 1);
    expect(outcome).toMatchObject({ kind: "skipped", doneTo: at(60) + 1, watermark: at(60) + 1 });
    const late = { visibleAt: START + 2.5 * HOUR };
    bridge.feed.add({ key: "late-before", time: at(31), ...late }, { key: "late-after", time: at(91), ...late });
    for (let hour = 2; hour < 32; hour += 1) {
      bridge.clock.now = START + hour * HOUR;
      expect(await bridge.run()).toMatchObject({ kind: "caught-up", gaps: 1 });
      expect((await bridge.checkpoint())?.watermark).toBe(bridge.clock.now - MINUTE);
    }
    expect(bridge.keys().toSorted()).toEqual(["after", "before", "late-after", "late-before"]);
    // What the ledger has to cover still ends where lookbacks end: nothing stays owed for ever.
    expect((await bridge.checkpoint())?.lookback).toEqual({});
  });

  it("behind the watermark keeps lookbacks away from what they cannot read, and moves nothing", async () => {
    const bridge = underTest({ feed: { limit: 5 } });
    bridge.feed.add({ key: "before", time: at(30) }, { key: "after", time: at(90) });
    await bridge.run();
    const watermark = (await bridge.checkpoint())?.watermark;
    for (let n = 0; n < 5; n += 1) {
      bridge.feed.add({ key: `full${n}`, time: at(60), visibleAt: START + 2.5 * HOUR });
    }
    bridge.clock.now += HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "blocked", error: { code: "WINDOW_SATURATED" } });
    const reached = (await bridge.checkpoint())?.watermark ?? 0;
    expect(reached).toBeGreaterThan(watermark ?? 0);
    expect(await bridge.skip(at(60), at(60) + 1)).toMatchObject({ kind: "skipped", doneTo: reached });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", gaps: 1 });
  });

  it("is told in the history of gaps with reason and time, by a route that is not running", async () => {
    const bridge = underTest();
    await bridge.run();
    bridge.clock.now += HOUR;
    const stands = (await bridge.checkpoint())?.watermark ?? 0;
    await bridge.skip(stands, stands + 1);
    expect((await bridge.checkpoint())?.gaps).toEqual([
      {
        part: "",
        from: stands,
        to: stands + 1,
        reason: "more records than the view shows",
        at: bridge.clock.now,
        readTo: stands,
      },
    ]);
    expect(await bridge.store.look("test@memory")).toMatchObject({ free: true });
  });

  it("needs the name of the part where there are several, and a name that exists", async () => {
    const parts = ["North", "South"];
    const bridge = underTest({ feed: { parts: () => parts } });
    await bridge.run();
    bridge.clock.now += HOUR;
    const stands = (await bridge.checkpoint())?.watermark ?? 0;
    await expect(bridge.skip(stands, stands + 1)).rejects.toMatchObject({
      code: "GAP_REFUSED",
      message: expect.stringContaining('"North", "South"'),
    });
    await expect(bridge.skip(stands, stands + 1, "West")).rejects.toMatchObject({ code: "GAP_REFUSED" });
    expect(await bridge.skip(stands, stands + 1, "South")).toMatchObject({ kind: "skipped", doneTo: stands + 1 });
    expect((await bridge.checkpoint())?.parts).toMatchObject({ North: { doneTo: stands } });
    const many = underTest({ feed: { parts: () => Array.from({ length: 30 }, (_, n) => `part ${n}`) } });
    await many.run();
    await expect(many.skip(0, 1)).rejects.toThrow("and more");
  });

  it("is refused while a run has the route, and for a route that never ran", async () => {
    const bridge = underTest();
    await expect(bridge.skip(at(0), at(1))).rejects.toMatchObject({ code: "ROUTE_UNKNOWN" });
    await bridge.run();
    let held = await bridge.store.take("test@memory", await bridge.store.look("test@memory"), "a run");
    const look = async (route: string) => {
      if (held !== undefined) held = await bridge.store.renew(route, held);
      return bridge.store.look(route);
    };
    const before = await bridge.checkpoint();
    const outcome = await bridge.skip(at(0), at(1), "", { store: { ...bridge.store, look } });
    expect(outcome).toEqual({ kind: "elsewhere", owner: "a run" });
    expect(await bridge.checkpoint()).toEqual(before);
  });
});
