// Reading back from the Event Hubs emulator, where it is more than the contract.
import { EventHubConsumerClient, EventHubProducerClient } from "@azure/event-hubs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { inspect } from "node:util";
import { Agent } from "undici";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  startEventHubsEmulator,
  type EventHubsEmulator,
  type EventHubsEmulatorOptions,
} from "../../dev/event-hubs-emulator/index.ts";
import type { HubPositions, ReadBack, Sink } from "../../src/pipeline/ports.ts";
import { createEventHubsSink } from "../../src/sinks/event-hubs.ts";
import { outgoingEvents } from "../contracts/outgoing-events.ts";
import { expectUnknown, ofRoute, readAll, readBackOf } from "../contracts/read-back.ts";
import { idsOf, never } from "../contracts/sink.ts";
import { connectionStringOf, fakeClock, hub, type HubOptions } from "./hub-harness.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

async function startHub(options: EventHubsEmulatorOptions = {}): Promise<EventHubsEmulator> {
  const emulator = await startEventHubsEmulator({ hubs: [{ name: hub }], ...options });
  open.push(emulator);
  return emulator;
}

function openSink(emulator: EventHubsEmulator, options: Partial<HubOptions> = {}, clock = fakeClock()): Sink {
  const connection = { connectionString: connectionStringOf(emulator) };
  const sink = createEventHubsSink({ connection, closeTimeoutMs: 500, sendTimeoutMs: 2_000, ...options, ...clock });
  open.push(sink);
  return sink;
}

/** A hub with so many events, and what lies between its beginning and its end. */
async function filled(
  emulator: EventHubsEmulator,
  count: number,
  sink = openSink(emulator),
): Promise<{ readBack: ReadBack; after: HubPositions; upTo: HubPositions; ids: readonly string[] }> {
  const readBack = readBackOf(sink);
  const after = await readBack.positions(never());
  const events = outgoingEvents({ count, devices: 40 });
  await sink.send(events, never());
  return { readBack, after, upTo: await readBack.positions(never()), ids: idsOf(events).toSorted() };
}

describe("Event Hubs sink, reading back: what it costs", () => {
  it("reads each event once for all routes", async () => {
    const emulator = await startHub();
    const sink = openSink(emulator);
    const readBack = readBackOf(sink);
    const after = await readBack.positions(never());
    await sink.send(outgoingEvents({ count: 80, devices: 40 }), never());
    await sink.send(ofRoute("other", { count: 80, devices: 40, from: 80 }), never());
    const upTo = await readBack.positions(never());
    const reports = await Promise.all([readAll(readBack, after, upTo), readAll(readBack, after, upTo, "other")]);
    expect(reports.map(({ found }) => found.length)).toEqual([80, 80]);
    expect(emulator.stats(hub).readers).toBe(4);
  });

  it("opens no reader on a partition without news", async () => {
    const emulator = await startHub();
    const sink = openSink(emulator);
    const readBack = readBackOf(sink);
    const after = await readBack.positions(never());
    await sink.send(outgoingEvents({ count: 30, devices: 1 }), never());
    const upTo = await readBack.positions(never());
    expect((await readAll(readBack, after, upTo)).found).toHaveLength(30);
    expect(emulator.stats(hub).readers).toBe(1);
  });

  it("reads four partitions at a time, and closes its connections", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 12 }] });
    const { readBack, after, upTo, ids } = await filled(emulator, 400);
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, emulator.connections)), 1);
    const report = await readAll(readBack, after, upTo);
    clearInterval(watch);
    expect(report.found.toSorted()).toEqual(ids);
    expect(most).toBeLessThanOrEqual(5); // one of them sends
    expect(emulator.connections).toBe(1);
  });

  it("takes nothing away from other readers of its consumer group", async () => {
    const emulator = await startHub();
    const other = new EventHubConsumerClient("$Default", emulator.connectionString(hub));
    open.push(other);
    const errors: unknown[] = [];
    let seen = 0;
    for (const id of ["0", "1", "2", "3"]) {
      other.subscribe(
        id,
        {
          processEvents: async (events) => void (seen += events.length),
          processError: async (error) => void errors.push(error),
        },
        { maxBatchSize: 50, startPosition: { offset: "-1" } },
      );
    }
    const { readBack, after, upTo, ids } = await filled(emulator, 60);
    expect((await readAll(readBack, after, upTo)).found).toHaveLength(ids.length);
    await vi.waitFor(() => expect(seen).toBe(60), { interval: 5 });
    expect(errors).toEqual([]);
  });

  it("says how long a send that was given up may still arrive", async () => {
    const emulator = await startHub();
    expect(openSink(emulator, { sendTimeoutMs: 20_000, closeTimeoutMs: 5_000 }).settleMs).toBe(35_000);
  });
});

describe("Event Hubs sink, reading back: what can never be known", () => {
  it("notices sequence numbers that went back, although the hub claims to be the same", async () => {
    const start = Date.now();
    const emulator = await startHub({ now: () => start, tokenNow: Date.now });
    const sink = openSink(emulator);
    await sink.send(outgoingEvents({ count: 100, devices: 1 }), never());
    const readBack = readBackOf(sink);
    const after = await readBack.positions(never());
    emulator.recreateHub(hub);
    await sink.close();
    await sink.send(outgoingEvents({ count: 5, devices: 1, from: 200 }), never());
    const report = await readAll(readBack, after, await readBack.positions(never()));
    expectUnknown(report, "READ_BACK_OTHER_HUB");
    expect(report.found).toHaveLength(5);
  });

  it("names the consumer group that does not exist", async () => {
    const emulator = await startHub();
    const { after, upTo } = await filled(emulator, 40);
    const report = await readAll(readBackOf(openSink(emulator, { consumerGroup: "bridge" })), after, upTo);
    expectUnknown(report, "READ_BACK_REFUSED");
    expect(report.unknown[0]).toMatchObject({
      message: expect.stringMatching(/no consumer group bridge \(partitions 0, 1, 2, 3/u),
      fix: expect.stringContaining("EVENT_HUB_CONSUMER_GROUP"),
    });
  });

  it("reads in the consumer group that it is given", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, consumerGroups: ["bridge"] }] });
    const { readBack, after, upTo, ids } = await filled(emulator, 40, openSink(emulator, { consumerGroup: "bridge" }));
    expect((await readAll(readBack, after, upTo)).found.toSorted()).toEqual(ids);
  });

  it("loses only the partitions that are taken", async () => {
    const emulator = await startHub();
    const { readBack, after, upTo } = await filled(emulator, 80);
    emulator.faults.refuseAttach({ role: "receive", partition: "2", condition: "amqp:link:stolen" });
    const report = await readAll(readBack, after, upTo);
    expectUnknown(report, "READ_BACK_REFUSED");
    expect(report.reached).toEqual(upTo);
    expect(report.unknown[0]?.message).toContain("(partition 2,");
    const elsewhere = emulator.events(hub).filter(({ partitionId }) => partitionId !== "2");
    expect(report.found.toSorted()).toEqual(elsewhere.map(({ messageId = "" }) => messageId).toSorted());
  });

  it("takes a position that the service calls invalid for that of another hub", async () => {
    const emulator = await startHub();
    const { readBack, after, upTo } = await filled(emulator, 80);
    emulator.faults.refuseAttach({ role: "receive", partition: "1", condition: "com.microsoft:argument-error" });
    const report = await readAll(readBack, after, upTo);
    expectUnknown(report, "READ_BACK_OTHER_HUB");
    expect(report.unknown[0]?.message).toContain("partition 1: ArgumentError");
  });

  it("tells an identity which role it lacks", async () => {
    const emulator = await startHub({ transport: "tls", jwt: { accept: () => true } });
    setDefaultCACertificates([...getCACertificates("bundled"), emulator.caCertPem ?? ""]);
    const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const connection = { namespace: `localhost:${emulator.port}`, hub, credential };
    const sink = openSink(emulator, { connection, transport: "amqp" });
    const { readBack, after, upTo } = await filled(emulator, 40, sink);
    emulator.faults.refuseAttach({ role: "receive", condition: "amqp:unauthorized-access" });
    const report = await readAll(readBack, after, upTo);
    expectUnknown(report, "READ_BACK_DENIED");
    expect(report.unknown[0]?.fix).toContain("Azure Event Hubs Data Receiver");
    emulator.faults.clear();
    expect((await readAll(readBack, after, upTo)).found).toHaveLength(40);
  });
});

describe("Event Hubs sink, reading back: failures that may pass", () => {
  it("tries a reader again that the service could not open", async () => {
    const emulator = await startHub();
    const clock = fakeClock();
    const { readBack, after, upTo, ids } = await filled(emulator, 80, openSink(emulator, {}, clock));
    emulator.faults.refuseAttach({ role: "receive", partition: "0", times: 2 });
    expect((await readAll(readBack, after, upTo)).found.toSorted()).toEqual(ids);
    expect(clock.waits).toHaveLength(2);
  });

  it.each([
    ["SINK_UNREACHABLE", "amqp:internal-error"],
    ["SINK_THROTTLED", "com.microsoft:server-busy"],
  ])("throws %s when it stays so, and keeps what it has read", async (code, condition) => {
    const emulator = await startHub();
    const { readBack, after, upTo, ids } = await filled(emulator, 80);
    emulator.faults.refuseAttach({ role: "receive", partition: "3", condition });
    await expect(readAll(readBack, after, upTo)).rejects.toMatchObject({
      code,
      message: expect.stringContaining("reading back partition 3"),
    });
    emulator.faults.clear();
    expect((await readAll(readBack, after, upTo)).found.toSorted()).toEqual(ids);
  });

  it("goes on with a new connection when its own are lost", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 1 }] });
    const { readBack, after, upTo, ids } = await filled(emulator, 2_000);
    const reading = readAll(readBack, after, upTo);
    await vi.waitFor(() => expect(emulator.stats(hub).readers).toBe(1), { interval: 1 });
    emulator.faults.dropConnections();
    expect((await reading).found.toSorted()).toEqual(ids);
  });

  it("says that the hub is gone", async () => {
    const emulator = await startHub();
    const { readBack, after, upTo } = await filled(emulator, 10);
    emulator.deleteHub(hub);
    await expect(readAll(readBack, after, upTo)).rejects.toMatchObject({ code: "SINK_NOT_FOUND" });
    await expect(readBack.positions(never())).rejects.toMatchObject({ code: "SINK_NOT_FOUND" });
  });

  it("says that the key is not even good for asking where the partitions end", async () => {
    const emulator = await startHub();
    emulator.faults.refuseTokens();
    const readBack = readBackOf(openSink(emulator));
    await expect(readBack.positions(never())).rejects.toMatchObject({ code: "READ_BACK_DENIED" });
  });
});

describe("Event Hubs sink, reading back: being stopped", () => {
  it("returns early with what it reached, and lets the next one read at once", async () => {
    const emulator = await startHub();
    const { readBack, after, upTo, ids } = await filled(emulator, 80);
    const silent = emulator.faults.silentPeer();
    const stop = new AbortController();
    const request = { route: "main", after, upTo, maxBytes: 1e9, signal: stop.signal };
    const readings = [readBack.read(request), readBack.read(request)];
    await silent.whenHit();
    stop.abort();
    const nothing = { found: [], reached: after, unknown: [] };
    expect(await Promise.all(readings)).toEqual([nothing, nothing]);
    silent.clear();
    expect((await readAll(readBack, after, upTo)).found.toSorted()).toEqual(ids);
  });

  it("returns with what it reached when its own time is over, and reads on from there", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 2 }] });
    const { readBack, after, upTo, ids } = await filled(emulator, 80);
    const bounded = readBackOf(openSink(emulator, { readBackMs: 300 }));
    const silent = emulator.faults.silentPeer();
    const request = { route: "main", after, upTo, maxBytes: 1e9, signal: never() };
    const { reached, ...rest } = await bounded.read(request);
    expect({ reached, ...rest }).toEqual({ found: [], reached: after, unknown: [] });
    silent.clear();
    expect((await readAll(readBack, reached, upTo)).found.toSorted()).toEqual(ids);
  });

  it("does not wait for a connection that others still use", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 2 }] });
    const sink = openSink(emulator, { sendTimeoutMs: 700 });
    await sink.check(never());
    const readBack = readBackOf(sink);
    const here = await readBack.positions(never());
    const held = emulator.faults.commitLate({ partition: "0", times: 1 });
    emulator.faults.outcome("modified", { partition: "1", times: 1 });
    const sending = sink.send(outgoingEvents({ count: 40, devices: 40 }), never());
    await held.whenHit();
    const closing = sink.close(); // stands for a failure of another route on the same connection
    const stop = new AbortController();
    const asking = readBack.positions(stop.signal).catch((error: unknown) => error);
    const reading = readBack.read({ route: "main", after: here, upTo: here, maxBytes: 1, signal: stop.signal });
    stop.abort();
    expect(await asking).toMatchObject({ code: "OUT_OF_TIME" });
    expect(await reading).toMatchObject({ reached: here });
    held.release();
    await Promise.all([sending, closing]);
  });
});

describe("Event Hubs sink, reading back: the way there", () => {
  it("goes through WebSockets", async () => {
    const emulator = await startHub({ transport: "websocket" });
    const dispatcher = new Agent({ connect: { ca: emulator.caCertPem ?? "" } });
    const { readBack, after, upTo, ids } = await filled(emulator, 40, openSink(emulator, { dispatcher }));
    expect((await readAll(readBack, after, upTo)).found.toSorted()).toEqual(ids);
  });

  it("passes over what other writers put into the hub", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 1 }] });
    const sink = openSink(emulator);
    const readBack = readBackOf(sink);
    const after = await readBack.positions(never());
    const other = new EventHubProducerClient(emulator.connectionString(hub));
    open.push(other);
    await other.sendBatch([{ body: "text" }, { body: { some: "value" }, properties: { route: "main" } }]);
    await sink.send(outgoingEvents({ count: 3 }), never());
    const upTo = await readBack.positions(never());
    expect((await readAll(readBack, after, upTo)).found).toHaveLength(3);
  });

  it("shows no key in any error", async () => {
    const key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
    const emulator = await startHub({ keys: [{ name: "sender", key, rights: ["Send"] }] });
    const { readBack, after, upTo } = await filled(emulator, 40);
    const { unknown } = await readAll(readBack, after, upTo);
    emulator.deleteHub(hub);
    const thrown = await readBack.positions(never()).catch((error: unknown) => error);
    for (const error of [unknown[0], thrown]) {
      expect(error).toMatchObject({ name: "BridgeError" });
      const everything = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: Infinity });
      expect(everything).not.toContain(key.slice(0, 12));
      expect(everything).not.toMatch(/sig=|SharedAccessKey=/u);
    }
  });
});
