// Pushing records to a route beside its polling.
import { describe, expect, it } from "vitest";
import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import { CLAIM_LIFE_MS, PUSH_AGE_MS } from "../../src/pipeline/push-terms.ts";
import type { BatchFate } from "../../src/sinks/memory-sink.ts";
import { pushUnderTest, SETTLE_MS } from "./push-under-test.ts";
import { HOUR, MINUTE, START, type RouteOptions } from "./route-under-test.ts";

function failure(code: ErrorCode): BridgeError {
  return new BridgeError(code, "told to fail", { fix: "none" });
}

/** A route that has run with push once, at minute 120; it is now minute 140. */
async function permitted(options: RouteOptions = {}) {
  const bridge = pushUnderTest(options);
  await bridge.poll();
  bridge.minute(140);
  return bridge;
}

describe("a pushed record", () => {
  it("is sent at once, and once, whoever brings it again", async () => {
    const bridge = await permitted();
    expect(await bridge.push([139, 138, 139])).toEqual({ forwarded: 2, repeated: 1, leftToPoll: 0, warnings: [] });
    expect(await bridge.push([139])).toMatchObject({ forwarded: 0, repeated: 1 });
    const both = await Promise.all([bridge.push([137, 136]), bridge.push([136, 137])]);
    expect(both.map(({ forwarded }) => forwarded).reduce((sum, one) => sum + one)).toBe(2);
    expect(bridge.arrived()).toEqual(["k136", "k137", "k138", "k139"]);
  });

  it("makes the event that polling makes of it", async () => {
    const pushed = await permitted();
    await pushed.push([139]);
    const polled = await permitted();
    polled.show(139);
    polled.minute(180);
    await polled.poll();
    expect(pushed.sink.received).toEqual(polled.sink.received);
  });

  it("is left to polling before the route's first run with push", async () => {
    const bridge = pushUnderTest();
    expect(await bridge.push([119])).toEqual({ forwarded: 0, repeated: 0, leftToPoll: 1, warnings: [] });
    await bridge.poll();
    // A minute later the instance asks again.
    bridge.minute(126);
    expect(await bridge.push([124])).toMatchObject({ leftToPoll: 1 });
    expect(await bridge.push([125])).toMatchObject({ forwarded: 1 });
  });

  it("is left to polling when it could be ten minutes old by the time it arrives", async () => {
    const bridge = await permitted();
    bridge.clock.now = START + 130 * MINUTE + PUSH_AGE_MS - SETTLE_MS;
    expect(await bridge.push([130])).toMatchObject({ forwarded: 1 });
    bridge.clock.now = START + 131 * MINUTE + PUSH_AGE_MS - SETTLE_MS + 1;
    expect(await bridge.push([131])).toMatchObject({ leftToPoll: 1 });
  });

  it("is as old as the storage account says, whatever the clock of the host", async () => {
    const bridge = await permitted();
    bridge.minute(180);
    bridge.show(150, 171, 179);
    await bridge.poll();
    bridge.storage.aheadMs = HOUR;
    bridge.minute(120);
    const result = await bridge.push([171, 150, 179]);
    expect(result).toMatchObject({ forwarded: 2, leftToPoll: 1, warnings: [{ code: "PUSH_CLOCK" }] });
    expect(bridge.arrived()).toEqual(["k150", "k171", "k179"]);
  });

  it("from the future is left to polling: it could still come when its claim is forgotten", async () => {
    const bridge = await permitted();
    expect(await bridge.push([142, 143])).toMatchObject({ forwarded: 1, leftToPoll: 1 });
    // Not for ever: it can be pushed when its time has come.
    bridge.minute(143);
    expect(await bridge.push([143, 142])).toMatchObject({ forwarded: 1, repeated: 1 });
  });

  it("is not sent when it grew too old while the hub throttled", async () => {
    let busy = 0;
    const bridge = await permitted({
      sink: {
        onBatch: (): BatchFate => ((busy += 1) < 100 ? "busy" : "stored"),
        wait: async (ms) => void (bridge.clock.now += ms),
      },
    });
    const result = await bridge.push([131, 139]);
    expect(result).toMatchObject({ forwarded: 0, failure: { code: "OUT_OF_TIME" } });
    expect(bridge.clock.now).toBeLessThan(START + 142 * MINUTE);
    // The younger one may be pushed again.
    busy = 100;
    expect(await bridge.push([131, 139])).toMatchObject({ forwarded: 1, leftToPoll: 1 });
    expect(bridge.arrived()).toEqual(["k139"]);
  });

  it("can be pushed again after a send that certainly failed", async () => {
    const fates: BatchFate[] = [{ error: failure("SINK_THROTTLED"), stored: false }, "stored"];
    const bridge = await permitted({ sink: { onBatch: () => fates.shift() ?? "stored" } });
    expect(await bridge.push([139])).toMatchObject({ forwarded: 0, failure: { code: "SINK_THROTTLED" } });
    expect(await bridge.push([139])).toMatchObject({ forwarded: 1 });
    expect(bridge.arrived()).toEqual(["k139"]);
  });

  it.each([true, false])("of unknown fate is left to polling, which finds out (stored: %s)", async (stored) => {
    const fates: BatchFate[] = [{ error: failure("SINK_UNCERTAIN"), stored }];
    const bridge = await permitted({ sink: { onBatch: () => fates.shift() ?? "stored" } });
    expect(await bridge.push([139])).toMatchObject({ forwarded: 0, failure: { code: "SINK_UNCERTAIN" } });
    expect(await bridge.push([139])).toMatchObject({ forwarded: 0, repeated: 1 });
    bridge.show(139);
    bridge.minute(180);
    const { totals } = await bridge.poll();
    expect(totals).toMatchObject(stored ? { delivered: 0, alreadyDelivered: 1 } : { delivered: 1 });
    expect(bridge.arrived()).toEqual(["k139"]);
  });

  it("whose receiver died with the claim is delivered by polling", async () => {
    const bridge = await permitted();
    const dead = new Error("killed");
    await expect(
      bridge.push([139], {
        claims: {
          ...bridge.claims,
          claim: async (...args) => {
            await bridge.claims.claim(...args);
            throw dead;
          },
        },
      }),
    ).rejects.toBe(dead);
    expect(await bridge.push([139])).toMatchObject({ repeated: 1 });
    bridge.show(139);
    bridge.minute(180);
    await bridge.poll();
    expect(bridge.arrived()).toEqual(["k139"]);
  });

  it("that the sink refuses becomes a dead letter, by polling", async () => {
    const bridge = await permitted({
      sink: { refuse: ({ properties }) => (properties.recordKey === "k139" ? "no" : undefined) },
    });
    expect(await bridge.push([138, 139])).toMatchObject({ forwarded: 1, leftToPoll: 1 });
    bridge.show(138, 139);
    bridge.minute(180);
    expect((await bridge.poll()).totals).toMatchObject({ deadLettered: 1, alreadyDelivered: 1 });
    expect(bridge.deadLetterRows()).toHaveLength(1);
  });

  it("in a second version is sent as well, and is left out where only the first is wanted", async () => {
    const bridge = await permitted();
    await bridge.push([139]);
    expect(await bridge.push([bridge.fake(139, "2")])).toMatchObject({ forwarded: 1 });
    const firstOnly = await permitted({ updates: "first-only" });
    await firstOnly.push([139]);
    expect(await firstOnly.push([firstOnly.fake(139, "2")])).toMatchObject({ repeated: 1 });
    firstOnly.feed.add(firstOnly.fake(139, "2"));
    firstOnly.minute(180);
    await firstOnly.poll();
    expect(firstOnly.arrived()).toEqual(["k139"]);
  });
});

describe("claims", () => {
  it("go after an hour, with a run of the route", async () => {
    const bridge = await permitted();
    await bridge.push([139]);
    expect(bridge.claims.count("test@memory")).toBe(1);
    bridge.minute(180);
    await bridge.poll();
    expect(bridge.claims.count("test@memory")).toBe(1);
    bridge.clock.now = START + 140 * MINUTE + CLAIM_LIFE_MS + 1;
    await bridge.poll();
    expect(bridge.claims.count("test@memory")).toBe(0);
    expect(await bridge.push([139])).toMatchObject({ leftToPoll: 1 });
  });

  it("that cannot be given back are told of", async () => {
    const bridge = await permitted({ sink: { onBatch: () => ({ error: failure("SINK_THROTTLED"), stored: false }) } });
    const claims = { ...bridge.claims, release: async () => Promise.reject(failure("STATE_UNAVAILABLE")) };
    const result = await bridge.push([139], { claims });
    expect(result).toMatchObject({ failure: { code: "SINK_THROTTLED" }, warnings: [{ code: "STATE_UNAVAILABLE" }] });
  });
});
