// The setting SINKS: what its entries become, and every way in which one can be wrong.
import { describe, expect, it } from "vitest";
import { secretsOf, type Environment } from "../../src/config/load-settings.ts";
import { describeProblem } from "../../src/config/problems.ts";
import { safeDisplay } from "../../src/config/safe-display.ts";
import { readSinks } from "../../src/config/sink-list.ts";
import { AVAILABLE_KINDS, SINK_KINDS } from "../../src/config/sink-settings.ts";
import { HUB_KEY, hubConnectionString, linesOf, load, simple } from "./environments.ts";

const KEY_B = "c2Vjb25kIGtleSBvZiBhIGh1Yg==";
const HUB_B = `Endpoint=sb://evhns-b.servicebus.windows.net/;SharedAccessKeyName=bridge;SharedAccessKey=${KEY_B};EntityPath=copy`;
const NAMESPACE_B = HUB_B.replace(";EntityPath=copy", "");
const IOT = `HostName=example.azure-devices.net;SharedAccessKeyName=registryReadWrite;SharedAccessKey=${KEY_B}`;
const DEVICE = `HostName=example.azure-devices.net;DeviceId=one;SharedAccessKey=${KEY_B}`;
const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";

const single = { name: "event-hub", kind: "event-hub", connectionStringSetting: "EVENT_HUB_CONNECTION_STRING" };
const hubB = { name: "b", kind: "event-hub", connectionStringSetting: "HUB_B" };

/** These sinks instead of the single hub, with more settings. */
function sinks(entries: readonly object[] | string, more: Environment = {}): Environment {
  const text = typeof entries === "string" ? entries : JSON.stringify(entries);
  return { EVENT_HUB_CONNECTION_STRING: undefined, SINKS: text, HUB_B, ...more };
}

/** Of SINKS alone, and of every kind, whether there is a sink for it or not. */
function readAlone(environment: Environment) {
  const lines: string[] = [];
  const valid = new Map([
    ["SINKS", environment["SINKS"] ?? ""],
    ["AZURE_CLIENT_ID", environment["AZURE_CLIENT_ID"] ?? ""],
    ["EVENT_HUB_TRANSPORT", environment["EVENT_HUB_TRANSPORT"] ?? ""],
  ] as const);
  const found = readSinks({
    environment,
    valid: new Map([...valid].filter(([, text]) => text !== "")),
    wrong: new Set(),
    display: safeDisplay(secretsOf(environment)),
    report: (problem) => void lines.push(describeProblem(problem)),
    kinds: SINK_KINDS,
  });
  return { sinks: found ?? [], lines };
}

/** The one entry, of this kind, in its place. */
function targetOf(entry: object, more: Environment = {}) {
  const { sinks: found, lines } = readAlone(sinks([{ name: "x", ...entry }], more));
  expect(lines).toEqual([]);
  return found[0]?.target;
}

/** Of kinds that there is no sink for yet, only the form of their entries can be checked. */
function linesAbout(environment: Environment): readonly string[] {
  const others = SINK_KINDS.filter((kind) => !AVAILABLE_KINDS.includes(kind));
  const isOther = others.some((kind) => environment["SINKS"]?.includes(`"kind":"${kind}"`));
  return isOther ? readAlone(environment).lines : linesOf(environment);
}

describe("SINKS", () => {
  it("names the single hub as one of several, and every feed goes to all", () => {
    const { routes } = load({ ...sinks([single, hubB]), EVENT_HUB_CONNECTION_STRING: hubConnectionString });
    expect(routes.map(({ feed, sinks: own }) => [feed.name, own.map(({ name }) => name)])).toEqual([
      ["default", ["event-hub", "b"]],
    ]);
    const plain = load({}).routes[0]?.sinks[0];
    expect(routes[0]?.sinks[0]).toEqual(plain);
    expect(routes[0]?.sinks[1]).toMatchObject({ format: "record", target: { kind: "event-hub", hubName: "copy" } });
  });

  it("sends a feed to the sinks that its entry names, and others to all", () => {
    const FEEDS = JSON.stringify([
      { name: "rooms", sinks: ["b"] },
      { name: "doors", sinks: "" },
    ]);
    const { routes } = load({ ...sinks([single, hubB]), EVENT_HUB_CONNECTION_STRING: hubConnectionString, FEEDS });
    expect(routes.map(({ sinks: own }) => own.map(({ name }) => name))).toEqual([["b"], ["event-hub", "b"]]);
  });

  it("says where a sink begins and in which form events go", () => {
    const startOf = (startFrom: string) => load(sinks([{ ...hubB, startFrom }])).routes[0]?.sinks[0]?.startFrom;
    expect(startOf("now")).toEqual({ kind: "now" });
    expect(startOf("PT1H")).toEqual({ kind: "duration", ms: 3_600_000 });
    expect(startOf("2026-03-01")).toEqual({ kind: "time", at: Date.UTC(2026, 2, 1) });
  });

  it("reads a hub that is reached with an identity, by the common defaults", () => {
    const entry = { kind: "event-hub", namespace: "evhns-b", hub: "copy" };
    const defaults = { EVENT_HUB_TRANSPORT: "amqp", AZURE_CLIENT_ID: SUBSCRIPTION };
    const host = "evhns-b.servicebus.windows.net";
    expect(targetOf(entry, defaults)).toEqual({
      kind: "event-hub",
      host,
      hubName: "copy",
      setting: 'SINKS (sink "x")',
      access: { kind: "identity", namespace: host, clientId: SUBSCRIPTION },
      transport: "amqp",
      consumerGroup: "$Default",
    });
  });

  it("reads a hub per record type, by key and by identity", () => {
    const kind = "event-hubs-per-type";
    expect(
      targetOf(
        { kind, connectionStringSetting: "NS", sharedHub: "other", hubNames: { "io.x": "x" }, prefix: "ms-" },
        { NS: NAMESPACE_B },
      ),
    ).toMatchObject({
      host: "evhns-b.servicebus.windows.net",
      access: { kind: "connection-string", setting: "NS", connectionString: NAMESPACE_B },
      partitionCount: 4,
      retentionDays: 1,
      sharedHub: "other",
      hubNames: { "io.x": "x" },
      prefix: "ms-",
    });
    const identity = { namespace: "evhns-b", subscriptionId: SUBSCRIPTION, resourceGroup: "rg-b", partitionCount: 2 };
    expect(targetOf({ kind, ...identity })).toMatchObject({
      access: { kind: "identity", subscriptionId: SUBSCRIPTION, resourceGroup: "rg-b" },
      partitionCount: 2,
    });
  });

  it("reads a queue or topic of Service Bus", () => {
    const kind = "service-bus";
    const byKey = { kind, connectionStringSetting: "SB", queue: "in", sessions: "per-device" };
    expect(targetOf(byKey, { SB: NAMESPACE_B })).toMatchObject({
      entity: "in",
      sessions: "per-device",
      access: { kind: "connection-string", setting: "SB" },
    });
    expect(targetOf({ kind, namespace: "sb-b", topic: "out", duplicateDetection: "PT10M" })).toMatchObject({
      entity: "out",
      host: "sb-b.servicebus.windows.net",
      duplicateDetectionMs: 600_000,
    });
    expect(targetOf({ kind, connectionStringSetting: "HUB_B" })).toMatchObject({ entity: "copy" });
  });

  it("reads devices of an IoT hub, created or given", () => {
    const kind = "iot-hub";
    expect(targetOf({ kind, connectionStringSetting: "IOT" }, { IOT })).toMatchObject({
      devices: { kind: "registry", service: { setting: "IOT", connectionString: IOT } },
      deviceFor: "record-type",
    });
    const given = { kind, deviceConnectionStringSettings: ["DEVICE"], deviceFor: "one", deviceId: "one" };
    expect(targetOf(given, { DEVICE })).toMatchObject({
      devices: { kind: "given", devices: [{ setting: "DEVICE", connectionString: DEVICE }] },
      deviceFor: { all: "one" },
    });
  });

  it("reads Kafka brokers and each way to log in", () => {
    const kind = "kafka";
    const own = { kind, brokers: ["k1.example.com:9093"], topic: "microshare", security: "saslScram512" };
    const login = { usernameSetting: "K_USER", passwordSetting: "K_PASS" };
    expect(targetOf({ ...own, ...login }, { K_USER: "bridge", K_PASS: "pass word 1" })).toEqual({
      kind,
      topic: "microshare",
      connection: {
        kind: "brokers",
        setting: 'SINKS (sink "x")',
        brokers: ["k1.example.com:9093"],
        tls: true,
        login: { mechanism: "SCRAM-SHA-512", username: "bridge", password: "pass word 1" },
      },
    });
    expect(targetOf({ kind, connectionStringSetting: "NS" }, { NS: NAMESPACE_B })).toEqual({
      kind,
      connection: { kind: "connection-string", setting: "NS", connectionString: NAMESPACE_B },
    });
    expect(targetOf({ kind, namespace: "evhns-b", security: "oauthBearer" })).toMatchObject({
      connection: { kind: "identity", namespace: "evhns-b.servicebus.windows.net" },
    });
    expect(targetOf({ kind, brokers: "127.0.0.1:9092", security: "plaintext" })).toMatchObject({
      connection: { kind: "brokers", brokers: ["127.0.0.1:9092"], tls: false },
    });
  });

  it("makes everything a secret that it names, and everything that it must not hold", () => {
    const inline = "another secret 2";
    const entries = [hubB, { name: "k", kind: "kafka", passwordSetting: "K_PASS", password: inline }];
    const secrets = secretsOf({ ...simple, ...sinks(entries, { K_PASS: "pass word 1" }) });
    expect(secrets).toEqual(expect.arrayContaining([HUB_B, KEY_B, "pass word 1", inline]));
  });
});

interface BadSinks {
  readonly entries: readonly object[] | string;
  readonly more?: Environment;
  readonly line: string;
}

const kafka = { name: "k", kind: "kafka", brokers: ["k1.example.com:9093"] };

const badSinks: Readonly<Record<string, BadSinks>> = {
  "text that is not JSON": { entries: "event-hub", line: "SINKS is not valid JSON. Set the list to a JSON array" },
  "an empty list": { entries: [], line: "SINKS lists no sink. Set the list to" },
  "no name": { entries: [{ ...hubB, name: undefined }], line: "SINKS (sink 1, name) is missing. Give the sink a name" },
  "an @ in a name": { entries: [{ ...hubB, name: "a@b" }], line: "SINKS (sink 1, name) is not a usable name." },
  "a repeated name": {
    entries: [hubB, { ...hubB, name: "B", connectionStringSetting: "HUB_C" }],
    more: { HUB_C: HUB_B.replace("copy", "third") },
    line: 'SINKS (sink "B") has the name of an earlier sink. Give each sink a name of its own',
  },
  "no kind": { entries: [{ name: "b" }], line: 'SINKS (sink "b", kind) is missing. Kinds of sinks: event-hub,' },
  "a misspelt kind": {
    entries: [{ ...hubB, kind: "event_hub" }],
    line: 'SINKS (sink "b", kind) is not one of the values it can have. The value is "event_hub". Did you mean "event-hub"?',
  },
  "a misspelt key": {
    entries: [{ ...hubB, consumer_group: "x" }],
    line: 'SINKS (sink "b") has an unknown key "consumer_group". Did you mean "consumerGroup"? Accepted keys: name, kind, format, startFrom, feeds, connectionStringSetting,',
  },
  "a wrong value": {
    entries: [{ ...hubB, startFrom: "6" }],
    line: 'SINKS (sink "b", startFrom) is neither an ISO 8601 time nor an ISO 8601 duration. The value is "6". Set "startFrom" to now,',
  },
  "a kind that this version has no sink for": {
    entries: [{ ...hubB, kind: "amqp" }],
    line: 'SINKS (sink "b", kind) is not one of the values it can have. The value is "amqp". Kinds of sinks: event-hub,',
  },
  "an unknown format": {
    entries: [{ ...hubB, format: "xml" }],
    line: 'SINKS (sink "b", format) is not one of the values it can have. The value is "xml". Set "format" to record, envelope, cloudevents, cloudevents-binary;',
  },
  "a connection string in the JSON": {
    entries: [{ ...hubB, connectionStringSetting: HUB_B }],
    line: 'SINKS (sink "b", connectionStringSetting) holds a secret, or something that looks like one, and SINKS is no place for secrets. Store it in an app setting of its own',
  },
  "a key for a connection string": {
    entries: [{ ...hubB, connectionString: "HUB_B" }],
    line: 'SINKS (sink "b", connectionString) holds a secret',
  },
  "a password in the JSON": {
    entries: [{ ...kafka, topic: "t", security: "plaintext", brokers: ["localhost:9092"], password: "hunter2hunter" }],
    line: 'SINKS (sink "k", password) holds a secret',
  },
  "a Key Vault reference in the JSON": {
    entries: [{ ...hubB, connectionStringSetting: "@Microsoft.KeyVault(VaultName=v;SecretName=s)" }],
    line: 'SINKS (sink "b", connectionStringSetting) holds a secret',
  },
  "a bare key of a service in the JSON": {
    entries: [{ ...hubB, consumerGroup: KEY_B }],
    line: 'SINKS (sink "b", consumerGroup) holds a secret',
  },
  "an app setting that is not set": {
    entries: [{ ...hubB, connectionStringSetting: "HUB_C" }],
    line: 'SINKS (sink "b", connectionStringSetting) names the app setting HUB_C, which is not set. Set HUB_C to a connection string with Endpoint',
  },
  "an app setting with an unresolved reference": {
    entries: [hubB],
    more: { HUB_B: "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/b)" },
    line: 'HUB_B (named by sink "b") is still the literal text of a Key Vault reference: Azure could not resolve it. Check that',
  },
  "an app setting that holds no connection string": {
    entries: [hubB],
    more: { HUB_B: "hello" },
    line: 'HUB_B (named by sink "b") is not a connection string of NAME=VALUE parts.',
  },
  "what is not the name of an app setting": {
    entries: [{ ...hubB, connectionStringSetting: "hub b" }],
    line: 'SINKS (sink "b", connectionStringSetting) is not the name of an app setting.',
  },
  "the name of another setting of the bridge": {
    entries: [{ ...hubB, connectionStringSetting: "AzureWebJobsStorage" }],
    line: 'SINKS (sink "b", connectionStringSetting) names AzureWebJobsStorage, a setting of the bridge that has another purpose.',
  },
  "a single hub left behind": {
    entries: [hubB],
    more: { EVENT_HUB_CONNECTION_STRING: hubConnectionString },
    line: 'SINKS is set together with EVENT_HUB_CONNECTION_STRING, which describes a single event hub. Keep that hub as a sink: {"name":"event-hub","kind":"event-hub","connectionStringSetting":"EVENT_HUB_CONNECTION_STRING"} goes on where it stands',
  },
  "a single hub, reached with an identity, left behind": {
    entries: [hubB],
    more: { EVENT_HUB_NAMESPACE: "evhns-a", EVENT_HUB_NAME: "microshare" },
    line: "SINKS is set together with EVENT_HUB_NAMESPACE, EVENT_HUB_NAME, which describe a single event hub.",
  },
  "the single hub under another name": {
    entries: [{ ...single, name: "main" }],
    more: { EVENT_HUB_CONNECTION_STRING: hubConnectionString },
    line: 'SINKS (sink "main") names EVENT_HUB_CONNECTION_STRING, whose progress is kept under the name "event-hub".',
  },
  "the name of the single hub for another kind": {
    entries: [{ name: "event-hub", kind: "kafka", namespace: "evhns-b" }],
    line: 'SINKS (sink "event-hub") has the name "event-hub", under which the progress of the single event hub is kept.',
  },
  "two sinks with a hub per record type in one namespace": {
    entries: [
      { ...hubB, kind: "event-hubs-per-type" },
      { ...hubB, name: "c", kind: "event-hubs-per-type" },
    ],
    more: { HUB_B: NAMESPACE_B },
    line: 'SINKS (sink "c") is the same place as the sink "b", and the feed "default" goes to both',
  },
  "two sinks that are one hub": {
    entries: [hubB, { ...hubB, name: "c" }],
    line: 'SINKS (sink "c") is the same place as the sink "b", and the feed "default" goes to both',
  },
  "a feed with an unknown sink": {
    entries: [hubB],
    more: { FEEDS: '[{"name":"rooms","sinks":["event-hub"]}]' },
    line: 'FEEDS (feed "rooms", sinks) names a sink that does not exist: "event-hub". Sinks: b. Others are added in SINKS.',
  },
  "a feed without any sink": {
    entries: [hubB],
    more: { FEEDS: '[{"name":"rooms","sinks":[]}]' },
    line: 'FEEDS (feed "rooms", sinks) is not a JSON array of names of sinks, each named once.',
  },
  "a hub without a way in": {
    entries: [{ name: "b", kind: "event-hub" }],
    line: 'SINKS (sink "b") has neither connectionStringSetting nor namespace.',
  },
  "a hub with two ways in": {
    entries: [{ ...hubB, namespace: "evhns-b", hub: "copy" }],
    line: 'SINKS (sink "b") has both connectionStringSetting and namespace.',
  },
  "a connection string without the hub's name": {
    entries: [hubB],
    more: { HUB_B: NAMESPACE_B },
    line: 'SINKS (sink "b", hub) is missing, and HUB_B has no EntityPath. Add "hub"',
  },
  "an identity without the place where hubs are created": {
    entries: [{ name: "b", kind: "event-hubs-per-type", namespace: "evhns-b", subscriptionId: SUBSCRIPTION }],
    line: 'SINKS (sink "b", resourceGroup) is missing, and namespace needs it.',
  },
  "a single hub's connection string for a hub per type": {
    entries: [{ ...hubB, kind: "event-hubs-per-type" }],
    line: 'SINKS (sink "b", connectionStringSetting) names HUB_B, which has an EntityPath: it is the connection string of a single hub.',
  },
  "two record types with one hub": {
    entries: [{ ...hubB, kind: "event-hubs-per-type", hubNames: { "io.a": "same", "io.b": "Same" } }],
    more: { HUB_B: NAMESPACE_B },
    line: 'SINKS (sink "b", hubNames) gives two record types the same hub.',
  },
  "neither queue nor topic": {
    entries: [{ name: "s", kind: "service-bus", namespace: "sb" }],
    line: 'SINKS (sink "s") has neither queue nor topic.',
  },
  "a queue and a topic": {
    entries: [{ name: "s", kind: "service-bus", namespace: "sb", queue: "a", topic: "b" }],
    line: 'SINKS (sink "s") has both queue and topic.',
  },
  "a device's connection string for the registry": {
    entries: [{ name: "i", kind: "iot-hub", connectionStringSetting: "DEVICE" }],
    more: { DEVICE },
    line: 'DEVICE (named by sink "i") has no SharedAccessKeyName=... in it. Copy the connection string of the policy',
  },
  "one device without its id": {
    entries: [{ name: "i", kind: "iot-hub", connectionStringSetting: "IOT", deviceFor: "one" }],
    more: { IOT },
    line: `SINKS (sink "i", deviceId) is missing, and deviceFor "one" needs it.`,
  },
  "a device id without effect": {
    entries: [{ name: "i", kind: "iot-hub", connectionStringSetting: "IOT", deviceId: "one" }],
    more: { IOT },
    line: `SINKS (sink "i", deviceId) has no effect without deviceFor "one".`,
  },
  "Kafka without a way to log in": { entries: [kafka], line: 'SINKS (sink "k", security) is missing.' },
  "Kafka with half of a login": {
    entries: [{ ...kafka, security: "saslPlain", usernameSetting: "K_USER" }],
    more: { K_USER: "bridge" },
    line: `SINKS (sink "k", passwordSetting) is missing, and security "saslPlain" needs it.`,
  },
  "tokens of Azure for brokers": {
    entries: [{ ...kafka, security: "oauthBearer" }],
    line: 'SINKS (sink "k", security) is "oauthBearer", and brokers are not known to take tokens of Azure.',
  },
  "brokers beside a connection string": {
    entries: [{ ...kafka, connectionStringSetting: "HUB_B" }],
    line: 'SINKS (sink "k") has connectionStringSetting and brokers at once.',
  },
  "plain text to another machine": {
    entries: [{ ...kafka, security: "plaintext" }],
    line: 'SINKS (sink "k", security) is "plaintext", and a broker is not on this machine',
  },
  "a broker without a port": {
    entries: [{ ...kafka, brokers: ["k1"], security: "plaintext" }],
    line: 'SINKS (sink "k", brokers) has a broker that is not of the form host:port.',
  },
  "a name that no topic can have": {
    entries: [{ ...kafka, brokers: undefined, namespace: "evhns-b", topic: "a b" }],
    line: 'SINKS (sink "k", topic) cannot be the name of a topic.',
  },
};

describe("bad sinks", () => {
  it.each(Object.entries(badSinks))("%s", (_, { entries, more, line }) => {
    const lines = linesAbout(sinks(entries, more));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(line);
    for (const secret of [HUB_KEY, KEY_B, "hunter2"]) expect(lines[0]).not.toContain(secret);
  });

  it("are all told at once", () => {
    const entries = [{ name: "a", kind: "kafa" }, { ...hubB, look: "x", startFrom: "soon" }, { kind: "kafka" }];
    const places = linesAbout(sinks(entries)).map((line) => line.slice(0, line.indexOf(")") + 1));
    expect(new Set(places)).toEqual(
      new Set([
        'SINKS (sink "a", kind)',
        'SINKS (sink "b")',
        'SINKS (sink "b", startFrom)',
        "SINKS (sink 3, name)",
        "SINKS (sink 3)",
      ]),
    );
  });

  it("of any kind never throw, whatever stands under the keys", () => {
    for (const kind of SINK_KINDS) {
      for (const value of [0, true, [], {}, [[1]], "\u0000", "x".repeat(5000)]) {
        const entry = {
          name: "x",
          kind,
          connectionStringSetting: value,
          brokers: value,
          namespace: value,
          queue: value,
        };
        expect(linesAbout(sinks([entry])).length).toBeGreaterThan(0);
      }
    }
  });
});
