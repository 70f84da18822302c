import { Agent } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { startIotHubSimulator, type IotHubSimulatorOptions } from "../../dev/iot-hub-simulator/index.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { allowedText } from "../../src/sinks/iot-hub-batch.ts";
import { deviceIdOf } from "../../src/sinks/iot-hub-device-ids.ts";
import { createSignatures } from "../../src/sinks/iot-hub-token.ts";
import { createIotHubSink } from "../../src/sinks/iot-hub.ts";
import { outgoingEvent, outgoingEvents } from "../contracts/outgoing-events.ts";
import { expectOrderPerKey, leftBy, never } from "../contracts/sink.ts";
import { fc } from "../fast-check.ts";
import { fakeClock, nobody } from "./hub-harness.ts";
import { asText, fromRegistry, givenDevice, setting, type IotOptions } from "./iot-hub-harness.ts";

async function hubWith(simulatorOptions: IotHubSimulatorOptions = {}, sinkOptions: Partial<IotOptions> = {}) {
  const clock = fakeClock();
  const simulator = await startIotHubSimulator({ now: clock.now, ...simulatorOptions });
  onTestFinished(() => simulator.close());
  const agent = new Agent({ connect: { ca: simulator.caCertPem } });
  onTestFinished(() => agent.destroy());
  const another = (more: Partial<IotOptions> = {}) =>
    createIotHubSink({
      devices: fromRegistry(simulator),
      dispatcher: agent,
      sendTimeoutMs: 2_000,
      ...sinkOptions,
      ...more,
      ...clock,
    });
  return { simulator, clock, sink: another(), another };
}

const recType = "io.microshare.lake.snapshot.hourly";

type Changes = Partial<Pick<OutgoingEvent["properties"], "recType" | "recordKey" | "version" | "feed" | "late">>;

function withProperties(event: OutgoingEvent, properties: Changes): OutgoingEvent {
  return { ...event, properties: { ...event.properties, ...properties } };
}

describe("IoT Hub sink: messages", () => {
  it("carry the event id as message id, what routing needs, and every property", async () => {
    const { simulator, sink } = await hubWith();
    const event = withProperties(outgoingEvent(1, "device-1"), { late: true });
    await sink.send([event], never());
    expect(simulator.messages).toEqual([
      {
        deviceId: recType,
        messageId: event.eventId,
        contentType: "application/json",
        contentEncoding: "utf-8",
        properties: asText(event.properties),
        body: Buffer.from(event.body),
      },
    ]);
  });

  it("survive every text in a property, in a batch and alone", async () => {
    const { simulator, sink } = await hubWith();
    const texts = ['say "hi"', "back\\slash", "50 % (half)", "Zürich ☃ 🏢", "a/b:c,d;e", "line\r\nbreak", ""];
    const events = texts.flatMap((recordKey, index) => [
      withProperties(outgoingEvent(2 * index, "device-1"), { recordKey }),
      withProperties(outgoingEvent(2 * index + 1, "device-1", 230_000), { recordKey }),
    ]);
    const report = await sink.send(events, never());
    expect(report.refused).toEqual([]);
    expect(report.confirmed).toHaveLength(events.length);
    const keys = simulator.messages.map(({ properties }) => decodeURIComponent(properties["recordKey"] ?? ""));
    expect(keys).toEqual(texts.flatMap((text) => [text, text]));
    expect(simulator.stats.sends - simulator.stats.batches).toBe(texts.length);
  });

  it("hold only what HTTPS may carry, and decode to what was there", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const encoded = allowedText(text);
        expect(encoded).toMatch(/^[A-Za-z0-9!#$%&'*+\-.^_`|~]*$/u);
        expect(decodeURIComponent(encoded)).toBe(text.toWellFormed());
      }),
    );
    expect(allowedText("a\uD800b")).toBe("a%EF%BF%BDb");
  });

  it("fill each request and stay below what the service takes", async () => {
    const { simulator, sink } = await hubWith();
    const events = outgoingEvents({ count: 1_500, devices: 20 });
    const report = await sink.send(events, never());
    expect(report.failure).toBeUndefined();
    expect(report.confirmed).toHaveLength(1_500);
    const sizes = simulator.stats.requestBytes;
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBe(report.bytes);
    for (const bytes of sizes) expect(bytes).toBeLessThanOrEqual(261_119);
    for (const bytes of sizes.slice(0, -1)) expect(bytes).toBeGreaterThan(261_119 - 1_000);
  });

  it("go alone where base64 makes them too large for a batch, and are refused above 256 KiB", async () => {
    const { simulator, sink } = await hubWith();
    const events = [150_000, 200_000, 261_500, 262_144].map((bytes, number) => outgoingEvent(number, "d", bytes));
    const report = await sink.send(events, never());
    expect(report.failure).toBeUndefined();
    expect(report.refused).toMatchObject([
      { event: events[3], reason: expect.stringMatching(/262144 bytes.* 262144 bytes/u) },
    ]);
    expect(simulator.messages.map(({ body }) => body.length)).toEqual([150_000, 200_000, 261_500]);
    expect(simulator.stats).toMatchObject({ sends: 3, batches: 1 });
  });
});

describe("IoT Hub sink: devices", () => {
  it("are one per record type, made on first need and found again", async () => {
    const { simulator, sink } = await hubWith({ devices: ["io.second"] });
    const events = outgoingEvents({ count: 6 }).map((event, index) =>
      withProperties(event, { recType: ["io.first", "io.second", "odd type/№ 3"][index % 3] ?? "" }),
    );
    await sink.send(events, never());
    await sink.send(events, never());
    const odd = deviceIdOf("odd type/№ 3");
    expect(odd).toMatch(/^odd_type___3_[0-9a-f]{32}$/u);
    expect(simulator.deviceIds).toEqual(expect.arrayContaining(["io.second", "io.first", odd]));
    expect(simulator.stats).toMatchObject({ reads: 3, creations: 2 });
  });

  it("are one per Microshare device where asked for", async () => {
    const { simulator, sink } = await hubWith({}, { naming: "device" });
    const events = outgoingEvents({ count: 60, devices: 4 });
    await sink.send(events, never());
    expect(simulator.deviceIds.toSorted()).toEqual(["device-0", "device-1", "device-2", "device-3"]);
    for (const { deviceId, messageId } of simulator.messages) {
      expect(events.find(({ eventId }) => eventId === messageId)?.orderKey).toBe(deviceId);
    }
  });

  it("have ids that no two names share", () => {
    const long = "x".repeat(128);
    const names = ["", "a b", "a_b", "a/b", long, `${long}y`, `${long}z`, "Ä", "ä", "A", "a"];
    const ids = names.map(deviceIdOf);
    expect(new Set(ids).size).toBe(names.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9\-._]{1,128}$/u);
    expect(names.map(deviceIdOf)).toEqual(ids);
  });

  it("are remembered from sink to sink where the app keeps what is known", async () => {
    const known = new Map<string, string>();
    const { simulator, sink, another } = await hubWith();
    const devices = { ...fromRegistry(simulator), known };
    await another({ devices }).send(outgoingEvents({ count: 2 }), never());
    await another({ devices }).send(outgoingEvents({ count: 2 }), never());
    expect(simulator.stats).toMatchObject({ reads: 1, creations: 1, sends: 2 });
    await sink.send(outgoingEvents({ count: 2 }), never());
    expect(simulator.stats).toMatchObject({ reads: 2, creations: 1 });
  });

  it("may be made by another run in the same moment", async () => {
    const { simulator, sink } = await hubWith({ devices: [recType] });
    simulator.faults.answer("read", "deviceNotFound", { times: 1 });
    const report = await sink.send(outgoingEvents({ count: 2 }), never());
    expect(report.failure).toBeUndefined();
    expect(simulator.stats).toMatchObject({ reads: 1, creations: 1, sends: 1 });
  });

  it("are made no faster than the hub allows", async () => {
    const { simulator, sink, clock } = await hubWith({}, { naming: "device" });
    const report = await sink.send(outgoingEvents({ count: 130, devices: 130 }), never());
    expect(report.failure).toBeUndefined();
    expect(report.confirmed).toHaveLength(130);
    expect(simulator.stats).toMatchObject({ reads: 130, creations: 130 });
    // 260 calls at 100 a minute.
    expect(clock.now()).toBeGreaterThanOrEqual(2 * 60_000);
  });

  it("that are gone stop the run, and the next one makes them anew", async () => {
    const { simulator, sink } = await hubWith();
    const [first, ...rest] = outgoingEvents({ count: 3 });
    if (first === undefined) throw new Error("no event");
    await sink.send([first], never());
    simulator.deleteDevice(recType);
    const report = await sink.send(rest, never());
    expect(report).toMatchObject({ failure: { code: "SINK_NOT_FOUND" }, confirmed: [], refused: [] });
    expect((await sink.send(rest, never())).failure).toBeUndefined();
    expect(simulator.messages).toHaveLength(3);
  });
});

describe("IoT Hub sink: failures", () => {
  it("keeps everything for a later run when the quota of the day is used up", async () => {
    const { simulator, sink } = await hubWith({ devices: [recType] });
    simulator.faults.answer("send", "quotaExceeded", { after: 1 });
    const events = outgoingEvents({ count: 1_000 });
    const report = await sink.send(events, never());
    expect(report).toMatchObject({
      refused: [],
      failure: {
        code: "SINK_THROTTLED",
        message: expect.stringMatching(/daily quota .*403002/u),
        fix: expect.stringMatching(/Nothing is lost/u),
      },
    });
    expect(report.confirmed).toHaveLength(simulator.messages.length);
    expect(simulator.stats.sends).toBe(2);
    simulator.faults.clear();
    await sink.send(leftBy(report, events), never());
    expectOrderPerKey(
      simulator.messages.map(({ messageId = "" }) => ({ eventId: messageId })),
      events,
    );
  });

  it("gives up throttling in the end, and loses nothing by it", async () => {
    const { simulator, sink, clock } = await hubWith({ devices: [recType] });
    simulator.faults.answer("send", "throttled");
    const report = await sink.send(outgoingEvents({ count: 3 }), never());
    expect(report).toMatchObject({ failure: { code: "SINK_THROTTLED" }, confirmed: [], refused: [] });
    expect(clock.now()).toBeGreaterThan(4 * 60_000);
  });

  it.each(["dropped", "silent"])("never sends again what may have arrived: %s", async (how) => {
    const { simulator, sink } = await hubWith({ devices: [recType] });
    if (how === "dropped") simulator.faults.loseAnswer({ stored: true });
    else simulator.faults.neverAnswer({ stored: true });
    const report = await sink.send(outgoingEvents({ count: 3 }), never());
    expect(report).toMatchObject({ failure: { code: "SINK_UNCERTAIN" }, confirmed: [], refused: [] });
    expect(simulator.stats.sends).toBe(1);
    expect(simulator.messages).toHaveLength(3);
  });

  it.each([
    ["broken", "SINK_UNCERTAIN", 1],
    ["unauthorized", "SINK_UNAUTHORIZED", 2],
    ["wrongTier", "SINK_REFUSED", 1],
    ["deviceNotFound", "SINK_NOT_FOUND", 1],
  ] as const)("takes the answer %s to a send for %s", async (answer, code, sends) => {
    const { simulator, sink } = await hubWith({ devices: [recType] });
    simulator.faults.answer("send", answer);
    const report = await sink.send(outgoingEvents({ count: 3 }), never());
    expect(report).toMatchObject({
      failure: { code, fix: expect.stringMatching(/\w{3}/u) },
      confirmed: [],
      refused: [],
    });
    expect(simulator.stats.sends).toBe(sends);
  });

  it.each([
    ["broken", "SINK_UNREACHABLE", 3],
    ["unauthorized", "SINK_UNAUTHORIZED", 2],
    ["malformed", "SINK_REFUSED", 1],
  ] as const)("takes the answer %s of the registry for %s, having sent nothing", async (answer, code, tries) => {
    const { simulator, sink } = await hubWith();
    const fault = simulator.faults.answer("read", answer);
    const report = await sink.send(outgoingEvents({ count: 3 }), never());
    expect(report).toMatchObject({ failure: { code }, confirmed: [], refused: [] });
    expect(fault.hits).toBe(tries);
    expect(simulator.stats.sends).toBe(0);
    await expect(sink.check(never())).rejects.toMatchObject({ code });
  });

  it.each([
    ["malformed", /does not take this record \(400004/u],
    ["tooLarge", /with its properties it does not fit/u],
  ] as const)("finds the one message that is %s", async (answer, reason) => {
    const { simulator, sink } = await hubWith({ devices: [recType] });
    const events = outgoingEvents({ count: 8 });
    simulator.faults.answer("send", answer, { times: 4 });
    const report = await sink.send(events, never());
    expect(report.failure).toBeUndefined();
    expect(report.refused).toMatchObject([{ event: events[0], reason: expect.stringMatching(reason) }]);
    expect(report.confirmed).toHaveLength(7);
  });

  it("says that a device is disabled, or may not be created", async () => {
    const disabled = await hubWith();
    disabled.simulator.disable(recType);
    expect(await disabled.sink.send(outgoingEvents({ count: 1 }), never())).toMatchObject({
      failure: { code: "SINK_REFUSED", message: expect.stringMatching(/is disabled/u) },
      refused: [],
    });
    const given = disabled.another({ devices: givenDevice(disabled.simulator, recType, undefined) });
    expect(await given.send(outgoingEvents({ count: 1 }), never())).toMatchObject({
      failure: { code: "SINK_UNAUTHORIZED", fix: expect.stringMatching(/is enabled/u) },
      refused: [],
    });
    await expect(given.check(never())).rejects.toMatchObject({ code: "SINK_UNAUTHORIZED" });
    const readOnly = await hubWith({ registryWrite: false });
    await expect(readOnly.sink.check(never())).resolves.toBeUndefined();
    expect(await readOnly.sink.send(outgoingEvents({ count: 1 }), never())).toMatchObject({
      failure: { code: "SINK_UNAUTHORIZED", fix: expect.stringMatching(/registryReadWrite/u) },
    });
  });

  it("says that a device has a certificate and no key", async () => {
    const { sink } = await hubWith({ certificateDevices: [recType] });
    expect(await sink.send(outgoingEvents({ count: 1 }), never())).toMatchObject({
      failure: { code: "SINK_REFUSED", message: expect.stringMatching(/has no symmetric key/u) },
      refused: [],
    });
  });

  it("writes nothing when it may no longer start once it has a connection", async () => {
    const { simulator, sink } = await hubWith({ devices: [recType] });
    let asked = 0;
    const mayStart = () => (asked += 1) < 2;
    const report = await sink.send(outgoingEvents({ count: 3 }), never(), mayStart);
    expect(report).toMatchObject({ failure: { code: "OUT_OF_TIME" }, confirmed: [], refused: [] });
    expect(asked).toBe(2);
    expect(simulator.stats.sends).toBe(0);
    expect((await sink.send(outgoingEvents({ count: 3 }), never())).failure).toBeUndefined();
  });

  it("names a record type for whose device no connection string is set", async () => {
    const { simulator, another } = await hubWith({ devices: ["io.other"] });
    const sink = another({ devices: givenDevice(simulator, "io.other", undefined) });
    expect(await sink.send(outgoingEvents({ count: 1 }), never())).toMatchObject({
      failure: { code: "SINK_NOT_FOUND", message: expect.stringContaining(recType) },
      refused: [],
    });
  });

  it("knows that nothing was sent where there was no connection", async () => {
    const { simulator, another } = await hubWith({ devices: [recType] });
    const untrusting = new Agent();
    onTestFinished(() => untrusting.destroy());
    for (const sink of [
      another({ devices: givenDevice(simulator, recType, "host") }),
      another({ devices: givenDevice(simulator, recType, undefined), dispatcher: untrusting }),
    ]) {
      const report = await sink.send(outgoingEvents({ count: 1 }), never());
      expect(report).toMatchObject({ failure: { code: "SINK_UNREACHABLE" }, confirmed: [] });
    }
    expect(simulator.stats.sends).toBe(0);
  });
});

describe("IoT Hub sink: settings", () => {
  const key = Buffer.from("a key that nobody may see").toString("base64");
  it.each([
    ["given", "", /has no HostName/u],
    ["given", `HostName=https://hub.azure-devices.net;DeviceId=a;SharedAccessKey=${key}`, /has no HostName/u],
    ["given", `HostName=hub.azure-devices.net;SharedAccessKey=${key}`, /has no DeviceId/u],
    ["given", "HostName=hub.azure-devices.net;DeviceId=a;x509=true", /has no SharedAccessKey/u],
    ["given", `HostName=hub.azure-devices.net;DeviceId=a;SharedAccessKey=!${key}`, /SharedAccessKey in base64/u],
    ["registry", "", /has no HostName/u],
    ["registry", `HostName=hub.azure-devices.net;DeviceId=a;SharedAccessKey=${key}`, /has no SharedAccessKeyName/u],
    ["registry", "HostName=hub.azure-devices.net;SharedAccessKeyName=a", /has no SharedAccessKey in base64/u],
  ] as const)("refuses a connection string, %s: %s", (kind, connectionString, message) => {
    const connection = { connectionString, setting };
    const devices = kind === "given" ? { kind, devices: [connection] } : { kind, service: connection };
    const make = () => createIotHubSink({ devices, ...fakeClock() });
    expect(make).toThrow(expect.objectContaining({ code: "SETTINGS_INVALID", fix: expect.stringContaining(setting) }));
    expect(make).toThrow(message);
    expect(make).not.toThrow(key.slice(4, 20));
  });

  it("says what is not known after a crash, and how long a send may linger", async () => {
    const connectionString = `HostName=${nobody};DeviceId=a;SharedAccessKey=${key}`;
    const sink = createIotHubSink({
      devices: { kind: "given", devices: [{ connectionString, setting }] },
      ...fakeClock(),
    });
    expect(sink.afterCrash?.fix).toMatch(/no duplicate detection/u);
    expect(sink.settleMs).toBe(30_000);
    await sink.close();
  });

  it("signs for an hour, and anew before the hour is over", () => {
    let now = Date.UTC(2026, 0, 1);
    const signature = createSignatures({ resource: "hub/devices/a", key, policy: "p q" }, () => now);
    const first = signature();
    expect(first).toMatch(/^SharedAccessSignature sr=hub%2Fdevices%2Fa&sig=[^&]+&se=1767229200&skn=p%20q$/u);
    now += 55 * 60_000;
    expect(signature()).toBe(first);
    now += 1;
    expect(signature()).not.toBe(first);
  });
});
