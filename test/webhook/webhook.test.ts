import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import {
  order,
  QUEUE,
  SECRET,
  signed,
  startBus,
  startInstance,
  webhookSettings,
  type Instance,
} from "./webhook-under-test.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("the webhook", () => {
  let bus: ServiceBusEmulator;
  let instance: Instance;

  beforeAll(async () => {
    bus = await startBus();
    instance = await startInstance(await webhookSettings(bus));
  });

  afterEach(() => bus.faults.clear());

  afterAll(async () => {
    await instance[Symbol.asyncDispose]();
    await bus.close();
  });

  const stored = (id: string) => bus.messages(QUEUE).filter(({ messageId }) => messageId === id);

  it("turns a request into one message, and answers once it is in the queue", async () => {
    const { status, headers, body } = await instance.post(order("client 7"));
    const correlationId = String(body["correlationId"]);
    expect([status, body]).toEqual([200, { status: "Message sent", correlationId: expect.stringMatching(UUID) }]);
    expect(headers.get("x-correlation-id")).toBe(correlationId);
    expect(headers.get("content-type")).toBe("application/json");
    const [message] = stored(correlationId);
    expect(JSON.parse(message?.body.toString() ?? "")).toEqual({ ...order("client 7"), correlationId });
    expect(message).toMatchObject({
      contentType: "application/json",
      subject: "webhook",
      properties: { correlationId, source: "webhook", recType: "webhook" },
    });
    expect(instance.lines.some((line) => line.includes(correlationId) && line.includes('"status":200'))).toBe(true);
    expect(instance.lines.join()).not.toContain("client 7");
  });

  it("does not answer before the queue has confirmed", async () => {
    const held = bus.faults.commitLate();
    let answered = false;
    const answer = instance.post(order()).finally(() => (answered = true));
    while (held.held === 0) await nextTurn();
    // A round trip of another request: an early answer would be here by now.
    await fetch(`${instance.adapter.url}/api/webhook`);
    expect(answered).toBe(false);
    held.release();
    expect((await answer).status).toBe(200);
  });

  it("keeps what it does not know, byte for byte", async () => {
    const text = `{ "clientId":"c", "opportunity":{"n":12345678901234567890,"e":1.0}, "more":[1,{"Größe":"ü"}], "__proto__":{"a":1} }\n`;
    const { body } = await instance.post(text);
    const correlationId = String(body["correlationId"]);
    expect(stored(correlationId)[0]?.body.toString()).toBe(
      `${text.trimEnd().slice(0, -1)},"correlationId":"${correlationId}"}`,
    );
  });

  it("takes the caller's id, and sends a repeat once", async () => {
    const id = `order-${randomUUID()}`;
    const first = await instance.post(order("x"), { "x-correlation-id": id });
    const again = await instance.post(order("x"), { "idempotency-key": id });
    expect([first.body, again.body]).toEqual(
      Array.from({ length: 2 }, () => ({ status: "Message sent", correlationId: id })),
    );
    expect([first, again].map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([null, "true"]);
    expect(stored(id)).toHaveLength(1);
    expect(bus.stats(QUEUE).duplicates).toBe(0);
    const other = await instance.post(order("y"), { "x-correlation-id": id });
    expect([other.status, other.body["correlationId"]]).toEqual([409, id]);
  });

  it("sends a repeat once when it comes while the first is on its way, and to another instance", async () => {
    const id = randomUUID();
    await using second = await startInstance(await webhookSettings(bus));
    const answers = await Promise.all(
      [instance, instance, second].map((one) => one.post(order("z"), { "x-correlation-id": id })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(stored(id)).toHaveLength(1);
    expect(bus.stats(QUEUE).duplicates).toBe(1);
  });

  it("tells every fault of a request at once, and sends nothing", async () => {
    const before = bus.messages(QUEUE).length;
    const { status, headers, body } = await instance.post(
      { clientId: 7, opportunity: "", correlationId: "mine" },
      { "x-correlation-id": "a b" },
    );
    expect([status, headers.get("content-type")]).toEqual([400, "application/problem+json"]);
    expect(body).toMatchObject({ title: "Bad Request", status: 400, correlationId: expect.stringMatching(UUID) });
    expect(body["errors"]).toEqual([
      { header: "x-correlation-id", detail: expect.stringContaining("8 to 128") },
      { pointer: "/clientId", detail: "clientId must be a text of 1 to 256 characters." },
      { pointer: "/opportunity", detail: expect.stringContaining("a text that is not empty") },
      { pointer: "/correlationId", detail: expect.stringContaining("x-correlation-id") },
    ]);
    for (const text of ["", "{", "7", "null", "[]", '"text"', "{}", Buffer.from([0x7b, 0xff, 0x7d])]) {
      expect((await instance.post(text)).status).toBe(400);
    }
    expect(bus.messages(QUEUE)).toHaveLength(before);
  });

  it("refuses other content types, methods, keys and sizes", async () => {
    const statuses = [
      (await instance.post(order(), { "content-type": "text/plain" })).status,
      (await instance.post(order(), { "x-functions-key": "wrong" })).status,
      (await instance.post({ ...order(), more: "x".repeat(2 ** 20) })).status,
      (await fetch(`${instance.adapter.url}/api/webhook`)).status,
      (await instance.post(order(), { "content-type": "application/vnd.order+json; charset=utf-8" })).status,
    ];
    expect(statuses).toEqual([415, 401, 413, 405, 200]);
  });

  it("says 422 for what the queue will never take, and sends what came beside it", async () => {
    const [large, small] = await Promise.all([
      instance.post({ ...order(), more: "x".repeat(300_000) }),
      instance.post(order()),
    ]);
    expect([large.status, small.status]).toEqual([422, 200]);
    expect(stored(String(large.body["correlationId"]))).toEqual([]);
  });

  it("never says sent when the queue refuses, and says when to come back", async () => {
    bus.faults.reject("amqp:not-allowed", { times: 1 });
    const refused = await instance.post(order());
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "60"]);
    expect(instance.lines.at(-1)).toMatch(/^error Webhook .*"code":"SINK_REFUSED"/);
    expect(JSON.stringify(refused.body)).not.toContain(QUEUE);
    bus.faults.serverBusy();
    const throttled = await instance.post(order());
    expect([throttled.status, throttled.headers.get("retry-after")]).toEqual([503, "10"]);
    bus.faults.clear();
    for (const { body } of [refused, throttled]) {
      const id = String(body["correlationId"]);
      expect(stored(id)).toEqual([]);
      expect((await instance.post(order(), { "x-correlation-id": id })).status).toBe(200);
      expect(stored(id)).toHaveLength(1);
    }
  });

  it("does not know what a lost answer meant, says so, and a repeat of it arrives once", async () => {
    bus.faults.loseAcknowledgement({ times: 1 });
    const lost = await instance.post(order("lost"));
    const id = String(lost.body["correlationId"]);
    expect([lost.status, lost.body["detail"]]).toEqual([503, expect.stringContaining(id)]);
    expect(instance.lines.at(-1)).toContain("SINK_UNCERTAIN");
    const again = await instance.post(order("lost"), { "x-correlation-id": id });
    expect(again.body).toEqual({ status: "Message sent", correlationId: id });
    expect(stored(id)).toHaveLength(1);
  });

  it("shares sends among requests that come together", async () => {
    const before = bus.stats(QUEUE).transferBytes.length;
    const answers = await Promise.all(Array.from({ length: 60 }, () => instance.post(order())));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(new Set(answers.map(({ body }) => body["correlationId"])).size).toBe(60);
    expect(bus.stats(QUEUE).transferBytes.length - before).toBeLessThan(60);
  });

  it("goes on after its connection was closed for idleness", async () => {
    bus.faults.closeIdle();
    while (bus.connections > 0) await nextTurn();
    // So that the news have reached the client too.
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    expect((await instance.post(order())).status).toBe(200);
  });
});

describe("a webhook with a secret", () => {
  const OLD = "the secret that callers had until last week, still known";
  let bus: ServiceBusEmulator;
  let instance: Instance;

  beforeAll(async () => {
    bus = await startBus();
    instance = await startInstance(await webhookSettings(bus, { WEBHOOK_SECRET: SECRET, WEBHOOK_SECRET_OLD: OLD }));
  });

  afterAll(async () => {
    await instance[Symbol.asyncDispose]();
    await bus.close();
  });

  const text = JSON.stringify(order("signed"));
  const status = async (headers: Record<string, string>, body = text) => (await instance.post(body, headers)).status;

  it("takes what is signed with either secret, and nothing else", async () => {
    expect(await status(signed(text))).toBe(200);
    expect(await status(signed(text, { secret: OLD, id: randomUUID() }))).toBe(200);
    expect(await status({})).toBe(401);
    expect(await status(signed(text, { secret: "another secret of more than thirty-two characters" }))).toBe(401);
    expect(await status(signed(text), text.replace("door", "gate"))).toBe(401);
    expect(await status({ ...signed(text, { id: randomUUID() }), "x-correlation-id": randomUUID() })).toBe(401);
    expect(bus.messages(QUEUE)).toHaveLength(2);
  });

  it("refuses a signature that is older or newer than the window", async () => {
    const answer = await instance.post(text, signed(text, { at: Date.now() - 301_000 }));
    expect([answer.status, answer.body["detail"]]).toEqual([401, expect.stringContaining("300 s")]);
    expect(await status(signed(text, { at: Date.now() + 302_000 }))).toBe(401);
    expect(await status(signed(text, { at: Date.now() - 290_000, id: randomUUID() }))).toBe(200);
  });

  it("takes a replayed request for the same message, here and at another instance", async () => {
    const before = bus.messages(QUEUE).length;
    await using second = await startInstance(await webhookSettings(bus, { WEBHOOK_SECRET: SECRET }));
    const replayed = JSON.stringify(order("replayed"));
    const headers = signed(replayed);
    const answers = [
      await instance.post(replayed, headers),
      await instance.post(replayed, headers),
      await second.post(replayed, headers),
    ];
    expect(new Set(answers.map(({ body }) => body["correlationId"])).size).toBe(1);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect(bus.messages(QUEUE)).toHaveLength(before + 1);
  });
});

describe("a webhook that cannot send", () => {
  it("answers 503 with a time to come back, in bounded time, and works once the queue is there", async () => {
    const gone = await startBus();
    const settings = await webhookSettings(gone);
    await gone.close();
    await using instance = await startInstance(settings);
    const answer = await instance.post(order());
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "10"]);
    expect(instance.lines.at(-1)).toContain("SINK_UNREACHABLE");
  });

  it("answers 503 while the settings are wrong, and tells only the log why", async () => {
    await using instance = await startInstance(await webhookSettings(undefined, { MICROSHARE_USERNAME: "" }));
    const answer = await instance.post(order());
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "60"]);
    expect(JSON.stringify(answer.body)).not.toMatch(/MICROSHARE|QUEUE/);
    expect(instance.lines.at(-1)).toMatch(/^error .*SETTINGS_INVALID.*MICROSHARE_USERNAME/s);
    expect((await fetch(`${instance.adapter.url}/api/health`)).status).toBe(503);
  });

  it("sends callers away once there are more than it was told to take", async () => {
    await using bus = Object.assign(await startBus(), { [Symbol.asyncDispose]: () => Promise.resolve() });
    await using instance = await startInstance(await webhookSettings(bus, { WEBHOOK_REQUESTS_PER_MINUTE: "3" }));
    const answers = [];
    for (let request = 0; request < 4; request += 1) answers.push(await instance.post(order()));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(Number(answers[3]?.headers.get("retry-after"))).toBeGreaterThan(10);
    await bus.close();
  });
});
