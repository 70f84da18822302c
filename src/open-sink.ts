// From the settings of one sink to the sink: called by the app alone. Each kind loads its own files, and only when it is used.
import type { TokenCredential } from "@azure/identity";
import type { Dispatcher } from "undici";
import type { Environment } from "./config/load-settings.ts";
import type {
  HubsPerTypeTarget,
  IotHubTarget,
  KafkaTarget,
  ServiceBusTarget,
  SinkSettings,
  SinkTarget,
} from "./config/sink-settings.ts";
import { createCredential } from "./identity.ts";
import type { Sink } from "./pipeline/ports.ts";
import type { SinkRetryPolicy } from "./sinks/retry-policy.ts";
import type { EventFormatName, EventTransport } from "./sinks/formats/event-format.ts";
import { observedSink } from "./telemetry/observed-ports.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

export interface SinkSurroundings {
  readonly sendTimeoutMs: number;
  /** Where somebody waits for the answer. Default: that of runs. */
  readonly retry?: SinkRetryPolicy;
  /** Sends that may overlap where their order does not matter. Default: one after the other. */
  readonly sendsAtOnce?: number;
  /** The way through a proxy, where one is set. */
  readonly dispatcher: Dispatcher | undefined;
  readonly environment: Environment;
  readonly telemetry: Telemetry;
  /** Keys of the devices of an IoT hub, by device id: kept from run to run for a sink of this name. */
  readonly knownDevices: (sink: string) => Map<string, string>;
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

/** Constructs, and connects to nothing yet. */
export async function openSink({ name, target, format }: SinkSettings, around: SinkSurroundings): Promise<Sink> {
  const { sink, place } = await openTarget(name, target, around);
  const formatted = await inFormat(sink, format, target.kind === "kafka" ? "kafka" : "amqp");
  return observedSink({ ...formatted, name }, place, around.telemetry);
}

async function inFormat(sink: Sink, format: EventFormatName, transport: EventTransport): Promise<Sink> {
  if (format === "record") return sink;
  const { eventFormat } = await import("./sinks/formats/event-format.ts");
  const { withFormat } = await import("./sinks/formats/with-format.ts");
  return withFormat(sink, eventFormat(format, transport));
}

type Opened = { readonly sink: Sink; readonly place: Parameters<typeof observedSink>[1] };

async function openTarget(name: string, target: SinkTarget, around: SinkSurroundings): Promise<Opened> {
  if (target.kind === "event-hub") return openEventHub(target, around);
  if (target.kind === "event-hubs-per-type") return openHubsPerType(target, around);
  if (target.kind === "service-bus") return openServiceBus(target, around);
  if (target.kind === "iot-hub") return openIotHub(name, target, around);
  return openKafka(target, around);
}

async function openEventHub(
  {
    access,
    host,
    hubName: hub,
    setting,
    transport,
    consumerGroup,
    throughputUnits,
  }: SinkTarget & { kind: "event-hub" },
  around: SinkSurroundings,
): Promise<Opened> {
  const { createEventHubsSink } = await import("./sinks/event-hubs.ts");
  const connection =
    access.kind === "connection-string"
      ? { setting, connectionString: access.connectionString, hub }
      : { setting, namespace: access.namespace, hub, credential: await credentialFor(access.clientId, around) };
  const pace = throughputUnits === undefined ? {} : { throughputUnits };
  const sink = createEventHubsSink({ connection, transport, consumerGroup, ...pace, ...common(around) });
  return { sink, place: { system: "eventhubs", resource: "Microsoft.EventHub", host, name: hub } };
}

async function openHubsPerType(
  { access, host, partitionCount, retentionDays, ...options }: HubsPerTypeTarget,
  around: SinkSurroundings,
): Promise<Opened> {
  const { createEventHubsPerTypeSink } = await import("./sinks/event-hubs-per-type.ts");
  const newHub = { partitionCount, retentionDays };
  const { now, wait, random, dispatcher } = around;
  const management = { now, wait, random, newHub, ...(dispatcher === undefined ? {} : { dispatcher }) };
  const place: Opened["place"] = { system: "eventhubs", resource: "Microsoft.EventHub", host, name: "hub per type" };
  const more = { ...options, ...common(around) };
  if (access.kind === "connection-string") {
    const { connectionString } = access;
    const { createAtomDirectory } = await import("./sinks/hub-directory-atom.ts");
    const directory = createAtomDirectory({ ...management, connectionString });
    return {
      sink: createEventHubsPerTypeSink({
        connection: { setting: access.setting, connectionString },
        directory,
        ...more,
      }),
      place,
    };
  }
  const { createArmDirectory } = await import("./sinks/hub-directory-arm.ts");
  const { subscriptionId, resourceGroup, namespace } = access;
  const credential = await credentialFor(access.clientId, around);
  const [name = namespace] = namespace.split(".");
  const directory = createArmDirectory({ ...management, subscriptionId, resourceGroup, namespace: name, credential });
  return { sink: createEventHubsPerTypeSink({ connection: { namespace, credential }, directory, ...more }), place };
}

async function openServiceBus(
  { access, host, entity, ...options }: ServiceBusTarget,
  around: SinkSurroundings,
): Promise<Opened> {
  const { createServiceBusSink } = await import("./sinks/service-bus.ts");
  const { setting } = access;
  const connection =
    access.kind === "connection-string"
      ? { setting, connectionString: access.connectionString, entity }
      : { setting, namespace: access.namespace, entity, credential: await credentialFor(access.clientId, around) };
  const { sendsAtOnce } = around;
  const more = sendsAtOnce === undefined ? {} : { sendsAtOnce };
  const sink = createServiceBusSink({ connection, ...options, ...more, ...common(around) });
  return { sink, place: { system: "servicebus", resource: "Microsoft.ServiceBus", host, name: entity } };
}

async function openIotHub(
  name: string,
  { devices, deviceFor }: IotHubTarget,
  around: SinkSurroundings,
): Promise<Opened> {
  const { createIotHubSink } = await import("./sinks/iot-hub.ts");
  // What was found in the registry in earlier runs need not be asked for again.
  const known = devices.kind === "registry" ? { ...devices, known: around.knownDevices(name) } : devices;
  const sink = createIotHubSink({ devices: known, naming: deviceFor, ...common(around) });
  return { sink, place: { system: "iothub", resource: "Microsoft.Devices", host: hostOf(devices), name } };
}

async function openKafka({ connection, topic }: KafkaTarget, around: SinkSurroundings): Promise<Opened> {
  const { createKafkaSink } = await import("./sinks/kafka.ts");
  const access =
    connection.kind === "identity"
      ? { ...connection, credential: await credentialFor(connection.clientId, around) }
      : connection;
  const named = topic === undefined ? {} : { topic: { fixed: topic } };
  const sink = createKafkaSink({ connection: access, ...named, ...common(around) });
  const name = topic ?? "a topic per record type";
  if (connection.kind === "brokers") {
    const [host = ""] = connection.brokers;
    return { sink, place: { system: "kafka", host, name } };
  }
  const host = connection.kind === "identity" ? connection.namespace : endpointOf(connection.connectionString);
  return { sink, place: { system: "kafka", resource: "Microsoft.EventHub", host, name } };
}

function endpointOf(connectionString: string): string {
  return /Endpoint=sb:\/\/([^/;]+)/i.exec(connectionString)?.[1] ?? "";
}

/** For spans: of all devices and policies of a sink, the first says which hub it is. */
function hostOf(devices: IotHubTarget["devices"]): string {
  const connection = devices.kind === "registry" ? devices.service : devices.devices[0];
  return /HostName=([^;]+)/.exec(connection?.connectionString ?? "")?.[1] ?? "";
}

function common({ sendTimeoutMs, retry, dispatcher, telemetry, now, wait, random }: SinkSurroundings) {
  return {
    sendTimeoutMs,
    now,
    wait,
    random,
    ...(retry === undefined ? {} : { retry }),
    ...(dispatcher === undefined ? {} : { dispatcher }),
    ...(telemetry.on ? { onBatch: ({ bytes }: { readonly bytes: number }) => telemetry.batch(bytes) } : {}),
  };
}

async function credentialFor(
  clientId: string | undefined,
  { environment }: SinkSurroundings,
): Promise<TokenCredential> {
  // The platform sets it wherever a managed identity can be asked for a token.
  const inAzure = environment["IDENTITY_ENDPOINT"] !== undefined;
  return createCredential(inAzure ? "managed-identity" : "default", clientId);
}
