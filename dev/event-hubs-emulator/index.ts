// An Event Hubs namespace in this process, good enough for the unchanged SDK: start it, break it, look inside.
import rhea from "rhea";
import { entityNotFound } from "../amqp/conditions.ts";
import type { Faults } from "../amqp/fault-types.ts";
import { createFaultBook } from "../amqp/faults.ts";
import type { OpenLink, Peer } from "../amqp/links.ts";
import { listen } from "../amqp/listener.ts";
import type { Transport } from "../amqp/listener.ts";
import { pathOf } from "../amqp/paths.ts";
import { servePeer } from "../amqp/peers.ts";
import type { SharedKey } from "../amqp/sas.ts";
import { makeCertificate } from "../certificates.ts";
import { parseAddress } from "./address.ts";
import type { StoredEvent } from "./event.ts";
import { hubLinks } from "./link-service.ts";
import type { Namespace } from "./namespace.ts";
import { createHub } from "./store.ts";
import type { Hub, HubOptions, HubStats, StoredMessage } from "./store.ts";

export type { StoredEvent } from "./event.ts";
export type { FaultCounts, Faults, HeldTransfers } from "../amqp/fault-types.ts";
export type { Fault, FaultScope } from "../amqp/fault-rules.ts";
export type { Transport } from "../amqp/listener.ts";
export type { SharedKey } from "../amqp/sas.ts";
export type { HubOptions, HubStats, Retention } from "./store.ts";

export interface EventHubsEmulatorOptions {
  readonly hubs?: readonly HubOptions[];
  /** Told to senders and enforced. Default 1 MiB, as on the Standard tier. */
  readonly maxMessageBytes?: number;
  /** Default: one RootManageSharedAccessKey. */
  readonly keys?: readonly SharedKey[];
  /** Default `tcp`. The others use a certificate made at start; `websocket` is `wss` on `/$servicebus/websocket`. */
  readonly transport?: Transport;
  /** Milliseconds since 1970: times of events, retention, throttling, expiry of tokens. */
  readonly now?: () => number;
  /** For tokens alone: the SDK dates its own by the real clock, so a simulated `now` ahead of it needs `Date.now`. */
  readonly tokenNow?: () => number;
  /** Without it, tokens of a TokenCredential are refused. */
  readonly jwt?: { accept(token: string): boolean };
  /** Hears every byte that clients send, signatures too, after TLS and WebSockets are taken off. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

export interface EventHubsEmulator {
  readonly host: string;
  readonly port: number;
  /** `sb://host:port`, for the SDK's `customEndpointAddress`. */
  readonly endpoint: string;
  /** What a client must trust; absent with `tcp`. */
  readonly caCertPem?: string;
  /** For a namespace client, or one of `hub`. Default key: the first one. */
  connectionString(hub?: string, keyName?: string): string;
  /** Every event ever stored in the hub since it was created, in the order of storing, expired ones too. */
  events(hub: string): readonly StoredEvent[];
  /** The same as they lie in the partitions, not decoded: for hundreds of thousands of them. */
  messages(hub: string): readonly StoredMessage[];
  /** Resolves as soon as the hub has stored at least so many events. */
  whenStored(hub: string, count: number): Promise<void>;
  stats(hub: string): Readonly<HubStats>;
  /** Names of its hubs. */
  readonly hubs: readonly string[];
  createHub(options: HubOptions): void;
  /** Detaches its links; its events are gone. */
  deleteHub(name: string): void;
  /** Deletes and creates it anew with the same options: sequence numbers and offsets begin again. */
  recreateHub(name: string): void;
  /** As Premium allows. */
  addPartitions(hub: string, count: number): void;
  readonly connections: number;
  readonly faults: Faults;
  close(): Promise<void>;
}

const rootKey: SharedKey = {
  name: "RootManageSharedAccessKey",
  key: "emulator-only-not-a-secret",
  rights: ["Manage"],
};

/** Frames as large as the service takes: a batch of 1 MB comes in many of them. */
const maxFrameBytes = 65_536;
/** Room for that many unanswered transfers on a session. */
const sessionTransfers = 16_384;
const creditOfSenders = 300;

export async function startEventHubsEmulator(options: EventHubsEmulatorOptions = {}): Promise<EventHubsEmulator> {
  const now = options.now ?? Date.now;
  const tokenNow = options.tokenNow ?? now;
  const keys = options.keys ?? [rootKey];
  const transport = options.transport ?? "tcp";
  const certificate = transport === "tcp" ? undefined : makeCertificate();
  const hubOptions = new Map<string, HubOptions>();
  const peers = new Set<Peer>();
  const links = new Set<OpenLink>();
  const namespace: Namespace = {
    name: "Event Hubs emulator",
    hubs: new Map(),
    tokens: {
      keys,
      now: tokenNow,
      ...(options.jwt === undefined ? {} : { acceptJwt: (token) => options.jwt?.accept(token) === true }),
    },
    faults: createFaultBook({ links, peers, now }),
    peers,
    links,
    maxMessageBytes: options.maxMessageBytes ?? 1_048_576,
    now,
    placeOf,
  };
  const service = hubLinks(namespace);
  const container = rhea.create_container({ id: "event-hubs-emulator" });
  container.sasl_server_mechanisms.enable_anonymous();
  const listener = await listen({
    transport,
    certificate,
    isSilent: () => namespace.faults.onSocket(),
    serve(stream) {
      if (options.onBytes !== undefined) stream.on("data", options.onBytes);
      const connection = container.create_connection({
        port: 0, // asked for by the type declarations only
        max_frame_size: maxFrameBytes,
        session_buffer_size: sessionTransfers,
        receiver_options: { autoaccept: false, credit_window: creditOfSenders },
      });
      servePeer(connection, stream, namespace, service);
    },
  });
  const host = transport === "tcp" ? "127.0.0.1" : "localhost"; // the name in the certificate
  const endpoint = `sb://${host}:${listener.port}`;

  const emulator: EventHubsEmulator = {
    host,
    port: listener.port,
    endpoint,
    ...(certificate === undefined ? {} : { caCertPem: certificate.certPem }),
    connectionString(hub, keyName) {
      const key = keyName === undefined ? keys[0] : keys.find(({ name }) => name === keyName);
      if (key === undefined) throw new Error(`the emulator has no key ${keyName ?? ""}`);
      const parts = [`Endpoint=${endpoint}`, `SharedAccessKeyName=${key.name}`, `SharedAccessKey=${key.key}`];
      if (hub !== undefined) parts.push(`EntityPath=${hub}`);
      if (transport === "tcp") parts.push("UseDevelopmentEmulator=true");
      return parts.join(";");
    },
    events: (hub) => hubNamed(hub).events(),
    messages: (hub) => hubNamed(hub).messages(),
    whenStored: (hub, count) => hubNamed(hub).whenStored(count),
    stats: (hub) => hubNamed(hub).stats,
    get hubs() {
      return [...namespace.hubs.values()].map(({ name }) => name);
    },
    createHub(hub) {
      if (namespace.hubs.has(hub.name.toLowerCase())) throw new Error(`hub ${hub.name} exists already`);
      hubOptions.set(hub.name.toLowerCase(), hub);
      namespace.hubs.set(hub.name.toLowerCase(), createHub(hub, now));
    },
    deleteHub(name) {
      namespace.hubs.delete(hubNamed(name).name.toLowerCase());
      for (const link of links) if (link.hub === name.toLowerCase()) link.close(entityNotFound(name));
    },
    recreateHub(name) {
      emulator.deleteHub(name);
      emulator.createHub(hubOptions.get(name.toLowerCase()) ?? { name });
    },
    addPartitions: (hub, count) => hubNamed(hub).addPartitions(count),
    get connections() {
      return peers.size;
    },
    faults: namespace.faults.control,
    async close() {
      for (const peer of peers) peer.drop();
      await listener.close();
      // An SDK client that is closed before it knows that its socket ended waits a minute for answers. Clients in this
      // process learn it within a few turns of the event loop.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
  for (const hub of options.hubs ?? []) emulator.createHub(hub);
  return emulator;

  function hubNamed(name: string): Hub {
    const hub = namespace.hubs.get(name.toLowerCase());
    if (hub === undefined) throw new Error(`the emulator has no hub ${name}`);
    return hub;
  }
}

function placeOf(audience: string): { hub: string; partition?: string } {
  const address = parseAddress(audience);
  if (address?.kind === "reader") return { hub: address.hub, partition: address.partition };
  if (address?.kind === "hub") return address;
  return { hub: pathOf(audience).split("/")[0] ?? "" };
}
