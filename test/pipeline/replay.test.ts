import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import type { DeadLetterSight } from "../../src/pipeline/dead-letter-ports.ts";
import type { ReadBackRequest } from "../../src/pipeline/ports.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { idOf } from "./fake-feed.ts";
import { replayUnderTest, ROUTE } from "./replay-under-test.ts";
import { HOUR, MINUTE, START } from "./route-under-test.ts";

type UnderTest = ReturnType<typeof replayUnderTest>;

async function sightsOf({ claims }: UnderTest): Promise<DeadLetterSight[]> {
  const all: DeadLetterSight[] = [];
  for await (const one of claims()) all.push(one);
  return all;
}

/** A run that refuses `bad` ones, each of the minute in its place. */
async function withLetters(bridge: UnderTest, count = 2): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    bridge.feed.add({ key: `bad${n}`, version: "v1", time: START + (count - n) * MINUTE, device: "d" });
  }
  bridge.feed.add({ key: "good", time: START + 30 * MINUTE, device: "d" });
  expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 1, deadLettered: count } });
}

const crash = new Error("the process is killed");

function foreignEvent(): OutgoingEvent {
  return {
    eventId: randomBytes(16).toString("hex"),
    orderKey: "d",
    body: new Uint8Array(100),
    contentType: "application/json",
    properties: {
      route: "other@memory",
      feed: "other",
      recType: "r",
      recordKey: "foreign",
      version: "1",
      source: "microshare",
      schemaVersion: 1,
    },
  };
}

describe("a replay of dead letters", () => {
  it("sends each letter as the event it was meant to be, late, in the order of the records, and removes it", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge);
    expect(await bridge.replay()).toMatchObject({ kind: "done", found: 2, delivered: 2, left: 0, warnings: [] });
    expect(bridge.keys()).toEqual(["good", "bad1", "bad0"]);
    const [, event] = bridge.sink.received;
    expect(event).toEqual({
      eventId: idOf({ key: "bad1", version: "v1" }),
      orderKey: "d",
      body: expect.any(Uint8Array),
      contentType: "application/json",
      time: START + MINUTE,
      properties: {
        route: ROUTE,
        feed: "test",
        recType: "test.record",
        recordKey: "bad1",
        version: "v1",
        source: "microshare",
        schemaVersion: 1,
        late: true,
      },
    });
    expect(JSON.parse(Buffer.from(event?.body ?? []).toString())).toMatchObject({ key: "bad1", version: "v1" });
    expect(bridge.deadLetterRows()).toEqual([]);
    expect(bridge.deadLetters.letters(ROUTE)).toEqual([]);
    expect((await bridge.checkpoint())?.sending).toBeUndefined();
  });

  it("sends nothing the second time, and neither do the runs after it", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge);
    await bridge.replay();
    expect(await bridge.replay()).toMatchObject({ kind: "done", found: 0, delivered: 0 });
    bridge.clock.now += HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", totals: { delivered: 0, alreadyDelivered: 3 } });
    expect(bridge.ids()).toHaveLength(3);
  });

  it("keeps a letter that is refused again, free and with the new reason", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 1);
    const before = bridge.deadLetterRows()[0];
    const outcome = await bridge.replay({}, true);
    expect(outcome).toMatchObject({ kind: "done", delivered: 0, refused: 1, left: 0 });
    expect(outcome.kept).toEqual([{ eventId: before?.eventId, reason: "too large" }]);
    const [sight] = await sightsOf(bridge);
    expect(sight?.claimedBy).toBeUndefined();
    expect(sight?.entry).toEqual(before);
    expect(bridge.deadLetters.letters(ROUTE)).toHaveLength(1);
  });

  it("notes why the sink refuses it now", async () => {
    let reason = "2 MB; the hub takes 1 MB";
    const bridge = replayUnderTest({
      refuse: ({ properties }) => (properties.recordKey === "good" ? undefined : reason),
    });
    await withLetters(bridge, 1);
    reason = "2 MB; the hub takes 1.5 MB";
    await bridge.replay();
    expect(bridge.deadLetterRows()).toMatchObject([{ reason }]);
  });

  it("keeps what no event can be made of, and says why", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 2);
    bridge.feed.add({ key: "unreadable", time: START + MINUTE, unreadable: true });
    await bridge.run();
    const [one, other] = await sightsOf(bridge).then((all) => all.filter(({ entry }) => entry.identity));
    if (one === undefined || other === undefined) throw new Error("two letters expected");
    const { identity: _, ...older } = one.entry;
    const saved = await bridge.store.load(ROUTE);
    if (saved) await bridge.store.save(ROUTE, { ...saved, deadLetters: [older] }, saved.revision);
    await bridge.deadLetters.remove(ROUTE, other.entry.eventId);
    const outcome = await bridge.replay();
    expect(outcome).toMatchObject({ kind: "done", found: 3, unsendable: 3, delivered: 0, left: 0 });
    expect(outcome.kept.map(({ reason }) => reason).toSorted()).toEqual([
      expect.stringContaining("its body is gone"),
      expect.stringContaining("does not hold device and version"),
      expect.stringContaining("could not be read"),
    ]);
    expect(bridge.deadLetterRows()).toHaveLength(3);
    expect(bridge.keys()).toEqual(["good"]);
  });

  it("says that a route was never saved", async () => {
    expect(await replayUnderTest().replay()).toMatchObject({ kind: "blocked", error: { code: "ROUTE_UNKNOWN" } });
  });

  it("holds no more than a load in memory, and stops between two loads when its time is over", async () => {
    const time = new AbortController();
    const sizes: number[] = [];
    const bridge = replayUnderTest({
      onBatch: ({ events }) => {
        sizes.push(events.length);
        if (sizes.length === 3) time.abort();
        return "stored";
      },
    });
    for (let n = 0; n < 19; n += 1) bridge.feed.add({ key: `bad${n}`, time: START + n * MINUTE, size: 1000 });
    await bridge.run();
    sizes.length = 0;
    const outcome = await bridge.replay({ loadBytes: 4500, reading: time.signal });
    expect(outcome).toMatchObject({ kind: "out-of-time", found: 19, delivered: 12, left: 7 });
    expect(sizes).toEqual([4, 4, 4]);
    expect(await bridge.replay()).toMatchObject({ kind: "done", found: 7, delivered: 7 });
    expect(new Set(bridge.ids()).size).toBe(19);
    expect(bridge.ids()).toHaveLength(19);
  });
});

describe("two replays", () => {
  it("at once send each letter once", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 5);
    const both = await Promise.all([bridge.replay({ owner: "one" }), bridge.replay({ owner: "other" })]);
    expect(both.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(5);
    expect(bridge.ids()).toHaveLength(6);
  });

  it("step aside for each other, and for a run, while the other one has the lease", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 1);
    const held = await bridge.store.take(ROUTE, await bridge.store.look(ROUTE), "a run");
    if (held === undefined) throw new Error("the lease is not free");
    const look = async (route: string) => {
      await bridge.store.renew(route, await heldNow());
      return bridge.store.look(route);
    };
    const heldNow = async () => ({ ...held, mark: (await bridge.store.look(ROUTE)).mark ?? "" });
    const outcome = await bridge.replay({ store: { ...bridge.store, look } });
    expect(outcome).toMatchObject({ kind: "elsewhere", owner: "a run", found: 0 });
    expect(bridge.keys()).toEqual(["good"]);
  });

  it("leave a letter alone that the other one has claimed since it was listed", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 2);
    const [first] = await sightsOf(bridge);
    const letters = bridge.lettersBut({
      claimDeadLetter: async (route, seen, ...claim) => {
        if (seen.entry.eventId === first?.entry.eventId) await bridge.letters.claimDeadLetter(route, seen, "other");
        return bridge.letters.claimDeadLetter(route, seen, ...claim);
      },
    });
    expect(await bridge.replay({ letters })).toMatchObject({ kind: "done", delivered: 1, left: 1 });
    expect(await sightsOf(bridge)).toMatchObject([{ claimedBy: "other" }]);
    expect(bridge.ids()).not.toContain(first?.entry.eventId);
  });
});

describe("a replay that dies", () => {
  const dyingBeforeRemoval = (bridge: UnderTest) =>
    bridge.lettersBut({ removeDeadLetter: () => Promise.reject(crash) });

  it("after its events arrived leaves claims; the next one finds the events in the sink and sends nothing", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 3);
    await expect(bridge.replay({ letters: dyingBeforeRemoval(bridge), owner: "dead" })).rejects.toThrow(crash);
    expect((await sightsOf(bridge)).map(({ claimedBy }) => claimedBy)).toEqual(["dead", "dead", "dead"]);
    expect((await bridge.checkpoint())?.sending).toBeDefined();
    expect(await bridge.replay()).toMatchObject({ kind: "done", found: 3, alreadyDelivered: 3, delivered: 0 });
    expect(bridge.ids()).toHaveLength(4);
    expect(bridge.deadLetterRows()).toEqual([]);
    expect((await bridge.checkpoint())?.sending).toBeUndefined();
  });

  it("repeats nothing either when runs have come between, which take the mark away", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 3);
    await expect(bridge.replay({ letters: dyingBeforeRemoval(bridge) })).rejects.toThrow(crash);
    bridge.clock.now += HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up", recovered: 0 });
    expect((await bridge.checkpoint())?.sending).toBeUndefined();
    expect(await bridge.replay()).toMatchObject({ kind: "done", alreadyDelivered: 3, delivered: 0 });
    expect(bridge.ids()).toHaveLength(4);
  });

  it("before it sent anything leaves claims that the next one takes over", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 3);
    let claims = 0;
    const letters = bridge.lettersBut({
      claimDeadLetter: (...claim) => {
        claims += 1;
        return claims === 3 ? Promise.reject(crash) : bridge.letters.claimDeadLetter(...claim);
      },
    });
    await expect(bridge.replay({ letters })).rejects.toThrow(crash);
    expect(await bridge.replay()).toMatchObject({ kind: "done", delivered: 3, alreadyDelivered: 0 });
    expect(bridge.ids()).toHaveLength(4);
  });

  it("is told apart letter by letter: what arrived is removed, the rest is sent", async () => {
    const bridge = replayUnderTest({
      partitions: 1,
      eventsPerBatch: 1,
      onBatch: ({ number }) => {
        if (number === 3) throw crash;
        return "stored";
      },
    });
    await withLetters(bridge, 3);
    await expect(bridge.replay()).rejects.toThrow(crash);
    expect(await bridge.replay()).toMatchObject({ kind: "done", alreadyDelivered: 1, delivered: 2 });
    expect(bridge.ids()).toHaveLength(4);
  });

  it("where the sink cannot be read back is at-least-once: same event ids, and a warning", async () => {
    const bridge = replayUnderTest({ readable: false });
    await withLetters(bridge, 1);
    await expect(bridge.replay({ letters: dyingBeforeRemoval(bridge) })).rejects.toThrow(crash);
    const outcome = await bridge.replay();
    expect(outcome).toMatchObject({ kind: "done", delivered: 1, alreadyDelivered: 0 });
    expect(outcome.warnings.map(({ code }) => code)).toContain("READ_BACK_DENIED");
    expect(new Set(bridge.ids()).size).toBe(2);
  });

  it.each(["recreate", "expire"] as const)("says so when the sink can no longer tell: %s", async (what) => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 1);
    await expect(bridge.replay({ letters: dyingBeforeRemoval(bridge) })).rejects.toThrow(crash);
    if (what === "recreate") bridge.sink.hub.recreate();
    else bridge.sink.hub.expire(0);
    const outcome = await bridge.replay();
    expect(outcome).toMatchObject({ kind: "done", delivered: 1 });
    expect(outcome.warnings.map(({ code }) => code)).toContain(
      what === "recreate" ? "READ_BACK_OTHER_HUB" : "READ_BACK_EXPIRED",
    );
  });

  it("is not guessed about when the reading back makes no way", async () => {
    const bridge = replayUnderTest({ partitions: 1 });
    await withLetters(bridge, 1);
    await expect(bridge.replay({ letters: dyingBeforeRemoval(bridge) })).rejects.toThrow(crash);
    bridge.clock.now += HOUR;
    await bridge.run();
    const { readBack } = bridge.sink;
    const stuck = readBack && {
      ...readBack,
      read: async ({ after }: ReadBackRequest) => ({ found: [], reached: after, unknown: [] }),
    };
    const sink = { ...bridge.sink, ...(stuck === undefined ? {} : { readBack: stuck }) };
    expect(await bridge.replay({}, false, { sink })).toMatchObject({ kind: "out-of-time", left: 1 });
    expect(bridge.ids()).toHaveLength(2);
  });

  /** Claims that a dead replay left, on a hub that others fill; each reading ends after 20 events, and its replay too. */
  async function onABusyHub() {
    const bridge = replayUnderTest({ partitions: 1, onRead: () => ({ mostEvents: 20 }) });
    await withLetters(bridge, 3);
    await expect(bridge.replay({ letters: dyingBeforeRemoval(bridge) })).rejects.toThrow(crash);
    const { readBack } = bridge.sink;
    if (readBack === undefined) throw new Error("the sink cannot be read back");
    const replay = () => {
      const reading = new AbortController();
      const read = (request: ReadBackRequest) => readBack.read(request).finally(() => reading.abort());
      bridge.sink.hub.store("0", Array.from({ length: 50 }, foreignEvent));
      const sink = { ...bridge.sink, readBack: { ...readBack, read } };
      return bridge.replay({ reading: reading.signal }, false, { sink });
    };
    const run = async () => {
      bridge.clock.now += HOUR;
      for (let runs = 0; (await bridge.run()).kind !== "caught-up"; runs += 1) expect(runs).toBeLessThan(20);
    };
    return { bridge, replay, run };
  }

  it("on a hub that others fill faster than one replay reads is read back all the same, replay by replay", async () => {
    const { bridge, replay, run } = await onABusyHub();
    await run();
    bridge.sink.hub.store("0", Array.from({ length: 200 }, foreignEvent));
    let already = 0;
    for (let replays = 1; ; replays += 1) {
      const outcome = await replay();
      already += outcome.alreadyDelivered;
      if (outcome.kind === "done") break;
      expect(outcome).toMatchObject({ kind: "out-of-time", delivered: 0 });
      expect(replays).toBeLessThan(30);
    }
    expect(already).toBe(3);
    expect(bridge.keys().filter((key) => key !== "foreign")).toHaveLength(4);
    expect(bridge.deadLetterRows()).toEqual([]);
  });

  it("leaves what did not arrive to be sent once that is known, also when it took several replays", async () => {
    const { bridge, replay, run } = await onABusyHub();
    await run();
    const { hub } = bridge.sink;
    hub.expire(0);
    hub.store("0", Array.from({ length: 100 }, foreignEvent));
    let delivered = 0;
    for (let replays = 1; ; replays += 1) {
      const outcome = await replay();
      delivered += outcome.delivered;
      if (outcome.kind === "done") break;
      expect(replays).toBeLessThan(30);
    }
    expect(delivered).toBe(3);
    expect(bridge.deadLetterRows()).toEqual([]);
  });

  it("on a hub with partitions that were added since is read back all the same", async () => {
    const bridge = replayUnderTest({ partitions: 1 });
    await withLetters(bridge, 2);
    let removals = 0;
    const letters = bridge.lettersBut({
      removeDeadLetter: (...letter) => {
        removals += 1;
        return removals === 2 ? Promise.reject(crash) : bridge.letters.removeDeadLetter(...letter);
      },
    });
    await expect(bridge.replay({ letters, loadBytes: 1 })).rejects.toThrow(crash);
    bridge.sink.hub.addPartitions(1);
    expect(await bridge.replay()).toMatchObject({ kind: "done", found: 1, alreadyDelivered: 1 });
    expect(bridge.ids()).toHaveLength(3);
  });
});

describe("a send of a replay", () => {
  function failing(code: "SINK_UNCERTAIN" | "SINK_UNREACHABLE", stored: boolean, readable = true) {
    const state = { left: 0 };
    const bridge = replayUnderTest({
      readable,
      onBatch: () => {
        if (state.left === 0) return "stored";
        state.left -= 1;
        return { error: new BridgeError(code, "no answer", { fix: "wait" }), stored };
      },
    });
    return { bridge, state };
  }

  it.each([true, false])("whose answer is lost is looked up, and nothing is repeated (stored: %s)", async (stored) => {
    const { bridge, state } = failing("SINK_UNCERTAIN", stored);
    await withLetters(bridge, 1);
    state.left = 1;
    expect(await bridge.replay()).toMatchObject({ kind: "done", delivered: 1 });
    expect(bridge.ids()).toHaveLength(2);
    expect(bridge.deadLetterRows()).toEqual([]);
  });

  it("that cannot be looked up leaves claim and mark", async () => {
    const { bridge, state } = failing("SINK_UNCERTAIN", false, false);
    await withLetters(bridge, 1);
    state.left = 1;
    expect(await bridge.replay()).toMatchObject({ kind: "blocked", left: 1, error: { code: "SINK_UNCERTAIN" } });
    expect(await sightsOf(bridge)).toMatchObject([{ claimedBy: "this replay" }]);
    expect((await bridge.checkpoint())?.sending).toEqual({});
  });

  it("that surely failed gives the claims back, for the next replay", async () => {
    const { bridge, state } = failing("SINK_UNREACHABLE", false);
    await withLetters(bridge, 2);
    state.left = 5;
    const outcome = await bridge.replay();
    expect(outcome).toMatchObject({ kind: "blocked", left: 2, error: { code: "SINK_UNREACHABLE" } });
    expect((await sightsOf(bridge)).every(({ claimedBy }) => claimedBy === undefined)).toBe(true);
    expect((await bridge.checkpoint())?.sending).toBeUndefined();
    state.left = 0;
    expect(await bridge.replay()).toMatchObject({ kind: "done", delivered: 2 });
    expect(bridge.ids()).toHaveLength(3);
  });

  it("is not made once the lease is lost", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 1);
    const letters = bridge.lettersBut({
      claimDeadLetter: async (...claim) => {
        const seen = await bridge.store.look(ROUTE);
        await bridge.store.take(ROUTE, seen, "a successor");
        return bridge.letters.claimDeadLetter(...claim);
      },
    });
    expect(await bridge.replay({ letters })).toMatchObject({ kind: "blocked", error: { code: "LEASE_LOST" }, left: 1 });
    expect(bridge.keys()).toEqual(["good"]);
  });

  it("tells once that the hub does not say where it ends", async () => {
    let denied = false;
    const bridge = replayUnderTest({
      onPositions: () => (denied ? new BridgeError("READ_BACK_DENIED", "no right", { fix: "give it" }) : undefined),
    });
    await withLetters(bridge, 3);
    denied = true;
    const outcome = await bridge.replay({ loadBytes: 1 });
    expect(outcome).toMatchObject({ kind: "done", delivered: 3, warnings: [{ code: "READ_BACK_DENIED" }] });
  });

  it("never hides a bug", async () => {
    const bridge = replayUnderTest();
    await withLetters(bridge, 1);
    const letters = bridge.lettersBut({ readDeadLetter: () => Promise.reject(new TypeError("a bug")) });
    await expect(bridge.replay({ letters })).rejects.toThrow("a bug");
  });
});
