import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import {
  startEventHubsEmulator,
  type EventHubsEmulator,
  type EventHubsEmulatorOptions,
} from "../../dev/event-hubs-emulator/index.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import { createEventHubsSink } from "../../src/sinks/event-hubs.ts";
import type { ConfirmedBatch } from "../../src/sinks/send-lane.ts";
import { outgoingEvent, outgoingEvents } from "../contracts/outgoing-events.ts";
import { expectOrderPerKey, idsOf, leftBy, never } from "../contracts/sink.ts";
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
  const sink = createEventHubsSink({ connection, closeTimeoutMs: 1_000, ...options, ...clock });
  open.push(sink);
  return sink;
}

/** As the hub knows them. */
function arrived(emulator: EventHubsEmulator): readonly { readonly eventId: string }[] {
  return emulator.events(hub).map(({ messageId }) => ({ eventId: messageId ?? "" }));
}

/** One event for each partition, by order key. */
const onePerPartition: readonly OutgoingEvent[] = ["d0", "d1", "d2", "d3"].map((key, index) =>
  outgoingEvent(index, key),
);

describe("Event Hubs sink: batches", () => {
  it("fills every batch but the last of a partition, whatever the number of devices", async () => {
    const emulator = await startHub({ maxMessageBytes: 64_000 });
    const batches: ConfirmedBatch[] = [];
    const sink = openSink(emulator, { onBatch: (batch) => batches.push(batch) });
    const report = await sink.send(outgoingEvents({ count: 2_000, devices: 1_500, bytes: 1_200 }), never());
    expect(report).toMatchObject({ batches: batches.length, bytes: emulator.stats(hub).bytes });
    const byPartition = Map.groupBy(batches, ({ lane }) => lane);
    expect([...byPartition.keys()].toSorted()).toEqual(["0", "1", "2", "3"]);
    for (const own of byPartition.values()) {
      for (const batch of own.slice(0, -1)) expect(batch.bytes).toBeGreaterThan(0.97 * batch.maxBytes);
    }
    expect(Math.max(...emulator.stats(hub).batchBytes)).toBeLessThanOrEqual(64_000);
    expect(emulator.stats(hub).batches).toBe(report.batches);
  });

  it("sends to several partitions at once, but one batch at a time to each", async () => {
    const emulator = await startHub({ maxMessageBytes: 6_000 });
    const held = emulator.faults.commitLate({ times: 4 });
    const sink = openSink(emulator);
    const events = outgoingEvents({ count: 200, devices: 40 });
    const sending = sink.send(events, never());
    await held.whenHit(4);
    expect(emulator.stats(hub).transfers).toBe(4);
    held.release();
    await sending;
    const first = emulator.events(hub).slice(0, 4);
    expect(new Set(first.map(({ partitionId }) => partitionId)).size).toBeGreaterThan(0);
    expectOrderPerKey(arrived(emulator), events);
  });

  it("sends to no more partitions at once than it is told", async () => {
    const emulator = await startHub();
    const held = emulator.faults.commitLate({ times: 2 });
    const sink = openSink(emulator, { partitionsAtOnce: 2 });
    const events = outgoingEvents({ count: 80, devices: 40 });
    const sending = sink.send(events, never());
    await held.whenHit(2);
    expect(emulator.stats(hub).senders).toBe(2);
    held.release();
    expect((await sending).confirmed).toHaveLength(80);
    expect(emulator.stats(hub).senders).toBe(4);
  });

  it("splits a batch that the service finds too large after all", async () => {
    const emulator = await startHub({ maxMessageBytes: 64_000 });
    emulator.faults.limitMessageBytes({ bytes: 20_000, announce: false });
    const events = outgoingEvents({ count: 200, devices: 3, bytes: 1_000 });
    const large = outgoingEvent(999, "device-1", 30_000);
    const report = await openSink(emulator).send([...events.slice(0, 100), large, ...events.slice(100)], never());
    expect(report.failure).toBeUndefined();
    expect(report.refused.map(({ event }) => event)).toEqual([large]);
    expectOrderPerKey(arrived(emulator), events);
  });

  it("refuses alone the event that the service will not take, and sends the rest", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 1 }] });
    // The batch of 8, its first half, its first quarter, its first event.
    const fault = emulator.faults.reject("com.microsoft:argument-error", { times: 4, description: "not like this" });
    const events = outgoingEvents({ count: 8 });
    const report = await openSink(emulator).send(events, never());
    expect(fault.hits).toBe(4);
    expect(report.failure).toBeUndefined();
    expect(report.refused).toEqual([{ event: events[0], reason: expect.stringContaining("not like this") }]);
    expectOrderPerKey(arrived(emulator), events.slice(1));
  });

  it("keeps the order of sends that overlap, also when the first is held up and not all partitions go at once", async () => {
    const emulator = await startHub({ maxMessageBytes: 6_000 });
    emulator.faults.refuseTokens({ times: 1 });
    let waits = 0;
    const wait = async () => {
      waits += 1;
      for (let turn = 0; turn < 200; turn++) await nextTurn(); // time for the second send to overtake
    };
    const sink = openSink(emulator, { partitionsAtOnce: 1 }, { ...fakeClock(), wait });
    const first = outgoingEvents({ count: 60, devices: 20 });
    // Another order of devices, so that the second send would begin with another partition.
    const second = outgoingEvents({ count: 60, devices: 20, from: 60 }).toReversed();
    const reports = await Promise.all([sink.send(first, never()), sink.send(second, never())]);
    expect(reports.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    expect(waits).toBe(1);
    expectOrderPerKey(arrived(emulator), [...first, ...second]);
  });

  it("reads the partitions anew on a new connection", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 1 }] });
    const sink = openSink(emulator);
    await sink.send(outgoingEvents({ count: 40, devices: 40 }), never());
    emulator.addPartitions(hub, 3);
    await sink.close();
    await sink.send(outgoingEvents({ count: 40, devices: 40, from: 40 }), never());
    const later = emulator.events(hub).slice(40);
    expect(new Set(later.map(({ partitionId }) => partitionId)).size).toBe(4);
  });
});

describe("Event Hubs sink: unknown outcomes", () => {
  const failures = {
    "the answer is lost with the connection": (emulator: EventHubsEmulator) =>
      emulator.faults.loseAcknowledgement({ times: 1 }),
    "the connection drops before the batch is stored": (emulator: EventHubsEmulator) =>
      emulator.faults.dropBeforeStoring({ times: 1 }),
    "the link is detached": (emulator: EventHubsEmulator) =>
      emulator.faults.detachOnTransfer({ times: 1, stored: true }),
    "no answer comes": (emulator: EventHubsEmulator) => emulator.faults.neverAnswer({ times: 1, stored: true }),
    "the service times out": (emulator: EventHubsEmulator) =>
      emulator.faults.reject("com.microsoft:timeout", { times: 1 }),
    "the service has an internal error": (emulator: EventHubsEmulator) =>
      emulator.faults.reject("amqp:internal-error", { times: 1 }),
    "the batch is released": (emulator: EventHubsEmulator) => emulator.faults.outcome("released", { times: 1 }),
  };

  it.each(Object.entries(failures))("sends a batch once when %s, and works again afterwards", async (_, strike) => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 1 }], maxMessageBytes: 6_000 });
    const sink = openSink(emulator, { sendTimeoutMs: 700 });
    await sink.check(never());
    strike(emulator);
    const events = outgoingEvents({ count: 60 });
    const report = await sink.send(events, never());
    expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN", message: expect.stringContaining("partition 0") });
    expect(report.confirmed).toEqual([]);
    expect(emulator.stats(hub).transfers).toBe(1);
    const next = await sink.send(outgoingEvents({ count: 10, from: 60 }), never());
    expect(next.failure).toBeUndefined();
    expect(next.confirmed).toHaveLength(10);
  });

  it("lets the other partitions finish", async () => {
    const emulator = await startHub({ maxMessageBytes: 6_000 });
    emulator.faults.neverAnswer({ partition: "1", after: 1, times: 1, stored: true });
    const events = outgoingEvents({ count: 300, devices: 30 });
    const report = await openSink(emulator, { sendTimeoutMs: 700 }).send(events, never());
    expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN", message: expect.stringContaining("partition 1") });
    const stored = Map.groupBy(emulator.events(hub), ({ partitionId }) => partitionId);
    const confirmed = new Set(idsOf(report.confirmed));
    for (const [partitionId, own] of stored) {
      if (partitionId !== "1") expect(own.every(({ messageId = "" }) => confirmed.has(messageId))).toBe(true);
    }
    // One confirmed batch, one stored without a word, nothing behind it.
    const ofOne = idsOf(arrivedIn(stored.get("1")));
    expect(ofOne.filter((id) => !confirmed.has(id)).length).toBeGreaterThan(0);
    expect(leftBy(report, events).length).toBeGreaterThan(ofOne.filter((id) => !confirmed.has(id)).length);
  });

  it("sends nothing that was waiting behind it, not even from another send", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 1 }] });
    emulator.faults.outcome("modified", { times: 1 });
    const sink = openSink(emulator);
    const [first, second] = await Promise.all([
      sink.send(outgoingEvents({ count: 10 }), never()),
      sink.send(outgoingEvents({ count: 10, from: 10 }), never()),
    ]);
    expect(first.failure).toMatchObject({ code: "SINK_UNCERTAIN" });
    expect(second.failure).toMatchObject({ code: "SINK_UNCERTAIN" });
    expect(emulator.stats(hub).transfers).toBe(1);
  });

  it("closes the connection, so that the fate of the batch settles", async () => {
    const emulator = await startHub();
    emulator.faults.outcome("modified", { times: 1 });
    const report = await openSink(emulator).send(onePerPartition, never());
    expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN" });
    expect(emulator.connections).toBe(0);
  });

  it("awaits what is on its way when it is told to stop", async () => {
    const emulator = await startHub();
    const held = emulator.faults.commitLate();
    const stop = new AbortController();
    const sending = openSink(emulator).send(onePerPartition, stop.signal);
    await held.whenHit();
    stop.abort();
    held.release();
    const releasing = setInterval(() => held.release(), 1);
    const report = await sending;
    clearInterval(releasing);
    expect(report.confirmed.length).toBeGreaterThan(0);
    expectOrderPerKey(arrived(emulator), report.confirmed);
  });
});

function arrivedIn(
  events: readonly { readonly messageId: string | undefined }[] = [],
): readonly { readonly eventId: string }[] {
  return events.map(({ messageId }) => ({ eventId: messageId ?? "" }));
}

describe("Event Hubs sink: definite failures", () => {
  it("tries a link again that the service could not open", async () => {
    const emulator = await startHub();
    emulator.faults.refuseAttach({ role: "send", times: 2 });
    const clock = fakeClock();
    const report = await openSink(emulator, {}, clock).send(onePerPartition, never());
    expect(report.failure).toBeUndefined();
    expect(clock.waits).toHaveLength(2);
  });

  it("gives up a link that never opens, in bounded time, and tries again", async () => {
    const emulator = await startHub();
    emulator.faults.silentPeer({ times: 1 });
    const report = await openSink(emulator, { sendTimeoutMs: 500 }).send(onePerPartition, never());
    expect(report.failure).toBeUndefined();
    emulator.faults.silentPeer();
    const sink = openSink(emulator, { sendTimeoutMs: 200 });
    expect(await sink.send(onePerPartition, never())).toMatchObject({ failure: { code: "SINK_UNREACHABLE" } });
  });

  it("asks for a token twice and no more when the key is wrong", async () => {
    const emulator = await startHub();
    emulator.faults.refuseTokens();
    const clock = fakeClock();
    const report = await openSink(emulator, {}, clock).send(onePerPartition, never());
    expect(report.failure).toMatchObject({ code: "SINK_UNAUTHORIZED" });
    expect(emulator.faults.counts.tokensRefused).toBe(2);
    expect(clock.waits).toHaveLength(1);
  });

  it("finds out on check that the key may only listen", async () => {
    const keys = [{ name: "reader", key: "listen-only-key-0123456789", rights: ["Listen"] }] as const;
    const emulator = await startHub({ keys });
    await expect(openSink(emulator).check(never())).rejects.toMatchObject({
      code: "SINK_UNAUTHORIZED",
      fix: expect.stringContaining("EVENT_HUB_CONNECTION_STRING"),
    });
  });

  it("says that the identity has no token, and where to switch it on", async () => {
    const emulator = await startHub({ transport: "tls" });
    const unavailable = Object.assign(new Error("no managed identity"), { name: "CredentialUnavailableError" });
    const credential = { getToken: () => Promise.reject(unavailable) };
    const connection = { namespace: `localhost:${emulator.port}`, hub, credential };
    await expect(openSink(emulator, { connection }).check(never())).rejects.toMatchObject({
      code: "SINK_UNAUTHORIZED",
      fix: expect.stringContaining("AZURE_CLIENT_ID"),
    });
  });

  it("stops everywhere when the hub is deleted under way, and keeps what was confirmed", async () => {
    const emulator = await startHub({ maxMessageBytes: 6_000 });
    let batches = 0;
    const sink = openSink(emulator, {
      sendTimeoutMs: 700,
      onBatch: () => {
        batches += 1;
        if (batches === 8) emulator.faults.refuseAttach({ condition: "amqp:not-found" });
        if (batches === 8) emulator.faults.detachLinks();
      },
    });
    const report = await sink.send(outgoingEvents({ count: 300, devices: 30 }), never());
    expect(report.failure?.code).toMatch(/^SINK_(?:NOT_FOUND|UNCERTAIN)$/u);
    const stored = new Set(idsOf(arrived(emulator)));
    expect(report.confirmed.every(({ eventId }) => stored.has(eventId))).toBe(true);
    expect(report.confirmed.length).toBeLessThan(300);
  });

  it("starts no other partition once one is refused", async () => {
    const emulator = await startHub();
    emulator.faults.reject("amqp:not-allowed", { times: 1 });
    const report = await openSink(emulator, { partitionsAtOnce: 1 }).send(
      outgoingEvents({ count: 80, devices: 40 }),
      never(),
    );
    expect(report.failure).toMatchObject({ code: "SINK_REFUSED" });
    expect(emulator.stats(hub).transfers).toBe(1);
  });

  it("gives up when throttling outlasts its time, and reports what was confirmed", async () => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 1 }], maxMessageBytes: 6_000 });
    emulator.faults.serverBusy({ after: 2 });
    const clock = fakeClock();
    const events = outgoingEvents({ count: 100 });
    const report = await openSink(emulator, {}, clock).send(events, never());
    expect(report.failure).toMatchObject({ code: "SINK_THROTTLED" });
    expect(idsOf(report.confirmed)).toEqual(idsOf(arrived(emulator)));
    expect(report.batches).toBe(2);
    expect(Math.min(...clock.waits)).toBeGreaterThanOrEqual(10_000);
    expect(clock.now()).toBeLessThanOrEqual(300_000);
  });

  it.each([
    { noticed: "before the SDK is called", asked: 2, code: "OUT_OF_TIME" },
    { noticed: "by the SDK, right before it transfers", asked: 3, code: "SINK_UNCERTAIN" },
  ])("hands over nothing more once it may not, noticed $noticed", async ({ asked, code }) => {
    const emulator = await startHub({ hubs: [{ name: hub, partitionCount: 1 }], maxMessageBytes: 6_000 });
    let confirmed = 0;
    let since = 0;
    const sink = openSink(emulator, { onBatch: () => (confirmed += 1) });
    const mayStart = () => {
      if (confirmed === 2) since += 1;
      return since < asked - 1;
    };
    const report = await sink.send(outgoingEvents({ count: 100 }), never(), mayStart);
    expect(report).toMatchObject({ batches: 2, failure: { code } });
    expect(idsOf(arrived(emulator))).toEqual(idsOf(report.confirmed));
    expect(emulator.stats(hub).transfers).toBe(2);
  });

  it("passes on a bug of its caller after all partitions have come to rest", async () => {
    const emulator = await startHub();
    const bug = new TypeError("a bug in the counting");
    const onBatch = () => {
      throw bug;
    };
    const events = outgoingEvents({ count: 80, devices: 40 });
    await expect(openSink(emulator, { onBatch, partitionsAtOnce: 1 }).send(events, never())).rejects.toBe(bug);
    expect(emulator.stats(hub).transfers).toBe(1);
  });

  it("closes in bounded time while a link hangs", async () => {
    const emulator = await startHub();
    const silent = emulator.faults.silentPeer();
    const sink = openSink(emulator, { sendTimeoutMs: 400, closeTimeoutMs: 50 });
    const checking = sink.check(never()).catch((error: unknown) => error);
    await silent.whenHit();
    const before = performance.now();
    await sink.close();
    expect(performance.now() - before).toBeLessThan(300);
    expect(await checking).toMatchObject({ code: "SINK_UNREACHABLE" });
  });
});

describe("Event Hubs sink: secrets", () => {
  it("shows no key in any error", async () => {
    const key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
    const emulator = await startHub({ keys: [{ name: "sender", key, rights: ["Send"] }] });
    const right = connectionStringOf(emulator);
    const wrongOnes = [
      right.replace("sender", "nobody"),
      right.replace(hub, "missing"),
      right.replace(String(emulator.port), "2628"),
    ];
    const errors: unknown[] = [];
    for (const connectionString of wrongOnes) {
      const sink = openSink(emulator, { connection: { connectionString } });
      errors.push(await sink.check(never()).catch((error: unknown) => error));
      errors.push((await sink.send(onePerPartition, never())).failure);
    }
    for (const broken of [right.replace("Endpoint", "Endpunkt"), right.replace("EntityPath", "Path")]) {
      try {
        openSink(emulator, { connection: { connectionString: broken } });
      } catch (error) {
        errors.push(error);
      }
    }
    emulator.faults.outcome("modified");
    errors.push((await openSink(emulator).send(onePerPartition, never())).failure);
    expect(errors).toHaveLength(9);
    for (const error of errors) {
      expect(error).toMatchObject({ name: "BridgeError" });
      const everything = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: Infinity });
      expect(everything).not.toContain(key.slice(0, 12));
      expect(everything).not.toMatch(/sig=|SharedAccessKey=/u);
    }
  });
});
