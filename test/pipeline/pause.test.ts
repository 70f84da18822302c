// Pausing a route: it is not served, says so, and goes on where it stood.
import { describe, expect, it } from "vitest";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import { pause, resume, type PauseDeps } from "../../src/pipeline/pause.ts";
import { HOUR, MINUTE, routeUnderTest, START } from "./route-under-test.ts";

const ROUTE = "test@memory";
const ANNA = { by: "anna", reason: "the hub is moved" };

function underTest() {
  const calls: string[] = [];
  const bridge = routeUnderTest({ store: { before: ({ name }) => void calls.push(name) } });
  const deps: PauseDeps = {
    store: bridge.store,
    clock: bridge.time,
    leaseTerms: leaseTerms(90_000, 20_000),
    owner: "an operator",
    reading: new AbortController().signal,
    now: () => bridge.clock.now,
  };
  return { ...bridge, calls, deps };
}

describe("a paused route", () => {
  it("is not served, says who paused it and why, and goes on from its watermark when it is resumed", async () => {
    const bridge = underTest();
    bridge.feed.add({ key: "before", time: START + HOUR });
    await bridge.run();
    const watermark = START + 2 * HOUR - MINUTE;
    const paused = { ...ANNA, since: bridge.clock.now };
    expect(await pause(ROUTE, ANNA, bridge.deps)).toEqual({ kind: "paused", paused, wasPaused: false, watermark });

    bridge.feed.add({ key: "meanwhile", time: START + 2.5 * HOUR });
    bridge.clock.now += HOUR;
    const before = await bridge.checkpoint();
    expect(await bridge.run()).toMatchObject({ kind: "paused", paused, watermark, totals: { read: 0 } });
    expect(bridge.keys()).toEqual(["before"]);
    expect(await bridge.checkpoint()).toEqual(before);

    expect(await resume(ROUTE, bridge.deps)).toEqual({ kind: "resumed", paused, watermark });
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    expect(bridge.keys()).toEqual(["before", "meanwhile"]);
    expect(await bridge.checkpoint()).not.toHaveProperty("paused");
  });

  it("costs its run no call to storage beyond the look that each run takes", async () => {
    const bridge = underTest();
    await bridge.run();
    await pause(ROUTE, ANNA, bridge.deps);
    bridge.calls.length = 0;
    await bridge.run();
    // The two looks before the run and the one after it are the test's own.
    expect(bridge.calls).toEqual(["look", "load", "load"]);
  });

  it("that is paused while a run waits for its lease is left alone by that run", async () => {
    const bridge = underTest();
    await bridge.run();
    bridge.feed.add({ key: "meanwhile", time: START + 2.5 * HOUR });
    bridge.clock.now += HOUR;
    const held = await bridge.store.take(ROUTE, await bridge.store.look(ROUTE), "somebody");
    if (held === undefined) throw new Error("the lease was not free");
    const outcome = bridge.run();
    await bridge.time.pass(1000);
    await bridge.store.release(ROUTE, held);
    await pause(ROUTE, ANNA, bridge.deps);
    expect((await outcome).kind).toBe("paused");
    expect(bridge.keys()).toEqual([]);
  });

  it("stays as it was when it is paused again, and tells so", async () => {
    const bridge = underTest();
    await bridge.run();
    await pause(ROUTE, ANNA, bridge.deps);
    const again = await pause(ROUTE, { by: "bert", reason: "other" }, bridge.deps);
    expect(again).toMatchObject({ wasPaused: true, paused: { by: "anna" } });
    await resume(ROUTE, bridge.deps);
    expect(await resume(ROUTE, bridge.deps)).not.toHaveProperty("paused");
  });

  it("is paused once the run that works on it has ended", async () => {
    const bridge = underTest();
    await bridge.run();
    const held = await bridge.store.take(ROUTE, await bridge.store.look(ROUTE), "a run");
    if (held === undefined) throw new Error("the lease was not free");
    const pausing = pause(ROUTE, ANNA, bridge.deps);
    let lease = held;
    for (let minutes = 0; minutes < 5; minutes += 1) {
      await bridge.time.pass(15_000);
      lease = await bridge.store.renew(ROUTE, lease);
      expect(await bridge.checkpoint()).not.toHaveProperty("paused");
    }
    await bridge.store.release(ROUTE, lease);
    expect(await bridge.time.passUntil(pausing)).toMatchObject({ kind: "paused" });
  });

  it("needs a reason, and a route that has run", async () => {
    const bridge = underTest();
    await expect(pause(ROUTE, ANNA, bridge.deps)).rejects.toMatchObject({ code: "ROUTE_UNKNOWN" });
    await expect(pause(ROUTE, { by: "anna", reason: " " }, bridge.deps)).rejects.toMatchObject({
      code: "PAUSE_REFUSED",
    });
  });
});
