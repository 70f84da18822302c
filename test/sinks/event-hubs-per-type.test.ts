// A sink with a hub per record type, where it is more than the contract.
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { inspect } from "node:util";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { failed } from "../../dev/hub-management/arm.ts";
import { times } from "../../dev/hub-management/server.ts";
import { BridgeError } from "../../src/errors.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import { createEventHubsPerTypeSink } from "../../src/sinks/event-hubs-per-type.ts";
import { outgoingEvent } from "../contracts/outgoing-events.ts";
import { expectOrderPerKey, idsOf, leftBy, never } from "../contracts/sink.ts";
import { fakeClock } from "./hub-harness.ts";
import { armDirectory, credentialOf, eventsOf, perTypeWorld, storedIn, type PerTypeWorld } from "./per-type-harness.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

async function start(...options: Parameters<typeof perTypeWorld>): Promise<PerTypeWorld> {
  const world = await perTypeWorld(...options);
  open.push(world);
  return world;
}

const a = eventsOf("io.a", { count: 60 });
const b = eventsOf("io.b", { count: 60, from: 100 });
const c = eventsOf("io.c", { count: 60, from: 200 });
/** As a feed of several types brings them. */
const mixed = a.flatMap((event, index) => [event, b[index], c[index]].flatMap((one) => one ?? []));

const full = (...hubs: readonly string[]) => ({
  hubs: [...hubs, ...Array.from({ length: 10 - hubs.length }, (_, index) => `other-${index}`)].map((name) => ({
    name,
  })),
});

function warningsOf(sink: Sink): readonly BridgeError[] {
  return sink.takeWarnings?.() ?? [];
}

describe("a sink with a hub per record type", () => {
  it("sends each type to its own hub, in order", async () => {
    const { emulator, sink, resourceManager } = await start();
    const report = await sink().send(mixed, never());
    expect(report.failure).toBeUndefined();
    expect(idsOf(report.confirmed).toSorted()).toEqual(idsOf(mixed).toSorted());
    expect(emulator.hubs.toSorted()).toEqual(["io.a", "io.b", "io.c"]);
    expectOrderPerKey(storedIn(emulator, "io.a"), a);
    expectOrderPerKey(storedIn(emulator, "io.b"), b);
    expectOrderPerKey(storedIn(emulator, "io.c"), c);
    expect(resourceManager.hubs.find("io.a")).toEqual({ partitionCount: 4, messageRetentionInDays: 1 });
    expect(report.batches).toBe(["io.a", "io.b", "io.c"].reduce((sum, hub) => sum + emulator.stats(hub).transfers, 0));
  });

  it("sends to the hubs at once", async () => {
    const { emulator, sink } = await start();
    const held = emulator.faults.commitLate({ times: 3 });
    const one = [a, b, c].flatMap((events) => events.slice(0, 1));
    const sending = sink().send(one, never());
    await held.whenHit(3);
    held.release();
    expect((await sending).confirmed).toHaveLength(3);
  });

  it("asks nobody to manage anything where the hubs are there", async () => {
    const { sink, resourceManager } = await start({ hubs: [{ name: "io.a" }, { name: "IO.B" }] }, { rights: [] });
    const report = await sink().send([...a, ...b], never());
    expect(report.failure).toBeUndefined();
    expect(resourceManager.requests).toEqual([]);
  });

  it("creates a hub once for two processes that need it at the same time", async () => {
    const { emulator, sink, resourceManager } = await start();
    const reports = await Promise.all([sink().send(a.slice(0, 30), never()), sink().send(a.slice(30), never())]);
    expect(reports.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    expect(emulator.hubs).toEqual(["io.a"]);
    expect(storedIn(emulator, "io.a")).toHaveLength(60);
    expect(resourceManager.hubs.find("io.a")?.messageRetentionInDays).toBe(1);
  });

  it("waits for a fresh hub until it answers", async () => {
    const appearing: (() => void)[] = [];
    const { emulator, sink, clock } = await start({}, { appear: (create) => void appearing.push(create) });
    clock.onWait = () => {
      if (clock.waits.length === 4) for (const create of appearing.splice(0)) create();
    };
    const report = await sink().send(a, never());
    expect(report.failure).toBeUndefined();
    expect(clock.waits).toHaveLength(4);
    expectOrderPerKey(storedIn(emulator, "io.a"), a);
  });

  it("waits about a minute for a hub that does not answer, and loses nothing", async () => {
    const { sink, clock, emulator } = await start({ hubs: [{ name: "io.b" }] }, { appear: () => {} });
    const report = await sink().send([...a, ...b], never());
    expect(report.failure).toMatchObject({ code: "SINK_NOT_FOUND", message: expect.stringContaining("io.a") });
    expect(leftBy(report, [...a, ...b])).toEqual(a);
    expect(clock.now()).toBeGreaterThan(30_000);
    expect(clock.now()).toBeLessThan(90_000);
    expectOrderPerKey(storedIn(emulator, "io.b"), b);
  });

  it("keeps the order of sends that overlap while the hub is created", async () => {
    const appearing: (() => void)[] = [];
    const world = await start({}, { appear: (create) => void appearing.push(create) });
    const { emulator, resourceManager, clock } = world;
    const wait = async (ms: number, signal: AbortSignal) => {
      await clock.wait(ms, signal);
      for (const create of appearing.splice(0)) create();
      for (let turn = 0; turn < 200; turn++) await nextTurn(); // time for the second send to overtake
    };
    const own = createEventHubsPerTypeSink({
      connection: { connectionString: emulator.connectionString() },
      directory: armDirectory(resourceManager, clock),
      ...clock,
      wait,
      closeTimeoutMs: 1_000,
    });
    open.push(own);
    const first = own.send(a.slice(0, 20), never());
    const second = own.send(a.slice(20, 40), never());
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    const third = own.send(a.slice(40), never());
    for (const report of await Promise.all([first, second, third])) expect(report.failure).toBeUndefined();
    expectOrderPerKey(storedIn(emulator, "io.a"), a);
  });

  it("opens a hub on, when the send that began it was told to stop", async () => {
    const { emulator, sink, clock } = await start({}, { appear: (create) => void later.push(create) });
    const later: (() => void)[] = [];
    const stop = new AbortController();
    clock.onWait = () => {
      if (!stop.signal.aborted) stop.abort();
      else for (const create of later.splice(0)) create();
    };
    const one = sink();
    const reports = await Promise.all([
      one.send(a.slice(0, 30), stop.signal),
      one.send(b.slice(0, 30), never()),
      one.send(a.slice(30), never()),
    ]);
    expect(reports[0]?.failure).toMatchObject({ code: "OUT_OF_TIME" });
    expect(reports[0]?.confirmed).toEqual([]);
    expect(reports[2]?.failure).toBeUndefined();
    expectOrderPerKey(storedIn(emulator, "io.a"), a.slice(30));
  });

  it("creates a hub anew that was deleted under way, with the next send", async () => {
    const { emulator, sink } = await start();
    const one = sink({ sendTimeoutMs: 700 });
    expect((await one.send(a.slice(0, 20), never())).failure).toBeUndefined();
    emulator.deleteHub("io.a");
    const report = await one.send(a.slice(20, 40), never());
    expect(report.failure?.code).toMatch(/^SINK_(?:NOT_FOUND|UNCERTAIN)$/u);
    let again = await one.send(a.slice(20), never());
    if (again.failure?.code === "SINK_NOT_FOUND") again = await one.send(a.slice(20), never());
    expect(again.failure).toBeUndefined();
    expectOrderPerKey(storedIn(emulator, "io.a"), a.slice(20));
  });

  it("sends with an identity", async () => {
    const jwt = { accept: (token: string) => token === "right" };
    const { emulator, sink } = await start({ transport: "tls", jwt });
    setDefaultCACertificates([...getCACertificates("bundled"), emulator.caCertPem ?? ""]);
    const connection = { namespace: `localhost:${emulator.port}`, credential: credentialOf("right") };
    const report = await sink({ connection, transport: "amqp" }).send(mixed, never());
    expect(report.failure).toBeUndefined();
    expect(emulator.hubs).toHaveLength(3);
  });

  it("lets the hub of another type alone when one fails, and tells what may have arrived first", async () => {
    const { emulator, sink } = await start({ hubs: [{ name: "io.a" }, { name: "io.b" }, { name: "io.c" }] });
    emulator.faults.reject("amqp:not-allowed", { hub: "io.a", times: 1 });
    emulator.faults.outcome("modified", { hub: "io.b", times: 1 });
    const report = await sink().send(mixed, never());
    expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN", message: expect.stringContaining("io.b") });
    const confirmed = new Set(idsOf(report.confirmed));
    expect(c.every(({ eventId }) => confirmed.has(eventId))).toBe(true);
    const stored = new Set(
      [...storedIn(emulator, "io.a"), ...storedIn(emulator, "io.b")].map(({ eventId }) => eventId),
    );
    for (const { eventId } of [...a, ...b]) if (confirmed.has(eventId)) expect(stored).toContain(eventId);
  });

  it("refuses the one event that is too large for any hub, and delivers the rest of every type", async () => {
    const { emulator, sink } = await start();
    const large = {
      ...outgoingEvent(999, "device-1", 6_000),
      properties: { ...outgoingEvent(0, "").properties, recType: "io.a" },
    };
    const report = await sink().send([...a, large, ...b], never());
    expect(report.failure).toBeUndefined();
    expect(report.refused.map(({ event }) => event)).toEqual([large]);
    expectOrderPerKey(storedIn(emulator, "io.b"), b);
  });

  it("passes on whether a transfer may start", async () => {
    const { emulator, sink } = await start({ hubs: [{ name: "io.a" }] });
    const report = await sink().send(a, never(), () => false);
    expect(report).toMatchObject({ confirmed: [], failure: { code: "OUT_OF_TIME" } });
    expect(storedIn(emulator, "io.a")).toEqual([]);
  });

  it("holds nothing back, so that a type that comes rarely keeps no window open", async () => {
    const { emulator, sink } = await start();
    const report = await sink().send(mixed.slice(0, 7), never(), undefined, true);
    expect(report.heldBack).toBeUndefined();
    expect(report.confirmed).toHaveLength(7);
    expect(storedIn(emulator, "io.b")).toHaveLength(2);
  });

  it("refuses a connection string of one hub, and names that cannot be", async () => {
    const { emulator, sink } = await start();
    const connection = { connectionString: emulator.connectionString("io.a") };
    const invalid = expect.objectContaining({ code: "SETTINGS_INVALID" });
    expect(() => sink({ connection })).toThrow(invalid);
    expect(() => sink({ hubNames: { "io.a": "x/y" } })).toThrow(invalid);
  });
});

describe("two types with one hub", () => {
  it("hold up the second alone, and lose nothing of it", async () => {
    const { emulator, sink } = await start();
    const report = await sink({ hubNames: { "io.a": "io.b" } }).send(mixed, never());
    expect(report.failure).toMatchObject({
      code: "SINK_REFUSED",
      message: expect.stringMatching(/io\.a and io\.b/u),
      fix: expect.stringMatching(/hubNames/u),
    });
    expect(report.refused).toEqual([]);
    expect(leftBy(report, mixed)).toEqual(b);
    expectOrderPerKey(storedIn(emulator, "io.b"), a);
    expectOrderPerKey(storedIn(emulator, "io.c"), c);
    const next = await sink({ hubNames: { "io.a": "io.alpha" } }).send(b, never());
    expect(next.failure).toBeUndefined();
  });
});

describe("a namespace that takes no more hubs", () => {
  it("holds up the type that has no hub, with a clear error, and no other", async () => {
    const { emulator, sink } = await start(full("io.a"));
    const report = await sink().send([...a, ...b], never());
    expect(report.failure).toMatchObject({
      code: "HUB_LIMIT_REACHED",
      message: expect.stringContaining("io.b"),
      fix: expect.stringMatching(/ten.*sharedHub/su),
    });
    expect(leftBy(report, [...a, ...b])).toEqual(b);
    expectOrderPerKey(storedIn(emulator, "io.a"), a);
  });

  it("gives the shared hub the types that have none, with a warning once a run", async () => {
    const { emulator, sink } = await start(full("io.a", "rest"));
    const one = sink({ sharedHub: "rest" });
    const report = await one.send(mixed, never());
    expect(report.failure).toBeUndefined();
    expectOrderPerKey(storedIn(emulator, "io.a"), a);
    expectOrderPerKey(
      storedIn(emulator, "rest"),
      mixed.filter(({ properties }) => properties.recType !== "io.a"),
    );
    expect(
      emulator
        .events("rest")
        .map(({ properties }) => String(properties["recType"]))
        .toSorted(),
    ).toEqual([...b, ...c].map(({ properties }) => properties.recType).toSorted());
    const [warning, ...more] = warningsOf(one);
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ code: "HUB_LIMIT_REACHED", message: expect.stringMatching(/io\.b, io\.c.*rest/u) });
    await one.send(eventsOf("io.b", { count: 5, from: 400 }), never());
    expect(warningsOf(one)).toEqual([]);
    await one.close(); // the run is over
    await one.send(eventsOf("io.b", { count: 5, from: 500 }), never());
    expect(warningsOf(one)).toHaveLength(1);
  });

  it("keeps the order of sends that overlap on their way to the shared hub", async () => {
    const { emulator, sink } = await start(full("rest"));
    const one = sink({ sharedHub: "rest" });
    // The second need not wait for a hub of its own, and must not overtake.
    const parts = [[...b.slice(0, 20), ...c.slice(0, 20)], b.slice(20, 40), [...c.slice(20), ...b.slice(40)]];
    const reports = await Promise.all(parts.map((events) => one.send(events, never())));
    expect(reports.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
    expectOrderPerKey(storedIn(emulator, "rest"), parts.flat());
  });

  it("keeps a place for the shared hub before it fills up", async () => {
    const { emulator, sink } = await start({ hubs: full().hubs.slice(0, 8) });
    const report = await sink({ sharedHub: "rest" }).send(mixed, never());
    expect(report.failure).toBeUndefined();
    expect(emulator.hubs).toContain("rest");
    expect(emulator.hubs).toHaveLength(10);
    expect(storedIn(emulator, "rest")).toHaveLength(120);
  });

  it("says so when there is no place for the shared hub either", async () => {
    const { sink } = await start(full());
    const report = await sink({ sharedHub: "rest" }).send(a, never());
    expect(report.failure).toMatchObject({ code: "HUB_LIMIT_REACHED", message: expect.stringContaining("rest") });
    expect(report.confirmed).toEqual([]);
  });

  it("gives a type its own hub once there is room, in the next run", async () => {
    const { emulator, sink } = await start(full("rest"));
    const one = sink({ sharedHub: "rest" });
    await one.send(a.slice(0, 30), never());
    emulator.deleteHub("other-0");
    await one.send(a.slice(30, 40), never());
    expect(storedIn(emulator, "rest")).toHaveLength(40);
    await one.close();
    await one.send(a.slice(40), never());
    expectOrderPerKey(storedIn(emulator, "io.a"), a.slice(40));
  });
});

describe("rights that are missing", () => {
  it("stop the type whose hub is to be created, with the role, and no other", async () => {
    const { emulator, sink } = await start({ hubs: [{ name: "io.a" }] }, { rights: ["read"] });
    const report = await sink().send([...a, ...b], never());
    expect(report.failure).toMatchObject({
      code: "SINK_UNAUTHORIZED",
      fix: expect.stringContaining("Azure Event Hubs Data Owner"),
    });
    expectOrderPerKey(storedIn(emulator, "io.a"), a);
    expect(leftBy(report, [...a, ...b])).toEqual(b);
  });

  it("are found on check, before anything is sent", async () => {
    const { sink } = await start({ hubs: [{ name: "io.a" }] }, { rights: [] });
    await expect(sink().check(never())).rejects.toMatchObject({ code: "SINK_UNAUTHORIZED" });
  });

  it("are no matter any more once they were given", async () => {
    const { sink, resourceManager } = await start();
    resourceManager.strike(
      times(1, ({ method }) => (method === "PUT" ? failed(403, "AuthorizationFailed") : undefined)),
    );
    const one = sink();
    expect((await one.send(a, never())).failure).toMatchObject({ code: "SINK_UNAUTHORIZED" });
    expect((await one.send(a, never())).failure).toBeUndefined();
  });
});

describe("check", () => {
  it("creates nothing, and looks at the hubs of the sink alone", async () => {
    const { emulator, sink } = await start({ hubs: [{ name: "ms-io.a" }, { name: "orders" }] });
    emulator.faults.refuseAttach({ hub: "orders" });
    await sink({ prefix: "ms-" }).check(never());
    expect(emulator.hubs).toEqual(["ms-io.a", "orders"]);
    emulator.faults.refuseAttach({ hub: "ms-io.a", condition: "amqp:unauthorized-access" });
    await expect(sink({ prefix: "ms-" }).check(never())).rejects.toMatchObject({ code: "SINK_UNAUTHORIZED" });
  });
});

it("shows no key and no token in any error", async () => {
  const { emulator, sink, resourceManager } = await start({}, { acceptToken: () => false });
  const secret = emulator.connectionString().match(/SharedAccessKey=([^;]+)/u)?.[1] ?? "none";
  const directory = armDirectory(resourceManager, { ...fakeClock(), credential: credentialOf("secret-token-0123") });
  const one = sink({ directory });
  const errors = [
    (await one.send(a, never())).failure,
    await one.check(never()).catch((error: unknown) => error),
    await one.readBack?.positions(never()).catch((error: unknown) => error),
  ];
  for (const error of errors) {
    expect(error).toBeInstanceOf(BridgeError);
    const everything = inspect(error, { depth: Infinity, showHidden: true });
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain("secret-token");
  }
});
