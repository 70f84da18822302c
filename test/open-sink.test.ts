// From settings to sinks: each kind opens without a connection, under the name that its routes are saved by.
import { describe, expect, it } from "vitest";
import { openSinks } from "../src/open-routes.ts";
import { AVAILABLE_KINDS } from "../src/config/sink-settings.ts";
import { noTelemetry } from "../src/telemetry/telemetry.ts";
import { load } from "./config/environments.ts";

const KEY = "c2Vjb25kIGtleSBvZiBhIGh1Yg==";
const HUB_B = `Endpoint=sb://evhns-b.servicebus.windows.net/;SharedAccessKeyName=bridge;SharedAccessKey=${KEY};EntityPath=copy`;
const NAMESPACE_B = HUB_B.replace(";EntityPath=copy", "");
const IOT = `HostName=example.azure-devices.net;SharedAccessKeyName=registryReadWrite;SharedAccessKey=${KEY}`;
const DEVICE = `HostName=example.azure-devices.net;DeviceId=one;SharedAccessKey=${KEY}`;

const entries = [
  { name: "hub", kind: "event-hub", connectionStringSetting: "HUB_B" },
  { name: "hub-by-identity", kind: "event-hub", namespace: "evhns-b", hub: "copy-2" },
  { name: "per-type", kind: "event-hubs-per-type", connectionStringSetting: "NAMESPACE_B" },
  {
    name: "per-type-by-identity",
    kind: "event-hubs-per-type",
    namespace: "evhns-c",
    subscriptionId: "11111111-2222-3333-4444-555555555555",
    resourceGroup: "rg-c",
  },
  { name: "queue", kind: "service-bus", connectionStringSetting: "HUB_B" },
  { name: "topic-by-identity", kind: "service-bus", namespace: "sb-b", topic: "copy" },
  { name: "devices", kind: "iot-hub", connectionStringSetting: "IOT" },
  { name: "device", kind: "iot-hub", deviceConnectionStringSettings: ["DEVICE"], deviceFor: "one", deviceId: "one" },
  { name: "topic", kind: "kafka", connectionStringSetting: "HUB_B", format: "cloudevents" },
  { name: "topics-by-identity", kind: "kafka", namespace: "evhns-b", format: "cloudevents-binary" },
  { name: "own-brokers", kind: "kafka", brokers: ["localhost:9092"], security: "plaintext", format: "envelope" },
];

const around = {
  sendTimeoutMs: 20_000,
  dispatcher: undefined,
  environment: {},
  telemetry: noTelemetry,
  knownDevices: () => new Map<string, string>(),
  now: Date.now,
  wait: () => Promise.resolve(),
  random: Math.random,
};

describe("sinks of the settings", () => {
  it("open for every kind that the settings take, under their own names", async () => {
    const settings = load({
      EVENT_HUB_CONNECTION_STRING: undefined,
      SINKS: JSON.stringify(entries),
      HUB_B,
      NAMESPACE_B,
      IOT,
      DEVICE,
    });
    const sinks = await openSinks(settings.routes, around);
    expect([...sinks].map(([name, sink]) => [name, sink.name])).toEqual(entries.map(({ name }) => [name, name]));
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(new Set(AVAILABLE_KINDS));
    await Promise.all([...sinks.values()].map((sink) => sink.close()));
  });

  it("open only for those that some feed goes to", async () => {
    const FEEDS = JSON.stringify([{ name: "rooms", sinks: ["hub"] }]);
    const settings = load({
      EVENT_HUB_CONNECTION_STRING: undefined,
      SINKS: JSON.stringify(entries),
      FEEDS,
      HUB_B,
      NAMESPACE_B,
      IOT,
      DEVICE,
    });
    const sinks = await openSinks(settings.routes, around);
    expect([...sinks.keys()]).toEqual(["hub"]);
    await Promise.all([...sinks.values()].map((sink) => sink.close()));
  });
});
