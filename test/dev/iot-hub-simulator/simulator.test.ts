// The simulator has no official client over HTTPS to judge it here: these are the documented rules, asked one by one.
import { createHmac } from "node:crypto";
import { Agent, request } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  startIotHubSimulator,
  type IotHubSimulator,
  type IotHubSimulatorOptions,
} from "../../../dev/iot-hub-simulator/index.ts";

async function simulatorWith(options: IotHubSimulatorOptions = {}) {
  const simulator = await startIotHubSimulator({ devices: ["one"], ...options });
  onTestFinished(() => simulator.close());
  const agent = new Agent({ connect: { ca: simulator.caCertPem } });
  onTestFinished(() => agent.destroy());
  return { simulator, call: callOver(agent, simulator) };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly authorization?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly query?: string;
}

function callOver(agent: Agent, simulator: IotHubSimulator) {
  return async ({ method, path, authorization, headers, body, query = "?api-version=2021-04-12" }: Call) => {
    const answer = await request(`https://${simulator.host}${path}${query}`, {
      dispatcher: agent,
      method: method === "PUT" ? "PUT" : method === "POST" ? "POST" : "GET",
      headers: { ...(authorization === undefined ? {} : { authorization }), ...headers },
      body: body ?? null,
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
}

/** @param key as its bytes, so that a test can sign wrongly. */
function sign(resource: string, key: Buffer | string, more: { policy?: string; expiry?: number } = {}): string {
  const expiry = more.expiry ?? Math.ceil(Date.now() / 1000) + 60;
  const encoded = encodeURIComponent(resource);
  const signature = createHmac("sha256", key).update(`${encoded}\n${expiry}`).digest("base64");
  const by = more.policy === undefined ? "" : `&skn=${more.policy}`;
  return `SharedAccessSignature sr=${encoded}&sig=${encodeURIComponent(signature)}&se=${expiry}${by}`;
}

const keyOf = (connectionString: string): string => /SharedAccessKey=(.*)/u.exec(connectionString)?.[1] ?? "";
const deviceToken = (simulator: IotHubSimulator, deviceId = "one"): string =>
  sign(
    `${simulator.host}/devices/${deviceId}`,
    Buffer.from(keyOf(simulator.deviceConnectionString(deviceId)), "base64"),
  );
const serviceToken = (simulator: IotHubSimulator): string =>
  sign(simulator.host, Buffer.from(keyOf(simulator.serviceConnectionString()), "base64"), {
    policy: "registryReadWrite",
  });

const events = "/devices/one/messages/events";
const asBatch = { "content-type": "application/vnd.microsoft.iothub.json" };
const code = (six: number) => expect.stringContaining(String(six));

describe("sending", () => {
  it("takes one message with its properties in headers", async () => {
    const { simulator, call } = await simulatorWith();
    const headers = {
      "iothub-app-route": "main",
      "IoTHub-MessageId": "id-1",
      "iothub-contenttype": "application/json",
      "iothub-contentencoding": "utf-8",
    };
    const authorization = deviceToken(simulator);
    const answer = await call({ method: "POST", path: events, authorization, headers, body: Buffer.from("{}") });
    expect(answer).toEqual({ status: 204, text: "" });
    expect(simulator.messages).toEqual([
      {
        deviceId: "one",
        messageId: "id-1",
        contentType: "application/json",
        contentEncoding: "utf-8",
        properties: { route: "main" },
        body: Buffer.from("{}"),
      },
    ]);
  });

  it("takes a batch in JSON apart, in order", async () => {
    const { simulator, call } = await simulatorWith();
    const entries = [1, 2].map((number) => ({
      body: Buffer.from(`{"number":${number}}`).toString("base64"),
      base64Encoded: true,
      properties: { "iothub-app-n": String(number), "iothub-messageid": `id-${number}` },
    }));
    const authorization = deviceToken(simulator);
    const body = JSON.stringify(entries);
    expect(await call({ method: "POST", path: events, authorization, headers: asBatch, body })).toMatchObject({
      status: 204,
    });
    expect(simulator.messages).toMatchObject([
      { messageId: "id-1", properties: { n: "1" }, body: Buffer.from('{"number":1}') },
      { messageId: "id-2", properties: { n: "2" }, body: Buffer.from('{"number":2}') },
    ]);
  });

  it.each([
    ["no JSON", "["],
    ["no array", "{}"],
    ["an empty batch", "[]"],
    ["an entry without properties", '[{"body":"e30="}]'],
    ["a property that is no text", '[{"body":"e30=","properties":{"iothub-app-n":1}}]'],
    ["a property value that HTTPS cannot carry", '[{"body":"e30=","properties":{"iothub-app-n":"a b"}}]'],
    ["a property name that HTTPS cannot carry", '[{"body":"e30=","properties":{"iothub-app-a b":"n"}}]'],
  ])("calls %s malformed", async (_what, body) => {
    const { simulator, call } = await simulatorWith();
    const authorization = deviceToken(simulator);
    const answer = await call({ method: "POST", path: events, authorization, headers: asBatch, body });
    expect(answer).toEqual({ status: 400, text: code(400_004) });
    expect(simulator.messages).toEqual([]);
  });

  it("refuses what is too large: a message, and a request that carries a batch", async () => {
    const { simulator, call } = await simulatorWith({ maxMessageBytes: 1_000 });
    const authorization = deviceToken(simulator);
    const single = await call({ method: "POST", path: events, authorization, body: "x".repeat(1_001) });
    expect(single).toEqual({ status: 413, text: code(413_001) });
    const entry = { body: "x".repeat(600), properties: {} };
    const body = JSON.stringify([entry, entry]);
    expect(await call({ method: "POST", path: events, authorization, headers: asBatch, body })).toMatchObject({
      status: 413,
    });
  });

  it("tells an unknown device, a wrong key, a key used as text, an old signature and a disabled device", async () => {
    const { simulator, call } = await simulatorWith({ devices: ["one", "off"] });
    const post = (deviceId: string, authorization?: string) =>
      call({
        method: "POST",
        path: `/devices/${deviceId}/messages/events`,
        ...(authorization === undefined ? {} : { authorization }),
        body: "{}",
      });
    expect(await post("nobody", deviceToken(simulator))).toEqual({ status: 404, text: code(404_001) });
    const key = keyOf(simulator.deviceConnectionString("one"));
    const resource = `${simulator.host}/devices/one`;
    for (const authorization of [
      undefined,
      "Bearer x",
      "SharedAccessSignature sr=%&sig=%&se=1",
      sign(resource, "wrong"),
      sign(resource, key),
      sign(resource, Buffer.from(key, "base64"), { expiry: 1_000 }),
      sign(`${simulator.host}/devices/two`, Buffer.from(key, "base64")),
    ]) {
      expect(await post("one", authorization)).toEqual({ status: 401, text: code(401_003) });
    }
    simulator.disable("off");
    expect(await post("off", deviceToken(simulator, "off"))).toEqual({ status: 401, text: code(401_003) });
    expect(simulator.messages).toEqual([]);
  });

  it("knows only its own paths, and wants a version", async () => {
    const { simulator, call } = await simulatorWith();
    const authorization = deviceToken(simulator);
    for (const path of ["/", "/devices", "/devices/one/twin"]) {
      expect(await call({ method: "GET", path, authorization })).toMatchObject({ status: 400 });
    }
    expect(await call({ method: "POST", path: events, authorization, query: "" })).toMatchObject({ status: 400 });
    expect(await call({ method: "GET", path: "/devices/one/messages/devicebound", authorization })).toEqual({
      status: 204,
      text: "",
    });
  });
});

describe("the registry", () => {
  it("reads and creates devices, whose generated keys then sign", async () => {
    const { simulator, call } = await simulatorWith();
    const authorization = serviceToken(simulator);
    const path = "/devices/two";
    expect(await call({ method: "GET", path, authorization })).toEqual({ status: 404, text: code(404_001) });
    const body = JSON.stringify({ deviceId: "two" });
    const made = await call({ method: "PUT", path, authorization, body });
    expect(made).toMatchObject({
      status: 200,
      text: expect.stringContaining(keyOf(simulator.deviceConnectionString("two"))),
    });
    expect(await call({ method: "GET", path, authorization })).toEqual(made);
    expect(await call({ method: "PUT", path, authorization, body })).toEqual({ status: 409, text: code(409_001) });
    const sent = await call({
      method: "POST",
      path: "/devices/two/messages/events",
      authorization: deviceToken(simulator, "two"),
      body: "{}",
    });
    expect(sent).toMatchObject({ status: 204 });
    expect(simulator.stats).toMatchObject({ reads: 2, creations: 2, sends: 1 });
  });

  it("refuses device keys, and to create without the right to write or under an id that cannot be", async () => {
    const { simulator, call } = await simulatorWith({ registryWrite: false });
    expect(await call({ method: "GET", path: "/devices/one", authorization: deviceToken(simulator) })).toMatchObject({
      status: 401,
    });
    const authorization = serviceToken(simulator);
    expect(
      await call({ method: "PUT", path: "/devices/two", authorization, body: '{"deviceId":"two"}' }),
    ).toMatchObject({
      status: 401,
    });
    const writing = await simulatorWith();
    for (const [path, body] of [
      ["/devices/a%20b", '{"deviceId":"a b"}'],
      ["/devices/two", '{"deviceId":"three"}'],
      ["/devices/two", "no JSON"],
    ] as const) {
      const answer = await writing.call({ method: "PUT", path, authorization: serviceToken(writing.simulator), body });
      expect(answer).toEqual({ status: 400, text: code(400_004) });
    }
  });
});

describe("faults", () => {
  it("answer as told, so often and behind so many", async () => {
    const { simulator, call } = await simulatorWith();
    const post = () => call({ method: "POST", path: events, authorization: deviceToken(simulator), body: "{}" });
    simulator.faults.answer("send", "throttled", { after: 1, times: 1 });
    simulator.faults.answer("send", "quotaExceeded", { hub: "another" });
    expect((await post()).status).toBe(204);
    expect(await post()).toEqual({ status: 429, text: code(429_001) });
    expect((await post()).status).toBe(204);
    simulator.faults.answer("read", "broken");
    const read = () => call({ method: "GET", path: "/devices/one", authorization: serviceToken(simulator) });
    expect((await read()).status).toBe(500);
    simulator.faults.clear();
    expect((await read()).status).toBe(200);
    expect(simulator.messages).toHaveLength(2);
  });

  it.each([true, false])("lose an answer, stored: %s", async (stored) => {
    const { simulator, call } = await simulatorWith();
    simulator.faults.loseAnswer({ stored, times: 1 });
    const sending = call({ method: "POST", path: events, authorization: deviceToken(simulator), body: "{}" });
    await expect(sending).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
    expect(simulator.messages).toHaveLength(stored ? 1 : 0);
  });
});
