// A backfill beside a live route: what it reads, what it leaves out, and what it leaves alone.
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { createInFlight } from "../../src/pipeline/in-flight.ts";
import { backfill, lookAtBackfill, type BackfillDeps, type BackfillSight } from "../../src/pipeline/backfill.ts";
import type { BackfillRequest } from "../../src/pipeline/backfill-plan.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import { planRewind, rewind } from "../../src/pipeline/rewind.ts";
import { skipGap } from "../../src/pipeline/skip-gap.ts";
import { deadLetterReplay } from "../../src/state/dead-letter-replay.ts";
import { memoryBackfills } from "../../src/state/memory-backfills.ts";
import { createRunTime } from "../../src/run-time.ts";
import { DAY, HOUR, MINUTE, routeUnderTest, START, type RouteOptions } from "./route-under-test.ts";

const ROUTE = "test@memory";
const HISTORY = { from: START - 6 * HOUR, to: START, again: false };

/** A live route that has run, with records of six hours before it began. */
async function underTest(options: RouteOptions = {}) {
  const bridge = routeUnderTest(options);
  for (let hour = -6; hour < 2; hour += 1) bridge.feed.add({ key: `hour ${hour}`, time: START + hour * HOUR });
  await bridge.run();
  const book = memoryBackfills();
  const never = new AbortController().signal;
  const deps: BackfillDeps = {
    store: bridge.store,
    deadLetters: bridge.deadLetters,
    letters: deadLetterReplay(bridge.store, bridge.deadLetters),
    book,
    now: () => bridge.clock.now,
    clock: bridge.time,
    leaseTerms: leaseTerms(90_000, 20_000),
    owner: "an operator",
    time: createRunTime(HOUR),
    pace: { turnMs: 60_000, share: 1, giveWayMs: 5_000 },
    stop: never,
    sliceMaxBytes: 1_000_000,
    loadBytes: 100_000,
    saveBytes: 1,
    inFlight: createInFlight(Infinity),
    readBackBytes: 1e6,
  };
  const read = (request: BackfillRequest, changes: Partial<BackfillDeps> = {}) =>
    bridge.time.passUntil(backfill(bridge.route(), request, { ...deps, ...changes }));
  return {
    ...bridge,
    book,
    deps,
    read,
    plan: (request: BackfillRequest) => lookAtBackfill(bridge.route(), request, deps, never),
    delivered: async () => (await book.loadBook(ROUTE)).book.delivered,
  };
}

const LIVE = ["hour 0", "hour 1"];
const OLD = ["hour -6", "hour -5", "hour -4", "hour -3", "hour -2", "hour -1"];

describe("a backfill", () => {
  it("delivers what lies before the live route, once, under its name and late, and leaves its progress alone", async () => {
    const bridge = await underTest();
    const before = await bridge.checkpoint();
    expect(await bridge.read(HISTORY)).toMatchObject({ kind: "done", totals: { delivered: 6 } });
    expect(bridge.keys()).toEqual([...LIVE, ...OLD]);
    expect(new Set(bridge.sink.received.map(({ properties }) => properties.route))).toEqual(new Set([ROUTE]));
    expect(bridge.sink.received.slice(2).every(({ properties }) => properties.late === true)).toBe(true);
    expect(await bridge.checkpoint()).toEqual(before);
    expect(await bridge.delivered()).toEqual({ "": [{ from: HISTORY.from, to: START }] });
    bridge.clock.now += HOUR;
    await bridge.run();
    expect(await bridge.read(HISTORY)).toMatchObject({ kind: "nothing-to-do" });
    expect(bridge.keys()).toHaveLength(8);
  });

  it("leaves out what the live route and backfills before it have delivered, whatever the ledger has forgotten", async () => {
    const bridge = await underTest();
    await bridge.read({ ...HISTORY, to: START - 3 * HOUR });
    for (let day = 1; day <= 10; day += 1) {
      bridge.clock.now += DAY;
      await bridge.run();
    }
    expect((await bridge.checkpoint())?.coveredFrom).toBeGreaterThan(START + HOUR);
    const wide = { from: START - 6 * HOUR, to: bridge.clock.now + DAY, again: false };
    const watermark = (await bridge.checkpoint())?.watermark ?? 0;
    expect(await bridge.plan(wide)).toMatchObject({
      todo: { "": [{ from: START - 3 * HOUR, to: START }] },
      delivered: {
        "": [
          { from: START - 6 * HOUR, to: START - 3 * HOUR },
          { from: START, to: watermark },
        ],
      },
      leftToLive: { "": [{ from: watermark, to: wide.to }] },
    });
    expect(await bridge.read(wide)).toMatchObject({ kind: "done", totals: { delivered: 3 } });
    expect(bridge.keys().toSorted()).toEqual([...LIVE, ...OLD].toSorted());
    // What it was asked for and did not have to do counts as delivered only where it was.
    expect(await bridge.delivered()).toEqual({ "": [{ from: START - 6 * HOUR, to: START }] });
  });

  it("sends again what was delivered when it is told to, under the same event ids", async () => {
    const bridge = await underTest();
    const outcome = await bridge.read({ from: START, to: START + 2 * HOUR, again: true });
    expect(outcome).toMatchObject({ kind: "done", totals: { delivered: 2 } });
    expect(bridge.keys()).toEqual([...LIVE, ...LIVE]);
    expect(new Set(bridge.ids()).size).toBe(2);
    bridge.clock.now += 1;
    await bridge.read({ from: START, to: START + 2 * HOUR, again: true });
    expect(bridge.keys()).toHaveLength(6);
  });

  it("fills what an operator gave up, and nothing beside it that had been read before", async () => {
    const bridge = await underTest({ feed: { limit: 5 } });
    bridge.clock.now = START + 4 * HOUR;
    for (let n = 0; n < 5; n += 1) bridge.feed.add({ key: `full ${n}`, time: START + 2.5 * HOUR });
    bridge.feed.add({ key: "before", time: START + 2.2 * HOUR }, { key: "after", time: START + 3 * HOUR });
    expect(await bridge.run()).toMatchObject({ kind: "blocked" });
    const stood = (await bridge.checkpoint())?.watermark ?? 0;
    const gap = { from: START + HOUR, to: START + 2.5 * HOUR + 1 };
    const skipping = { ...bridge.deps, reading: bridge.deps.stop };
    await skipGap(bridge.route(), undefined, gap, "too full", skipping);
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    const request = { from: START, to: START + 4 * HOUR, again: false };
    expect((await bridge.plan(request)).todo).toEqual({ "": [{ from: stood, to: gap.to }] });
    // The view's owner has raised its limit.
    const wider = { ...bridge.route(), source: unlimited(bridge.route().source) };
    const filled = await bridge.time.passUntil(backfill(wider, request, bridge.deps));
    expect(filled).toMatchObject({ kind: "done", totals: { delivered: 5 } });
    expect(new Set(bridge.ids()).size).toBe(bridge.ids().length);
    // Setting the live route back does not make it read what was filled.
    const saved = await bridge.checkpoint();
    if (saved === undefined) throw new Error("nothing is saved");
    await rewind({ name: ROUTE }, planRewind(ROUTE, saved, START), skipping);
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    expect(new Set(bridge.ids()).size).toBe(bridge.ids().length);
  });

  it("goes on where it was stopped, and keeps others off its range until it is done", async () => {
    const bridge = await underTest({ loadBytes: 1 });
    const stop = new AbortController();
    const sights: BackfillSight[] = [];
    const pace = { turnMs: 60_000, share: 0.5, giveWayMs: 5_000 };
    const { source } = bridge.route();
    let reads = 0;
    const slow = {
      ...source,
      async *readPages(request: Parameters<typeof source.readPages>[0]) {
        if ((reads += 1) === 3) stop.abort();
        if (request.signal.aborted) throw outOfTime();
        yield* source.readPages(request);
      },
    };
    const first = backfill({ ...bridge.route(), source: slow }, HISTORY, {
      ...bridge.deps,
      loadBytes: 1,
      pace,
      stop: stop.signal,
      onTurn: (sight) => void sights.push(sight),
    });
    expect(await bridge.time.passUntil(first)).toMatchObject({ kind: "stopped", doneTo: START - 4 * HOUR });
    expect(sights.at(-1)).toMatchObject({ doneTo: START - 4 * HOUR, totals: { delivered: 2 }, givesWay: false });
    expect(bridge.keys()).toEqual([...LIVE, "hour -6", "hour -5"]);
    await expect(bridge.read({ ...HISTORY, from: START - 5 * HOUR })).rejects.toMatchObject({
      code: "BACKFILL_REFUSED",
      fix: expect.stringContaining("bridge backfill --from 2025-03-03T18:00:00.000Z --to 2025-03-04T00:00:00.000Z"),
    });
    expect(await bridge.read(HISTORY)).toMatchObject({ kind: "done" });
    expect(bridge.keys().toSorted()).toEqual([...LIVE, ...OLD].toSorted());
  });

  it("begins no turn while the live route sends, or has died while it did", async () => {
    const bridge = await underTest();
    const saved = await bridge.store.load(ROUTE);
    if (saved === undefined) throw new Error("nothing is saved");
    const change = { checkpoint: { ...saved.checkpoint, sending: {} }, deadLetters: [] };
    await bridge.store.save(ROUTE, change, saved.revision);
    const sights: BackfillSight[] = [];
    const filling = backfill(bridge.route(), HISTORY, { ...bridge.deps, onTurn: (sight) => void sights.push(sight) });
    await bridge.time.pass(10 * MINUTE);
    expect(sights.every(({ givesWay }) => givesWay)).toBe(true);
    expect(bridge.keys()).toEqual(LIVE);
    await bridge.run();
    expect(await bridge.time.passUntil(filling)).toMatchObject({ kind: "done" });
  });

  it("rests as long as its share of the time says", async () => {
    const bridge = await underTest();
    const began = bridge.time.monotonicNow();
    const { source } = bridge.route();
    const slow = {
      ...source,
      async *readPages(request: Parameters<typeof source.readPages>[0]) {
        await bridge.time.wait(30_000, request.signal).catch(() => {
          throw outOfTime();
        });
        yield* source.readPages(request);
      },
    };
    let turns = 0;
    const time = {
      // A turn ends with its second window.
      after(ms: number) {
        const controller = new AbortController();
        void bridge.time.wait(ms, controller.signal).then(
          () => controller.abort(),
          () => undefined,
        );
        return { signal: controller.signal, cancel: () => controller.abort() };
      },
    };
    const pace = { turnMs: 65_000, share: 0.25, giveWayMs: 5_000 };
    const outcome = await bridge.time.passUntil(
      backfill({ ...bridge.route(), source: slow }, HISTORY, {
        ...bridge.deps,
        time,
        pace,
        onTurn: () => (turns += 1),
      }),
    );
    expect(outcome).toMatchObject({ kind: "done" });
    expect(turns).toBeGreaterThan(1);
    // Six windows of half a minute, and the rests between the turns: three times what the turns before the last took.
    expect(bridge.time.monotonicNow() - began).toBeGreaterThan(6 * 30_000 + 3 * 60_000);
  });

  it("leaves its dead letters with the live route, where replay and retention look for them", async () => {
    const bridge = await underTest({
      sink: { refuse: ({ properties }) => (properties.recordKey === "hour -3" ? "too large" : undefined) },
    });
    expect(await bridge.read(HISTORY)).toMatchObject({ kind: "done", totals: { delivered: 5, deadLettered: 1 } });
    expect(bridge.deadLetterRows()).toMatchObject([{ recordKey: "hour -3", reason: "too large" }]);
    expect(bridge.deadLetters.letters(ROUTE)).toHaveLength(1);
  });

  it("is refused for a range that is empty, and for a route that never ran", async () => {
    const bridge = await underTest();
    await expect(bridge.read({ ...HISTORY, to: HISTORY.from })).rejects.toMatchObject({ code: "BACKFILL_REFUSED" });
    const fresh = routeUnderTest();
    await expect(
      backfill(fresh.route(), HISTORY, { ...bridge.deps, store: fresh.store, deadLetters: fresh.deadLetters }),
    ).rejects.toMatchObject({ code: "ROUTE_UNKNOWN" });
  });
});

function outOfTime(): BridgeError {
  return new BridgeError("OUT_OF_TIME", "the turn is over", { fix: "none" });
}

function unlimited(source: ReturnType<ReturnType<typeof routeUnderTest>["route"]>["source"]): typeof source {
  return {
    ...source,
    async *readPages(request) {
      for await (const page of source.readPages(request)) {
        const { saturated: _, ...whole } = page;
        yield whole;
      }
    },
  };
}
