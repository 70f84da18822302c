// Reading several hubs back as one: what a process that knows nothing finds, and what it cannot know.
import { afterEach, describe, expect, it } from "vitest";
import { times } from "../../dev/hub-management/server.ts";
import type { HubPositions, ReadBack } from "../../src/pipeline/ports.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { joinPositions, splitPositions } from "../../src/sinks/per-type-positions.ts";
import { expectUnknown, readAll, readBackOf } from "../contracts/read-back.ts";
import { idsOf, never } from "../contracts/sink.ts";
import { eventsOf, perTypeWorld, type PerTypeWorld } from "./per-type-harness.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

async function start(...options: Parameters<typeof perTypeWorld>): Promise<PerTypeWorld> {
  const world = await perTypeWorld(...options);
  open.push(world);
  return world;
}

const a = eventsOf("io.a", { count: 60, devices: 20 });
const b = eventsOf("io.b", { count: 60, devices: 20, from: 100 });
const more = eventsOf("io.a", { count: 30, devices: 20, from: 200 });
const sorted = (events: readonly OutgoingEvent[]) => idsOf(events).toSorted();

/** Reads on until it has reached the end, as the pipeline does over several runs. */
async function readToEnd(readBack: ReadBack, after: HubPositions, upTo: HubPositions, maxBytes: number) {
  const found: string[] = [];
  let reached = after;
  let readings = 0;
  const isReached = () => Object.entries(upTo.partitions).every(([id, end]) => (reached.partitions[id] ?? -1) >= end);
  for (; !isReached(); readings += 1) {
    const report = await readBack.read({ route: "main", after: reached, upTo, maxBytes, signal: never() });
    expect(report.unknown).toEqual([]);
    found.push(...report.found);
    ({ reached } = report);
  }
  return { found: found.toSorted(), readings };
}

describe("a process that knows nothing", () => {
  it("finds what the one before it sent, to hubs that were there and to one it created", async () => {
    const { sink } = await start({ hubs: [{ name: "io.a" }] });
    const noted = await readBackOf(sink()).positions(never());
    expect(Object.keys(noted.partitions)).toHaveLength(4);
    await sink().send([...a, ...b], never()); // and is killed
    const readBack = readBackOf(sink());
    const upTo = await readBack.positions(never());
    expect(Object.keys(upTo.partitions)).toHaveLength(8);
    const report = await readAll(readBack, noted, upTo);
    expect(report.unknown).toEqual([]);
    expect(report.reached).toEqual(upTo);
    expect(report.found.toSorted()).toEqual(sorted([...a, ...b]));
  });

  it("finds it where nothing had been noted of any hub, because there was none", async () => {
    const { sink } = await start();
    const noted = await readBackOf(sink()).positions(never());
    expect(noted.partitions).toEqual({});
    await sink().send([...a, ...b], never());
    const readBack = readBackOf(sink());
    const report = await readAll(readBack, noted, await readBack.positions(never()));
    expect(report.unknown).toEqual([]);
    expect(report.found.toSorted()).toEqual(sorted([...a, ...b]));
  });

  it("finds what went to the shared hub", async () => {
    const hubs = ["rest", ...Array.from({ length: 9 }, (_, index) => `other-${index}`)].map((name) => ({ name }));
    const { sink } = await start({ hubs });
    const noted = await readBackOf(sink({ sharedHub: "rest" })).positions(never());
    await sink({ sharedHub: "rest" }).send([...a, ...b], never());
    const readBack = readBackOf(sink({ sharedHub: "rest" }));
    const report = await readAll(readBack, noted, await readBack.positions(never()));
    expect(report.found.toSorted()).toEqual(sorted([...a, ...b]));
  });

  it("waits for a hub that was created a moment ago and does not answer yet", async () => {
    const appearing: (() => void)[] = [];
    const { sink, clock, resourceManager } = await start({}, { appear: (create) => void appearing.push(create) });
    resourceManager.hubs.create("io.a", { partitionCount: 4, messageRetentionInDays: 1 });
    clock.onWait = () => {
      if (clock.waits.length === 3) for (const create of appearing.splice(0)) create();
    };
    const positions = await readBackOf(sink()).positions(never());
    expect(Object.values(positions.partitions)).toEqual([-1, -1, -1, -1]);
    expect(clock.waits).toHaveLength(3);
  });

  it("says that a hub never answers, rather than to leave it out", async () => {
    const { sink, resourceManager } = await start({}, { appear: () => {} });
    resourceManager.hubs.create("io.a", { partitionCount: 4, messageRetentionInDays: 1 });
    await expect(readBackOf(sink()).positions(never())).rejects.toMatchObject({ code: "SINK_NOT_FOUND" });
  });
});

describe("hubs that come and go", () => {
  it("says that one was created anew, and reads the others as if nothing had been", async () => {
    let later = 0;
    const { emulator, sink } = await start({ now: () => Date.now() + later, tokenNow: Date.now });
    const one = sink();
    await one.send([...a, ...b], never());
    const noted = await readBackOf(one).positions(never());
    later = 1_000;
    emulator.recreateHub("io.b");
    await one.close();
    await one.send(more, never());
    const upTo = await readBackOf(one).positions(never());
    const report = await readAll(readBackOf(one), noted, upTo);
    expectUnknown(report, "READ_BACK_OTHER_HUB");
    expect(report.unknown[0]?.message).toContain("io.b");
    expect(report.found.toSorted()).toEqual(sorted(more));
    expect(report.reached).toEqual(upTo);
    expect((await readAll(readBackOf(one), report.reached, upTo)).unknown).toEqual([]);
  });

  it("says once that one was deleted", async () => {
    const { emulator, sink } = await start();
    const one = sink();
    await one.send([...a, ...b], never());
    const noted = await readBackOf(one).positions(never());
    emulator.deleteHub("io.b");
    const fresh = readBackOf(sink());
    const upTo = await fresh.positions(never());
    const report = await readAll(fresh, noted, upTo);
    expectUnknown(report, "READ_BACK_OTHER_HUB");
    expect(report.unknown[0]?.message).toMatch(/io\.b.*deleted/u);
    expect((await readAll(fresh, report.reached, upTo)).unknown).toEqual([]);
    // The process that sent to it does not look for it any more either.
    expect(Object.keys((await readBackOf(one).positions(never())).partitions)).toHaveLength(4);
  });

  it("does not wait for ever for one that was deleted after its end was noted", async () => {
    const { emulator, sink } = await start();
    const readBack = readBackOf(sink());
    const noted = await readBack.positions(never());
    await sink().send([...a, ...b], never());
    const upTo = await readBack.positions(never());
    emulator.deleteHub("io.b");
    const fresh = readBackOf(sink());
    const report = await readAll(fresh, noted, upTo);
    expectUnknown(report, "READ_BACK_OTHER_HUB");
    expect(report.found.toSorted()).toEqual(sorted(a));
    expect(report.reached).toEqual(upTo);
  });

  it("tells a hub whose consumer group is missing from one that is gone", async () => {
    const { emulator, sink } = await start();
    const noted = await readBackOf(sink()).positions(never());
    await sink().send(a, never());
    const upTo = await readBackOf(sink()).positions(never());
    const fresh = sink();
    emulator.faults.refuseAttach({ role: "receive", condition: "amqp:not-found" });
    const report = await readAll(readBackOf(fresh), noted, upTo);
    expectUnknown(report, "READ_BACK_REFUSED");
    expect(report.found).toEqual([]);
  });

  it("looks also at a hub it has used that the list does not name yet", async () => {
    const { sink, resourceManager } = await start();
    const one = sink();
    await one.send(a, never());
    resourceManager.strike(times(1, () => ({ status: 200, body: '{"value":[]}' })));
    const positions = await readBackOf(one).positions(never());
    expect(Object.values(positions.partitions).reduce((sum, last) => sum + last + 1, 0)).toBe(60);
  });

  it("leaves hubs of others alone", async () => {
    const { emulator, sink } = await start({ hubs: [{ name: "orders" }] });
    const one = sink({ prefix: "ms-" });
    await one.send(a, never());
    const positions = await readBackOf(one).positions(never());
    expect([...splitPositions(positions).keys()]).toEqual(["ms-io.a"]);
    expect(emulator.stats("orders").readers).toBe(0);
  });
});

describe("one reading of several hubs", () => {
  it("is bounded in bytes, and comes to its end in several", async () => {
    const { sink } = await start();
    const one = sink();
    const noted = await readBackOf(one).positions(never());
    await one.send([...a, ...b], never());
    const upTo = await readBackOf(one).positions(never());
    const { found, readings } = await readToEnd(readBackOf(sink()), noted, upTo, 9_000);
    expect(found).toEqual(sorted([...a, ...b]));
    expect(readings).toBeGreaterThan(2);
    const least = { route: "main", after: noted, upTo, maxBytes: 1, signal: never() };
    const { found: few } = await readBackOf(sink()).read(least);
    expect(few.length).toBeGreaterThan(0);
    expect(few.length).toBeLessThan(60);
  });

  it("opens no reader on a hub without news", async () => {
    const { emulator, sink } = await start();
    const one = sink();
    await one.send([...a, ...b], never());
    const noted = await readBackOf(one).positions(never());
    await one.send(more, never());
    const fresh = readBackOf(sink());
    expect((await readAll(fresh, noted, await fresh.positions(never()))).found.toSorted()).toEqual(sorted(more));
    expect(emulator.stats("io.b").readers).toBe(0);
  });

  it("ends early when it is told to, with what it reached", async () => {
    const { sink } = await start();
    const one = sink();
    const noted = await readBackOf(one).positions(never());
    await one.send([...a, ...b], never());
    const upTo = await readBackOf(one).positions(never());
    const hurried = readBackOf(sink({ readBackMs: 0 }));
    const report = await readAll(hurried, noted, upTo);
    expect(report.unknown).toEqual([]);
    const rest = await readAll(readBackOf(sink()), report.reached, upTo);
    expect([...report.found, ...rest.found].toSorted()).toEqual(sorted([...a, ...b]));
  });

  it("says that it may not list the hubs, with the role, and that repeats are possible", async () => {
    const { sink } = await start({ hubs: [{ name: "io.a" }] }, { rights: [] });
    await expect(readBackOf(sink()).positions(never())).rejects.toMatchObject({
      code: "READ_BACK_DENIED",
      fix: expect.stringContaining("Azure Event Hubs Data Owner"),
    });
  });

  it("passes on what may pass", async () => {
    const { sink, resourceManager } = await start();
    resourceManager.strike(() => ({ status: 503 }));
    await expect(readBackOf(sink()).positions(never())).rejects.toMatchObject({ code: "SINK_UNREACHABLE" });
  });

  it("says that the positions are those of another sink, and reads everything", async () => {
    const { sink } = await start();
    const one = sink();
    await one.send(a, never());
    const upTo = await readBackOf(one).positions(never());
    const noted = { hub: "records created 2026-01-01T00:00:00.000Z", partitions: { 0: 7, 1: 9 } };
    const report = await readAll(readBackOf(one), noted, upTo);
    expectUnknown(report, "READ_BACK_OTHER_HUB");
    expect(report.found.toSorted()).toEqual(sorted(a));
    expect(report.reached).toEqual(upTo);
  });
});

describe("positions of several hubs as those of one", () => {
  it("come apart as they were put together", () => {
    const one = { hub: "io.a created 2026-01-01T00:00:00.000Z", partitions: { 0: -1, 1: 7 } };
    const other = { hub: "io.b-1 created 2026-01-02T00:00:00.000Z", partitions: { 0: 12 } };
    const joined = joinPositions("host", [one, other]);
    expect(splitPositions(joined)).toEqual(
      new Map([
        ["io.a", one],
        ["io.b-1", other],
      ]),
    );
  });

  it("leave out what is not theirs", () => {
    expect(splitPositions({ hub: "any", partitions: { 0: 1, "io.a/0": 2, "io.a created x": 3 } })).toEqual(new Map());
  });
});
