// Polling of a route to which records are pushed as well.
import { describe, expect, it } from "vitest";
import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import { pushUnderTest } from "./push-under-test.ts";
import { HOUR, MINUTE, START } from "./route-under-test.ts";

const at = (minute: number) => START + minute * MINUTE;

function failure(code: ErrorCode): BridgeError {
  return new BridgeError(code, "told to fail", { fix: "Do something." });
}

describe("a run of a route with push", () => {
  it("leaves what is younger than a quarter of an hour to push", async () => {
    const bridge = pushUnderTest();
    bridge.show(100, 104, 105, 110, 119);
    bridge.minute(120);
    await bridge.poll();
    expect(bridge.arrived()).toEqual(["k100", "k104"]);
    expect((await bridge.checkpoint())?.watermark).toBe(at(105));
  });

  it("permits push from the first run on, for records that no run can have sent", async () => {
    const bridge = pushUnderTest();
    bridge.minute(120);
    await bridge.poll();
    expect((await bridge.pushed())?.from).toBe(at(125));
    bridge.minute(180);
    await bridge.poll();
    expect((await bridge.pushed())?.from).toBe(at(165));
  });

  it("sends nothing that was pushed since the run before it, and says how much that was", async () => {
    const bridge = pushUnderTest();
    await bridge.poll();
    bridge.minute(130);
    expect(await bridge.push([128, 129])).toMatchObject({ forwarded: 2 });
    bridge.show(126, 127, 128, 129, 140);
    bridge.minute(180);
    const outcome = await bridge.poll();
    expect(outcome).toMatchObject({ kind: "caught-up", pushed: 2, recovered: 0, warnings: [] });
    expect(outcome.totals).toMatchObject({ delivered: 3, alreadyDelivered: 2 });
    expect(bridge.arrived()).toEqual(["k126", "k127", "k128", "k129", "k140"]);
    // And so do the runs after it, which read back no more than what is new.
    bridge.minute(240);
    const next = await bridge.poll();
    expect(next.pushed).toBeUndefined();
    expect(bridge.arrived()).toHaveLength(5);
  });

  it("reads back before it sends also when it died in between", async () => {
    const bridge = pushUnderTest();
    await bridge.poll();
    bridge.minute(130);
    await bridge.push([129]);
    bridge.show(128, 129);
    bridge.minute(180);
    const blocked = await bridge.poll({
      sink: {
        ...bridge.sink,
        send: async () => ({ confirmed: [], refused: [], batches: 0, bytes: 0, failure: failure("SINK_THROTTLED") }),
      },
    });
    expect(blocked).toMatchObject({ kind: "blocked", error: { code: "SINK_THROTTLED" } });
    bridge.minute(240);
    await bridge.poll();
    expect(bridge.arrived()).toEqual(["k128", "k129"]);
  });

  it("goes by the clock of the storage account, not by its own", async () => {
    const bridge = pushUnderTest();
    await bridge.poll();
    bridge.minute(180);
    bridge.show(150, 164, 166, 179);
    // The host is an hour ahead, and nothing else tells: this API sends no date.
    bridge.clock.now += HOUR;
    bridge.storage.aheadMs = -HOUR;
    await bridge.poll();
    expect(bridge.arrived()).toEqual(["k150", "k164"]);
  });

  it("that cannot read back in its time sends nothing, and the next one goes on to the end that was noted", async () => {
    let stop = (): void => undefined;
    const bridge = pushUnderTest({
      sink: {
        partitions: 1,
        onRead: () => {
          stop();
          return { mostEvents: 3 };
        },
      },
    });
    await bridge.poll();
    bridge.minute(130);
    await bridge.push([125, 126, 127, 128, 129]);
    bridge.show(100, 125, 126, 127, 128, 129, 150);
    bridge.minute(180);
    const time = new AbortController();
    stop = () => time.abort();
    expect(await bridge.poll({}, { reading: time.signal })).toMatchObject({ kind: "out-of-time", totals: { read: 0 } });
    expect(bridge.arrived()).toHaveLength(5);
    expect(await bridge.pushed()).toMatchObject({ reading: { at: at(180), upTo: { partitions: { "0": 4 } } } });
    stop = () => undefined;
    bridge.minute(200);
    await bridge.push([195]);
    bridge.show(175, 195);
    bridge.minute(240);
    // What came after the noted end is not read back yet: nothing from there on is sent.
    await bridge.poll();
    expect(bridge.arrived()).toEqual(["k100", "k125", "k126", "k127", "k128", "k129", "k150", "k195"]);
    expect((await bridge.pushed())?.reading).toBeUndefined();
    bridge.minute(300);
    await bridge.poll();
    expect(bridge.arrived()).toEqual(["k100", "k125", "k126", "k127", "k128", "k129", "k150", "k175", "k195"]);
  });
});

describe("a sink that does not say what was pushed", () => {
  it.each(["READ_BACK_DENIED", "READ_BACK_REFUSED"] as const)("stops the first run already (%s)", async (code) => {
    const bridge = pushUnderTest({ sink: { onRead: () => ({ unknown: failure(code) }) } });
    bridge.show(100);
    const outcome = await bridge.poll();
    expect(outcome).toMatchObject({ kind: "blocked", error: { code: "PUSH_NOT_SAFE" } });
    expect(outcome).toMatchObject({ error: { fix: expect.stringMatching(/^Do something\. Or set push to false/) } });
    expect(bridge.arrived()).toEqual([]);
    expect(await bridge.pushed()).toBeUndefined();
    expect(await bridge.push([119])).toMatchObject({ leftToPoll: 1 });
  });

  it("stops the first run where it does not even say where it ends", async () => {
    const bridge = pushUnderTest({ sink: { onPositions: () => failure("READ_BACK_DENIED") } });
    expect(await bridge.poll()).toMatchObject({ kind: "blocked", error: { code: "PUSH_NOT_SAFE" } });
  });

  it("stops a later run, until it says", async () => {
    let denied = false;
    const bridge = pushUnderTest({
      sink: { onRead: () => (denied ? { unknown: failure("READ_BACK_DENIED") } : "read") },
    });
    await bridge.poll();
    bridge.minute(130);
    await bridge.push([129]);
    bridge.show(100, 128, 129);
    denied = true;
    bridge.minute(180);
    expect(await bridge.poll()).toMatchObject({ kind: "blocked", error: { code: "PUSH_NOT_SAFE" } });
    expect(bridge.arrived()).toEqual(["k129"]);
    denied = false;
    bridge.minute(240);
    expect(await bridge.poll()).toMatchObject({ kind: "caught-up", pushed: 1 });
    expect(bridge.arrived()).toEqual(["k100", "k128", "k129"]);
  });

  it("that can never be read refuses push", async () => {
    const bridge = pushUnderTest({ sink: { readable: false } });
    expect(await bridge.poll()).toMatchObject({ kind: "blocked", error: { code: "PUSH_NOT_SAFE" } });
  });

  it("because it was created anew is told of, and what the new one holds is not sent again", async () => {
    const bridge = pushUnderTest();
    await bridge.poll();
    bridge.minute(130);
    bridge.sink.hub.recreate();
    await bridge.push([129]);
    bridge.show(128, 129);
    bridge.minute(180);
    const outcome = await bridge.poll();
    expect(outcome).toMatchObject({ kind: "caught-up", pushed: 1, warnings: [{ code: "READ_BACK_OTHER_HUB" }] });
    expect(bridge.arrived()).toEqual(["k128", "k129"]);
  });

  it("because events have expired is told of, and the route goes on", async () => {
    const bridge = pushUnderTest({ sink: { partitions: 1 } });
    await bridge.poll();
    bridge.minute(130);
    await bridge.push([127, 128, 129]);
    bridge.sink.hub.expire(1);
    bridge.show(127, 128, 129);
    bridge.minute(180);
    expect(await bridge.poll()).toMatchObject({
      kind: "caught-up",
      pushed: 1,
      warnings: [{ code: "READ_BACK_EXPIRED" }],
    });
    // At least once, under the same ids.
    expect(bridge.arrived()).toEqual(["k127", "k127", "k128", "k128", "k129"]);
  });
});

describe("push that is switched off", () => {
  it("is read back for a quarter of an hour more, and then forgotten", async () => {
    const bridge = pushUnderTest();
    await bridge.poll();
    bridge.minute(180);
    await bridge.push([179]);
    // An instance that has not heard of it.
    const unaware = await bridge.pushed();
    await bridge.poll({ push: false });
    expect(await bridge.pushed()).toMatchObject({ offSince: at(180) });
    await bridge.push([178], { mayPushFrom: async () => unaware?.from });
    bridge.show(178, 179, 190);
    bridge.minute(194);
    await bridge.poll({ push: false });
    expect(await bridge.pushed()).toBeDefined();
    expect(bridge.arrived()).toEqual(["k178", "k179"]);
    bridge.minute(195);
    await bridge.poll({ push: false });
    expect(await bridge.pushed()).toBeUndefined();
    const { asked } = bridge.storage;
    bridge.minute(255);
    await bridge.poll({ push: false }, {});
    expect(bridge.storage.asked).toBe(asked);
    expect(bridge.arrived()).toEqual(["k178", "k179", "k190"]);
  });

  it("permits nothing any more, at once for whoever asks", async () => {
    const bridge = pushUnderTest();
    await bridge.poll();
    bridge.minute(180);
    await bridge.poll({ push: false });
    expect(await bridge.push([179])).toMatchObject({ forwarded: 0, leftToPoll: 1 });
  });

  it("is not held up by a sink that can no longer be read", async () => {
    const bridge = pushUnderTest();
    await bridge.poll();
    bridge.show(100);
    bridge.minute(180);
    const { readBack: _, ...unreadable } = bridge.sink;
    const outcome = await bridge.poll({ push: false, sink: unreadable });
    expect(outcome).toMatchObject({ kind: "caught-up", warnings: [{ code: "READ_BACK_DENIED" }] });
    expect(await bridge.pushed()).toBeUndefined();
    expect(bridge.arrived()).toEqual(["k100"]);
  });
});

describe("a run of a route without push", () => {
  it("asks the storage account and the sink nothing more than ever", async () => {
    const calls: string[] = [];
    const bridge = pushUnderTest({
      store: { before: ({ name }) => void calls.push(name) },
      sink: {
        onPositions: () => void calls.push("positions"),
        onRead: () => {
          calls.push("read back");
          return "read";
        },
      },
    });
    bridge.show(100);
    await bridge.run();
    expect(calls.filter((name) => name === "positions")).toHaveLength(1);
    calls.length = 0;
    bridge.minute(180);
    // Without claims: to ask them would be a bug that fails the run.
    await bridge.run();
    // The first two are the test's own, and so is the last one.
    expect(calls).toEqual(["look", "load", "take", "readLedger", "save", "release", "load"]);
    expect(bridge.storage.asked).toBe(0);
  });
});
