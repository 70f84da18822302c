import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import type { OutgoingEvent } from "../../../src/pipeline/records.ts";
import type { Sink } from "../../../src/pipeline/ports.ts";
import { eventFormat } from "../../../src/sinks/formats/event-format.ts";
import { withFormat } from "../../../src/sinks/formats/with-format.ts";
import { createKafkaSink } from "../../../src/sinks/kafka.ts";
import { wait } from "../../../src/wait.ts";
import { outgoingEvent, outgoingEvents } from "../../contracts/outgoing-events.ts";
import { expectOrderPerKey, idsOf, never } from "../../contracts/sink.ts";
import { MINUTE, routeUnderTest, START } from "../../pipeline/route-under-test.ts";
import { fakeClock } from "../hub-harness.ts";
import { asText, fixedTopic, kafkaUnderTest, receivedIn, setting, type KafkaOptions } from "./harness.ts";
import type { KafkaRelayOptions } from "./relay.ts";
import { api } from "./wire.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

async function kafkaWith(sinkOptions: Partial<KafkaOptions> = {}, relayOptions: KafkaRelayOptions = {}) {
  const { broker, relay } = await kafkaUnderTest(relayOptions);
  open.push(broker, relay);
  const clock = fakeClock();
  const another = (more: Partial<KafkaOptions> = {}): Sink => {
    const sink = createKafkaSink({
      connection: { brokers: [relay.address], tls: false, setting },
      topic: { fixed: fixedTopic },
      sendTimeoutMs: 2_000,
      closeTimeoutMs: 500,
      ...sinkOptions,
      ...more,
      ...clock,
    });
    open.push(sink);
    return sink;
  };
  return { broker, relay, clock, another, sink: another() };
}

function withType(event: OutgoingEvent, recType: string): OutgoingEvent {
  return { ...event, properties: { ...event.properties, recType } };
}

describe("Kafka sink: records", () => {
  it("have the device as key, and event id, content type and every property as headers", async () => {
    const { broker, sink } = await kafkaWith();
    const event = outgoingEvent(1, "device-ü");
    await sink.send([event], never());
    expect(broker.read(fixedTopic)).toEqual([
      {
        partition: expect.any(Number),
        offset: 0,
        key: "device-ü",
        payload: Buffer.from(event.body).toString(),
        headers: { "message-id": event.eventId, "content-type": "application/json", ...asText(event.properties) },
      },
    ]);
  });

  it("carry CloudEvents in binary mode as the Kafka binding has it", async () => {
    const { broker, sink } = await kafkaWith();
    const event = { ...outgoingEvent(1, "device-1"), time: 0 };
    await withFormat(sink, eventFormat("cloudevents-binary", "kafka")).send([event], never());
    expect(broker.read(fixedTopic)[0]?.headers).toEqual({
      "message-id": event.eventId,
      "content-type": "application/json",
      ...asText(event.properties),
      ce_specversion: "1.0",
      ce_id: event.eventId,
      ce_source: "/microshare",
      ce_type: event.properties.recType,
      ce_subject: "key-1",
      ce_time: "1970-01-01T00:00:00.000Z",
    });
  });

  it("go to the partition that every standard producer chooses for their key", async () => {
    const { broker, sink } = await kafkaWith();
    const keys = Array.from({ length: 60 }, (_, index) => `A1-B2-C3/${index} Ü`);
    await sink.send(
      keys.map((key, index) => outgoingEvent(index, key)),
      never(),
    );
    const producer = [
      "-P",
      "-b",
      `${broker.host}:${broker.port}`,
      "-t",
      "other",
      "-K",
      "|",
      "-X",
      "partitioner=murmur2",
    ];
    execFileSync("kcat", producer, { input: keys.map((key) => `${key}|x\n`).join("") });
    const partitionsIn = (topic: string) => new Map(broker.read(topic).map(({ key, partition }) => [key, partition]));
    const mine = partitionsIn(fixedTopic);
    expect(mine.size).toBe(60);
    expect(new Set(mine.values()).size).toBe(4);
    expect(mine).toEqual(partitionsIn("other"));
  });
});

describe("Kafka sink: topics", () => {
  it("are one per record type, each with its own order", async () => {
    const { broker, sink } = await kafkaWith({ topic: "record-type" });
    const events = outgoingEvents({ count: 90, devices: 4 }).map((event, index) =>
      withType(event, ["io.first", "io.second", "io_third-x"][index % 3] ?? ""),
    );
    const report = await sink.send(events, never());
    expect(report.failure).toBeUndefined();
    for (const [topic, own] of Map.groupBy(events, ({ properties }) => properties.recType)) {
      expectOrderPerKey(receivedIn(broker, topic), own);
    }
  });

  it("that a record type cannot name refuse its records alone", async () => {
    const { broker, sink } = await kafkaWith({ topic: "record-type" });
    const [odd, good] = [withType(outgoingEvent(1, "a"), "odd type/№ 3"), withType(outgoingEvent(2, "a"), "io.good")];
    const report = await sink.send([odd, good], never());
    expect(report.failure).toBeUndefined();
    expect(report.refused).toEqual([
      { event: odd, reason: expect.stringMatching(/"odd type\/№ 3" cannot be the name/u) },
    ]);
    expect(idsOf(report.confirmed)).toEqual([good.eventId]);
    expect(idsOf(receivedIn(broker, "io.good"))).toEqual([good.eventId]);
    expect((await sink.send([odd], never())).refused).toHaveLength(1);
  });

  it("that are missing stop the sink and name themselves", async () => {
    const { sink } = await kafkaWith({ topic: "record-type" });
    const report = await sink.send([withType(outgoingEvent(1, "a"), "missing")], never());
    expect(report.failure).toMatchObject({ code: "SINK_NOT_FOUND", message: expect.stringMatching(/topic missing/u) });
    await expect(sink.check(never())).resolves.toBeUndefined();
  });
});

describe("Kafka sink: batches", () => {
  it("are full requests below the limit of Event Hubs", async () => {
    const { relay, sink } = await kafkaWith();
    const events = outgoingEvents({ count: 400, devices: 1, bytes: 10_000 });
    const report = await sink.send(events, never());
    expect(report.failure).toBeUndefined();
    const sizes = relay.produced.map(({ bytes }) => bytes);
    expect(sizes.length).toBe(report.batches);
    expect(Math.max(...sizes)).toBeLessThan(1_046_528);
    expect(sizes.slice(0, -1).every((bytes) => bytes > 1_000_000)).toBe(true);
  });

  it("never take more than was counted", async () => {
    const { relay, sink } = await kafkaWith({ maxRequestBytes: 3_000 });
    const small = outgoingEvents({ count: 60, devices: 3, bytes: 50 });
    await sink.send([...small, ...outgoingEvents({ count: 20, devices: 3, bytes: 900, from: 60 })], never());
    expect(Math.max(...relay.produced.map(({ bytes }) => bytes))).toBeLessThanOrEqual(3_000);
  });

  it.each([
    [{ fixed: fixedTopic }, true],
    ["record-type", false],
  ] as const)("that are not full wait for what follows, in topic %j: %s", async (topic, waits) => {
    const { relay, sink } = await kafkaWith({ topic, maxRequestBytes: 3_000 });
    const events = outgoingEvents({ count: 20, devices: 2 });
    const first = await sink.send(events, never(), () => true, true);
    expect((first.heldBack ?? []).length > 0).toBe(waits);
    expect(first.confirmed.length + (first.heldBack?.length ?? 0)).toBe(20);
    expect(relay.produced).toHaveLength(first.batches);
    const rest = await sink.send(first.heldBack ?? [], never());
    expect(rest.confirmed).toEqual(first.heldBack ?? []);
  });

  it("that a broker finds too large are halved until the one event to blame is refused", async () => {
    const { broker, relay, sink } = await kafkaWith();
    relay.faults.add({ kind: "answer", code: 10, stored: false }, { times: 4 });
    const events = outgoingEvents({ count: 8, devices: 1 });
    const report = await sink.send(events, never());
    expect(report.failure).toBeUndefined();
    expect(report.refused).toEqual([{ event: events[0], reason: expect.stringMatching(/MESSAGE_TOO_LARGE/u) }]);
    expectOrderPerKey(receivedIn(broker, fixedTopic), events.slice(1));
  });
});

describe("Kafka sink: outcomes", () => {
  const lost = {
    "stored, and the connection ends": { kind: "drop", stored: true },
    "not stored, and the connection ends": { kind: "drop", stored: false },
    "stored without an answer": { kind: "silent", stored: true },
    "not stored without an answer": { kind: "silent", stored: false },
  } as const;
  it.each(Object.entries(lost))("%s: uncertain, and sent once", async (_name, fault) => {
    const { broker, relay, sink } = await kafkaWith();
    relay.faults.add(fault);
    const events = outgoingEvents({ count: 5, devices: 1 });
    const report = await sink.send(events, never());
    expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN" });
    expect(report.confirmed).toEqual([]);
    expect(relay.produced).toHaveLength(1);
    expect(broker.read(fixedTopic)).toHaveLength(fault.stored ? 5 : 0);
    const again = await sink.send(events, never());
    expect(again.failure).toBeUndefined();
  });

  it.each([
    [-1, "SINK_UNCERTAIN", 1],
    [2, "SINK_UNREACHABLE", 3],
    [3, "SINK_NOT_FOUND", 1],
    [6, "SINK_UNREACHABLE", 3],
    [7, "SINK_UNCERTAIN", 1],
    [19, "SINK_UNREACHABLE", 3],
    [20, "SINK_UNCERTAIN", 1],
    [29, "SINK_UNAUTHORIZED", 2],
    [44, "SINK_REFUSED", 1],
    [56, "SINK_UNCERTAIN", 1],
    [999, "SINK_UNCERTAIN", 1],
  ])("answer %i means %s after %i tries", async (code, expected, tries) => {
    const { relay, sink } = await kafkaWith();
    relay.faults.add({ kind: "answer", code, stored: false }, { times: 10 });
    const report = await sink.send(outgoingEvents({ count: 3, devices: 1 }), never());
    expect(report.failure).toMatchObject({ code: expected, fix: expect.stringMatching(/\w{3}/u) });
    expect(report.refused).toEqual([]);
    expect(relay.produced).toHaveLength(tries);
  });

  it("an answer that asks to come back later is waited out", async () => {
    const { broker, relay, clock, sink } = await kafkaWith();
    relay.faults.add({ kind: "answer", code: 89, stored: false }, { times: 2 });
    const report = await sink.send(outgoingEvents({ count: 3, devices: 1 }), never());
    expect(report.failure).toBeUndefined();
    expect(clock.waits).toHaveLength(2);
    expect(broker.read(fixedTopic)).toHaveLength(3);
  });

  it("nothing leaves when the sender may not start any more at the moment of writing", async () => {
    const { relay, sink } = await kafkaWith();
    let asked = 0;
    const report = await sink.send(outgoingEvents({ count: 3, devices: 1 }), never(), () => ++asked < 2);
    expect(asked).toBeGreaterThan(1);
    expect(report.failure).toMatchObject({ code: "OUT_OF_TIME" });
    expect(relay.produced).toEqual([]);
    expect((await sink.send(outgoingEvents({ count: 3, devices: 1 }), never())).failure).toBeUndefined();
  });

  it("silence that a broker asks for is kept as long as it says, but never longer than a step may take", async () => {
    const { relay, clock, sink } = await kafkaWith({ maxRequestBytes: 3_000 });
    relay.faults.add({ kind: "throttle", ms: 40 });
    relay.faults.add({ kind: "throttle", ms: 1_100 }, { after: 1 });
    const report = await sink.send(outgoingEvents({ count: 30, devices: 1 }), never());
    expect(report.failure).toBeUndefined();
    expect(clock.waits).toEqual([40, 1_000]);
  });
});

describe("a run into Kafka after one whose answer was lost", () => {
  it("repeats what had arrived, under the same event ids, and says so", async () => {
    const { broker, relay, sink } = await kafkaWith();
    relay.faults.add({ kind: "drop", stored: true });
    const bridge = routeUnderTest();
    for (let n = 0; n < 30; n += 1) bridge.feed.add({ key: `k${n}`, time: START + n * MINUTE, device: "d" });
    // Real sockets take real time.
    const changes = { route: { sink }, deps: { clock: { monotonicNow: () => performance.now(), wait } } };
    expect(await bridge.run(changes)).toMatchObject({ kind: "blocked", error: { code: "SINK_UNCERTAIN" } });
    expect(await bridge.run(changes)).toMatchObject({
      kind: "caught-up",
      warnings: [{ code: "READ_BACK_IMPOSSIBLE", fix: expect.stringMatching(/header message-id/u) }],
    });
    const ids = broker.read(fixedTopic).map(({ headers }) => headers["message-id"]);
    expect(ids).toHaveLength(60);
    expect(new Set(ids).size).toBe(30);
  });
});

describe("Kafka sink: connections", () => {
  it("are replaced when they were idle for longer than networks keep them", async () => {
    const { relay, clock, sink } = await kafkaWith();
    const logins = () => relay.requests.get(api.apiVersions) ?? 0;
    await sink.send(outgoingEvents({ count: 3 }), never());
    const first = logins();
    await clock.wait(170_000, never());
    await sink.send(outgoingEvents({ count: 3, from: 3 }), never());
    expect(logins()).toBe(first);
    await clock.wait(181_000, never());
    const report = await sink.send(outgoingEvents({ count: 3, from: 6 }), never());
    expect(report.failure).toBeUndefined();
    expect(logins()).toBe(2 * first);
  });

  it("close in bounded time while an answer is missing, and nothing leaves afterwards", async () => {
    const { relay, sink } = await kafkaWith({ maxRequestBytes: 3_000 });
    relay.faults.add({ kind: "silent", stored: false }, { times: 10 });
    const sending = sink.send(outgoingEvents({ count: 30, devices: 1 }), never());
    while (relay.produced.length === 0) await new Promise(setImmediate);
    await sink.close();
    const report = await sending;
    expect(report.failure).toMatchObject({ code: "SINK_UNCERTAIN" });
    expect(relay.produced).toHaveLength(1);
    expect(relay.connections).toBe(0);
  });

  it("are asked without sending", async () => {
    const { relay, sink, another } = await kafkaWith();
    await sink.check(never());
    await another({ topic: "record-type" }).check(never());
    expect(relay.requests.get(api.produce)).toBeUndefined();
  });

  it("without a token for the identity say so, and why", async () => {
    const login = { mechanism: "OAUTHBEARER", accept: () => true } as const;
    const { relay, another } = await kafkaWith({}, { login, tls: true });
    const credential = { getToken: async () => Promise.reject(new Error("no identity here")) };
    const connection = { namespace: relay.address, credential, setting };
    const report = await another({ connection, tls: { ca: relay.caCertPem } }).send([outgoingEvent(1, "a")], never());
    expect(report.failure).toMatchObject({
      code: "SINK_UNAUTHORIZED",
      message: expect.stringMatching(/no token.*no identity here/u),
      fix: expect.stringMatching(/managed identity/u),
    });
  });

  it.each(["SCRAM-SHA-256", "SCRAM-SHA-512"] as const)("log in with %s where they are told to", async (mechanism) => {
    const sent: string[] = [];
    const login = { mechanism, accept: (message: string) => sent.push(message) < 0 } as const;
    const { relay, another } = await kafkaWith({}, { login });
    const own = { mechanism, username: "bridge", password: "secret" } as const;
    const connection = { brokers: [relay.address], tls: false, login: own, setting };
    const report = await another({ connection }).send([outgoingEvent(1, "a")], never());
    expect(report.failure).toMatchObject({ code: "SINK_UNAUTHORIZED", fix: expect.stringMatching(/password/u) });
    expect(sent[0]).toMatch(/^n,,n=bridge,r=/u);
  });

  it("with a certificate that nobody vouches for are refused", async () => {
    const { relay, another } = await kafkaWith({}, { tls: true });
    const connection = { brokers: [relay.address], setting };
    const report = await another({ connection }).send([outgoingEvent(1, "a")], never());
    expect(report.failure).toMatchObject({ code: "SINK_UNREACHABLE" });
    expect(relay.requests.size).toBe(0);
  });

  it("never show a secret in what they report", async () => {
    const login = { mechanism: "PLAIN", accept: () => false } as const;
    const { relay, another } = await kafkaWith({}, { login });
    const key = "c2VjcmV0LWtleS0wMTIzNDU2Nzg5";
    const connectionString = `Endpoint=sb://${relay.address};SharedAccessKeyName=n;SharedAccessKey=${key};UseDevelopmentEmulator=true`;
    const { failure } = await another({ connection: { connectionString, setting } }).send(
      [outgoingEvent(1, "a")],
      never(),
    );
    expect(failure?.code).toBe("SINK_UNAUTHORIZED");
    const told: unknown[] = [failure?.message, failure?.fix];
    for (let cause: unknown = failure?.cause; cause instanceof Error; cause = cause.cause) {
      told.push(cause.message, cause.stack, JSON.stringify(cause));
    }
    expect(told.join("\n")).not.toContain(key);
  });
});
