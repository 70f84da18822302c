// A Service Bus namespace in this process, good enough for the unchanged SDK: start it, break it, look inside.
import rhea from "rhea";
import { entityNotFound } from "../amqp/conditions.ts";
import type { Faults } from "../amqp/fault-types.ts";
import { createFaultBook } from "../amqp/faults.ts";
import type { OpenLink, Peer } from "../amqp/links.ts";
import { listen, type Transport } from "../amqp/listener.ts";
import { servePeer } from "../amqp/peers.ts";
import type { SharedKey } from "../amqp/sas.ts";
import { makeCertificate } from "../certificates.ts";
import { parseAddress } from "./address.ts";
import type { Box } from "./box.ts";
import {
  createQueue,
  createTopic,
  type Entity,
  type EntityStats,
  type QueueOptions,
  type TopicOptions,
} from "./entities.ts";
import { entityLinks } from "./link-service.ts";
import type { StoredMessage } from "./message.ts";
import { boxAt, type Namespace } from "./namespace.ts";

export type { EntityStats, QueueOptions, TopicOptions } from "./entities.ts";
export type { StoredMessage } from "./message.ts";

export interface ServiceBusEmulatorOptions {
  readonly queues?: readonly QueueOptions[];
  readonly topics?: readonly TopicOptions[];
  /** Told to senders and enforced. Default 256 KiB, as on the Standard tier. */
  readonly maxMessageBytes?: number;
  /** What a batch may have where single messages may be larger, as on the Premium tier. Default 1 MiB. */
  readonly maxBatchBytes?: number;
  /** Default: one RootManageSharedAccessKey. */
  readonly keys?: readonly SharedKey[];
  /** Default `tcp`. The others use a certificate made at start; `websocket` is `wss` on `/$servicebus/websocket`. */
  readonly transport?: Transport;
  /** Milliseconds since 1970: times of messages, locks, duplicate detection. */
  readonly now?: () => number;
  /** Without it, tokens of a TokenCredential are refused. */
  readonly jwt?: { accept(token: string): boolean };
}

export interface ServiceBusEmulator {
  readonly host: string;
  readonly port: number;
  /** What a client must trust; absent with `tcp`. */
  readonly caCertPem?: string;
  /** For a namespace client, or one of `entity`. Default key: the first one. */
  connectionString(entity?: string, keyName?: string): string;
  /** Every message that a queue or topic ever stored, in the order of storing, received ones too. */
  messages(entity: string): readonly StoredMessage[];
  /** Resolves as soon as it has stored at least so many. */
  whenStored(entity: string, count: number): Promise<void>;
  stats(entity: string): Readonly<EntityStats>;
  /** What waits to be received: in a queue, or in `topic/subscriptions/name`. */
  waiting(path: string): number;
  deadLettered(path: string): number;
  /** Detaches its links; its messages are gone. */
  deleteEntity(name: string): void;
  readonly connections: number;
  /** A scope's `hub` is the name of the queue or topic. */
  readonly faults: Faults;
  close(): Promise<void>;
}

const rootKey: SharedKey = {
  name: "RootManageSharedAccessKey",
  key: "emulator-only-not-a-secret",
  rights: ["Manage"],
};

const maxFrameBytes = 65_536;
const sessionTransfers = 16_384;
const creditOfSenders = 300;

export async function startServiceBusEmulator(options: ServiceBusEmulatorOptions = {}): Promise<ServiceBusEmulator> {
  const now = options.now ?? Date.now;
  const keys = options.keys ?? [rootKey];
  const transport = options.transport ?? "tcp";
  const certificate = transport === "tcp" ? undefined : makeCertificate();
  const peers = new Set<Peer>();
  const links = new Set<OpenLink>();
  const namespace: Namespace = {
    name: "Service Bus emulator",
    entities: new Map(),
    tokens: {
      keys,
      now: Date.now,
      ...(options.jwt === undefined ? {} : { acceptJwt: (token) => options.jwt?.accept(token) === true }),
    },
    faults: createFaultBook({ links, peers, now }),
    peers,
    links,
    maxMessageBytes: options.maxMessageBytes ?? 262_144,
    maxBatchBytes: options.maxBatchBytes ?? 1_048_576,
    now,
    placeOf(audience) {
      const address = parseAddress(audience);
      return { hub: address?.kind === "subscription" ? address.topic : (address?.path ?? "") };
    },
  };
  const entities = [
    ...(options.queues ?? []).map((queue) => createQueue(queue, now)),
    ...(options.topics ?? []).map((topic) => createTopic(topic, now)),
  ];
  for (const entity of entities) namespace.entities.set(entity.name.toLowerCase(), entity);
  const service = entityLinks(namespace);
  const container = rhea.create_container({ id: "service-bus-emulator" });
  container.sasl_server_mechanisms.enable_anonymous();
  const listener = await listen({
    transport,
    certificate,
    isSilent: () => namespace.faults.onSocket(),
    serve(stream) {
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

  return {
    host,
    port: listener.port,
    ...(certificate === undefined ? {} : { caCertPem: certificate.certPem }),
    connectionString(entity, keyName) {
      const key = keyName === undefined ? keys[0] : keys.find(({ name }) => name === keyName);
      if (key === undefined) throw new Error(`the emulator has no key ${keyName ?? ""}`);
      const endpoint = `Endpoint=sb://${host}:${listener.port}`;
      const parts = [endpoint, `SharedAccessKeyName=${key.name}`, `SharedAccessKey=${key.key}`];
      if (entity !== undefined) parts.push(`EntityPath=${entity}`);
      if (transport === "tcp") parts.push("UseDevelopmentEmulator=true");
      return parts.join(";");
    },
    messages: (entity) => entityNamed(entity).stored(),
    whenStored: (entity, count) => entityNamed(entity).whenStored(count),
    stats: (entity) => entityNamed(entity).stats,
    waiting: (path) => boxNamed(path).messages.length,
    deadLettered: (path) => boxNamed(path).deadLetters.length,
    deleteEntity(name) {
      namespace.entities.delete(entityNamed(name).name.toLowerCase());
      for (const link of links) if (link.hub === name.toLowerCase()) link.close(entityNotFound(name));
    },
    get connections() {
      return peers.size;
    },
    faults: namespace.faults.control,
    async close() {
      for (const peer of peers) peer.drop();
      await listener.close();
      // Clients in this process learn within a few turns of the event loop that their socket has ended.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
  };

  function entityNamed(name: string): Entity {
    const entity = namespace.entities.get(name.toLowerCase());
    if (entity === undefined) throw new Error(`the emulator has no queue or topic ${name}`);
    return entity;
  }

  function boxNamed(path: string): Box {
    const box = boxAt(path.toLowerCase(), namespace);
    if (box === undefined) throw new Error(`the emulator has no queue or subscription ${path}`);
    return box;
  }
}
