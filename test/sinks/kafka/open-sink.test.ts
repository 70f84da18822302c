import { afterEach, describe, expect, it } from "vitest";
import type { SinkSettings } from "../../../src/config/sink-settings.ts";
import { openSink, type SinkSurroundings } from "../../../src/open-sink.ts";
import { noTelemetry } from "../../../src/telemetry/telemetry.ts";
import { outgoingEvents } from "../../contracts/outgoing-events.ts";
import { idsOf, never } from "../../contracts/sink.ts";
import { fakeClock } from "../hub-harness.ts";
import { fixedTopic, kafkaUnderTest, receivedIn, recordType, setting } from "./harness.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

const around: SinkSurroundings = {
  sendTimeoutMs: 2_000,
  dispatcher: undefined,
  environment: {},
  telemetry: noTelemetry,
  knownDevices: () => new Map(),
  ...fakeClock(),
};

async function opened(settings: Pick<SinkSettings, "format">, brokers: readonly string[], topic?: string) {
  const connection = { kind: "brokers", setting, brokers, tls: false } as const;
  const target = { kind: "kafka", connection, ...(topic !== undefined && { topic }) } as const;
  const sink = await openSink({ name: "k", ...settings, target }, around);
  open.push(sink);
  return sink;
}

describe("a Kafka sink of the settings", () => {
  it("sends to the topic it names, or to one per record type, in its format and under its name", async () => {
    const { broker, relay } = await kafkaUnderTest();
    open.push(broker, relay);
    const events = outgoingEvents({ count: 12, devices: 3 });
    const one = await opened({ format: "cloudevents-binary" }, [relay.address], fixedTopic);
    expect(one.name).toBe("k");
    expect((await one.send(events, never())).confirmed).toHaveLength(12);
    for (const { headers } of broker.read(fixedTopic)) expect(headers["ce_type"]).toBe(recordType);
    const perType = await opened({ format: "record" }, [relay.address]);
    await perType.check(never());
    await perType.send(events, never());
    expect(idsOf(receivedIn(broker, recordType)).toSorted()).toEqual(idsOf(events).toSorted());
  });

  it("sends no login to a broker that nobody vouches for, and names the setting to look at", async () => {
    const { broker, relay } = await kafkaUnderTest({ tls: true });
    open.push(broker, relay);
    const login = { mechanism: "PLAIN", username: "bridge", password: "secret" } as const;
    const endpoint = `Endpoint=sb://${relay.address}/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0`;
    const connections = [
      { kind: "brokers", setting, brokers: [relay.address], tls: true, login },
      { kind: "connection-string", setting, connectionString: endpoint },
      { kind: "identity", setting, namespace: relay.address },
    ] as const;
    for (const connection of connections) {
      const target = { kind: "kafka", connection, topic: fixedTopic } as const;
      const sink = await openSink({ name: "k", format: "record", target }, around);
      open.push(sink);
      const { failure } = await sink.send(outgoingEvents({ count: 1 }), never());
      expect(failure).toMatchObject({ code: "SINK_UNREACHABLE", fix: expect.stringContaining(setting) });
    }
    expect(relay.requests.size).toBe(0);
  });
});
