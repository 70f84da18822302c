import { afterEach, describe, expect, it } from "vitest";
import type { ServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import { createHealth, HEALTH_KEPT_MS } from "../../src/webhook/health.ts";
import { order, startBus, startInstance, webhookSettings } from "./webhook-under-test.ts";

describe("the health of an instance", () => {
  const open: ServiceBusEmulator[] = [];
  afterEach(async () => {
    for (const bus of open.splice(0)) await bus.close();
  });
  const newBus = async () => {
    const bus = await startBus();
    open.push(bus);
    return bus;
  };

  it("is good without a key when the queue and the state can be reached, and sends nothing", async () => {
    const bus = await newBus();
    await using instance = await startInstance(await webhookSettings(bus));
    const answer = await fetch(`${instance.adapter.url}/api/health`);
    expect([answer.status, await answer.text()]).toEqual([200, '{"live":true,"ready":true}']);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(bus.messages("orders")).toEqual([]);
    expect((await instance.post(order())).status).toBe(200);
  });

  it("is bad without the queue or the state, and reveals nothing but that", async () => {
    const bus = await newBus();
    const settings = await webhookSettings(bus);
    const noQueue = { ...settings, QUEUE_CONNECTION: bus.connectionString("missing") };
    const storage = (settings["AzureWebJobsStorage"] ?? "").replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:1");
    for (const environment of [noQueue, { ...settings, AzureWebJobsStorage: storage }]) {
      await using instance = await startInstance(environment);
      const answer = await fetch(`${instance.adapter.url}/api/health`);
      expect([answer.status, await answer.text()]).toEqual([503, '{"live":true,"ready":false}']);
      expect(instance.lines.join()).toMatch(/SINK_NOT_FOUND|STATE_|a check took more/);
    }
  });

  it("asks what is behind once in ten seconds, however many ask", async () => {
    const clock = { now: 0 };
    let asked = 0;
    let works = true;
    const health = createHealth({
      checks: [
        () => {
          asked += 1;
          return works ? Promise.resolve() : Promise.reject(new Error("gone"));
        },
      ],
      onFailure: () => {},
      now: () => clock.now,
    });
    const statuses = async () => (await Promise.all([health(), health()])).map(({ status }) => status);
    expect(await statuses()).toEqual([200, 200]);
    works = false;
    clock.now += HEALTH_KEPT_MS - 1;
    expect(await statuses()).toEqual([200, 200]);
    expect(asked).toBe(1);
    clock.now += 1;
    expect(await statuses()).toEqual([503, 503]);
    expect(asked).toBe(2);
  });
});
