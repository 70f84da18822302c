import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  startServiceBusEmulator,
  type ServiceBusEmulator,
  type ServiceBusEmulatorOptions,
} from "../../dev/service-bus-emulator/index.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import { createServiceBusSink } from "../../src/sinks/service-bus.ts";
import { outgoingEvent, outgoingEvents } from "../contracts/outgoing-events.ts";
import { expectOrderPerKey, idsOf, leftBy, never } from "../contracts/sink.ts";
import { fakeClock } from "./hub-harness.ts";
import { busConnection, queue, type BusOptions } from "./service-bus-harness.ts";

interface Bus {
  readonly emulator: ServiceBusEmulator;
  readonly sink: Sink;
}

async function busWith(
  emulatorOptions: ServiceBusEmulatorOptions = {},
  sinkOptions: Partial<BusOptions> = {},
): Promise<Bus> {
  const emulator = await startServiceBusEmulator({ queues: [{ name: queue }], ...emulatorOptions });
  onTestFinished(() => emulator.close());
  const connection = busConnection(emulator);
  const clock = fakeClock();
  const sink = createServiceBusSink({
    connection,
    sendTimeoutMs: 2_000,
    closeTimeoutMs: 500,
    ...clock,
    ...sinkOptions,
  });
  onTestFinished(() => sink.close());
  return { emulator, sink };
}

describe("Service Bus sink: messages", () => {
  it("carry the event id as message id, the record type as subject, and no session unless asked to", async () => {
    const { emulator, sink } = await busWith();
    const [event] = outgoingEvents({ count: 1 });
    if (event === undefined) throw new Error("no event");
    await sink.send([event], never());
    expect(emulator.messages(queue)).toMatchObject([
      {
        messageId: event.eventId,
        sessionId: undefined,
        subject: "io.microshare.lake.snapshot.hourly",
        contentType: "application/json",
        properties: event.properties,
        body: Buffer.from(event.body),
      },
    ]);
  });

  it("have a session per device, also for device ids that cannot be one", async () => {
    const { emulator, sink } = await busWith({}, { sessions: "per-device" });
    const long = "d".repeat(200);
    const keys = ["device-1", long, `${long}e`, "", long];
    await sink.send(
      keys.map((key, number) => outgoingEvent(number, key)),
      never(),
    );
    const sessions = emulator
      .messages(queue)
      .toSorted((a, b) => String(a.messageId).localeCompare(String(b.messageId)))
      .map(({ sessionId = "" }) => sessionId);
    expect(sessions[0]).toBe("device-1");
    expect(sessions[1]).toBe(sessions[4]);
    expect(new Set(sessions).size).toBe(4);
    for (const session of sessions) expect(session).toMatch(/^.{1,128}$/u);
  });

  it("of sends that overlap are on their way one after the other, or together where their order does not matter", async () => {
    const transfersOf = async (sendsAtOnce?: number): Promise<number> => {
      const { emulator, sink } = await busWith({}, sendsAtOnce === undefined ? {} : { sendsAtOnce });
      const answers = Promise.withResolvers<void>();
      const held = emulator.faults.commitLate({ until: () => answers.promise });
      const sends = [1, 2, 3].map((number) => sink.send([outgoingEvent(number, "one device")], never()));
      await held.whenHit(sendsAtOnce ?? 1);
      for (let turn = 0; turn < 50; turn += 1) await nextTurn();
      const { hits } = held;
      answers.resolve();
      for (const { confirmed, failure } of await Promise.all(sends)) {
        expect([confirmed.length, failure]).toEqual([1, undefined]);
      }
      expect(emulator.messages(queue)).toHaveLength(3);
      return hits;
    };
    expect([await transfersOf(), await transfersOf(2), await transfersOf(3)]).toEqual([1, 2, 3]);
  });

  it("fill every batch but the last", async () => {
    const sizes: number[] = [];
    const onBatch = ({ bytes }: { bytes: number }) => void sizes.push(bytes);
    const { emulator, sink } = await busWith({}, { onBatch });
    const report = await sink.send(outgoingEvents({ count: 2_000, devices: 400 }), never());
    expect(report).toMatchObject({ batches: sizes.length, confirmed: { length: 2_000 } });
    expect(emulator.stats(queue).transferBytes).toHaveLength(sizes.length);
    for (const bytes of sizes.slice(0, -1)) expect(bytes).toBeGreaterThan(262_144 - 1_000);
  });

  it("go alone where they are too large for a batch and the link takes them", async () => {
    const { emulator, sink } = await busWith({ maxMessageBytes: 4 * 1024 * 1024 });
    const events = [
      outgoingEvent(0, "device-0"),
      outgoingEvent(1, "device-0", 2 * 1024 * 1024),
      outgoingEvent(2, "device-0", 5 * 1024 * 1024),
      outgoingEvent(3, "device-0"),
    ];
    const report = await sink.send(events, never());
    expect(report.failure).toBeUndefined();
    expect(report.refused).toMatchObject([{ reason: expect.stringMatching(/5242880 bytes.* 4194304 bytes/u) }]);
    expect(emulator.messages(queue).map(({ messageId }) => messageId)).toEqual(idsOf(report.confirmed));
    expect(emulator.stats(queue)).toMatchObject({ transfers: 3, batches: 2 });
  });
});

describe("Service Bus sink: repeats", () => {
  /** The answer to the second batch is lost although the batch was stored; what is left is sent again. */
  async function sendTwiceAroundALostAnswer(duplicateDetectionMs: number | undefined) {
    const { emulator, sink } = await busWith({
      maxMessageBytes: 6_000,
      queues: [{ name: queue, ...(duplicateDetectionMs === undefined ? {} : { duplicateDetectionMs }) }],
    });
    const events = outgoingEvents({ count: 60 });
    emulator.faults.loseAcknowledgement({ after: 1, times: 1 });
    const report = await sink.send(events, never());
    expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN" });
    const left = leftBy(report, events);
    expect(left.length).toBeLessThan(60);
    expect((await sink.send(left, never())).failure).toBeUndefined();
    return { emulator, events };
  }

  it("are dropped by duplicate detection, as they carry the same message ids", async () => {
    const { emulator, events } = await sendTwiceAroundALostAnswer(3_600_000);
    expectOrderPerKey(
      emulator.messages(queue).map(({ messageId = "" }) => ({ eventId: messageId })),
      events,
    );
    expect(emulator.stats(queue).duplicates).toBeGreaterThan(0);
  });

  it("arrive where it is off", async () => {
    const { emulator } = await sendTwiceAroundALostAnswer(undefined);
    expect(emulator.messages(queue).length).toBeGreaterThan(60);
  });

  it("are not made by the SDK: an unanswered batch is transferred once", async () => {
    const { emulator, sink } = await busWith();
    emulator.faults.neverAnswer({ stored: true });
    const report = await sink.send(outgoingEvents({ count: 10 }), never());
    expect(report).toMatchObject({ failure: { code: "SINK_UNCERTAIN" }, confirmed: [] });
    expect(emulator.stats(queue).transfers).toBe(1);
  });

  it.each([
    [3_600_000, /duplicate detection drops it for 60 minutes/u, /within that time/u],
    [0, /duplicate detection is off/u, /created with duplicate detection/u],
    [undefined, /is not known to be on/u, /state that window for this sink/u],
  ])("are explained to the operator for a window of %s ms", async (duplicateDetectionMs, meaning, fix) => {
    const { sink } = await busWith({}, duplicateDetectionMs === undefined ? {} : { duplicateDetectionMs });
    expect(sink.readBack).toBeUndefined();
    expect(sink.afterCrash?.meaning).toMatch(meaning);
    expect(sink.afterCrash?.fix).toMatch(fix);
    expect(sink.settleMs).toBe(12_500);
  });
});

describe("Service Bus sink: failures", () => {
  it("dead-letters nothing when the queue requires sessions and the sink sends none", async () => {
    const { emulator, sink } = await busWith({ queues: [{ name: queue, requiresSession: true }] });
    const report = await sink.send(outgoingEvents({ count: 20 }), never());
    expect(report).toMatchObject({
      confirmed: [],
      refused: [],
      failure: { code: "SINK_REFUSED", fix: expect.stringMatching(/session per device/u) },
    });
    expect(emulator.messages(queue)).toEqual([]);
  });

  it.each([
    ["amqp:not-allowed", "SINK_REFUSED"],
    ["amqp:resource-limit-exceeded", "SINK_REFUSED"],
    ["com.microsoft:entity-disabled", "SINK_REFUSED"],
    ["amqp:not-implemented", "SINK_REFUSED"],
    ["amqp:unauthorized-access", "SINK_UNAUTHORIZED"],
    ["amqp:not-found", "SINK_NOT_FOUND"],
    ["com.microsoft:timeout", "SINK_UNCERTAIN"],
    ["amqp:internal-error", "SINK_UNCERTAIN"],
    ["com.microsoft:operation-cancelled", "SINK_UNCERTAIN"],
    ["amqp:something-new", "SINK_UNCERTAIN"],
  ])("takes the answer %s for %s", async (condition, code) => {
    const { emulator, sink } = await busWith();
    emulator.faults.reject(condition);
    const report = await sink.send(outgoingEvents({ count: 3 }), never());
    expect(report).toMatchObject({ failure: { code }, confirmed: [], refused: [] });
    const once = code === "SINK_UNCERTAIN" || code === "SINK_REFUSED" || code === "SINK_NOT_FOUND";
    expect(emulator.stats(queue).transfers).toBe(once ? 1 : 2);
  });

  it("finds the one event that the service does not like", async () => {
    const { emulator, sink } = await busWith();
    const events = outgoingEvents({ count: 8 });
    emulator.faults.reject("com.microsoft:argument-error", { times: 4 });
    const report = await sink.send(events, never());
    expect(report.failure).toBeUndefined();
    expect(report.refused).toMatchObject([
      { event: events[0], reason: expect.stringMatching(/does not take this record \(ArgumentError/u) },
    ]);
    expect(report.confirmed).toHaveLength(7);
  });

  it("takes another connection when a link hangs while it opens", async () => {
    const { emulator, sink } = await busWith();
    emulator.faults.silentPeer({ times: 1 });
    const report = await sink.send(outgoingEvents({ count: 3 }), never());
    expect(report.failure).toBeUndefined();
    expect(emulator.messages(queue)).toHaveLength(3);
  });
});

describe("Service Bus sink: settings", () => {
  const good = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0LWtleQ==";
  it.each([
    ["", /has no Endpoint/u],
    ["Endpoint=https://ns.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b", /has no Endpoint/u],
    ["Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;EntityPath=q", /neither SharedAccessKeyName/u],
    [good, /has no EntityPath/u],
    [`${good};EntityPath=other`, /names other as EntityPath, but the sink names records/u, "records"],
  ])("refuses the connection string %j and shows no part of its key", (connectionString, message, entity?: string) => {
    const connection = { connectionString, setting: "QUEUE_B", ...(entity === undefined ? {} : { entity }) };
    const make = () => createServiceBusSink({ connection, ...fakeClock() });
    expect(make).toThrow(expect.objectContaining({ code: "SETTINGS_INVALID", fix: expect.stringMatching(/QUEUE_B/u) }));
    expect(make).toThrow(message);
    expect(make).not.toThrow(/c2VjcmV0/u);
  });

  it("takes the name of the queue from the connection string or from the sink", () => {
    const named = createServiceBusSink({
      connection: { connectionString: `${good};EntityPath=q`, setting: "QUEUE_B" },
      ...fakeClock(),
    });
    expect(named.name).toBe("Service Bus queue or topic q");
    const given = createServiceBusSink({
      connection: { connectionString: good, entity: "t", setting: "QUEUE_B" },
      ...fakeClock(),
    });
    expect(given.name).toBe("Service Bus queue or topic t");
  });
});
