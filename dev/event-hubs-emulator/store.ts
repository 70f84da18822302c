// What the hubs hold: partitions as append-only logs of encoded messages.
import type { AmqpFault } from "../amqp/conditions.ts";
import { readEvent } from "./event.ts";
import type { StoredEvent } from "./event.ts";
import { partitionOfKey } from "./partition-hash.ts";

export interface HubOptions {
  readonly name: string;
  /** Default 4. */
  readonly partitionCount?: number;
  /** Besides `$Default`. */
  readonly consumerGroups?: readonly string[];
  readonly retention?: Retention;
}

/** What readers can no longer see; `events()` of the emulator still tells it. */
export interface Retention {
  readonly ageMs?: number;
  readonly eventsPerPartition?: number;
}

/** One event as it lies in a partition. Its sequence number is its place in the log. */
export interface StoredMessage {
  readonly partitionId: string;
  readonly sequenceNumber: number;
  /** Bytes of the partition before it, as in the service. */
  readonly offset: number;
  readonly enqueuedAt: number;
  /** The encoded AMQP message, as the client wrote it. */
  readonly message: Buffer;
}

export interface Partition {
  readonly id: string;
  readonly log: StoredMessage[];
  readonly readers: Set<Reader>;
  endOffset: number;
}

/** An open receiving link of a client. */
export interface Reader {
  readonly group: string;
  readonly epoch: number | undefined;
  wake(): void;
  close(error: AmqpFault): boolean;
}

export interface HubStats {
  /** Messages received from clients, answered or not. */
  transfers: number;
  /** Of those, the ones that came as a batch. */
  batches: number;
  /** Stored events and the bytes of the transfers that brought them. */
  events: number;
  bytes: number;
  /** Size of each stored transfer. */
  readonly batchBytes: number[];
  /** Transfers answered with an error. */
  rejected: number;
  /** Sending and receiving links opened. */
  senders: number;
  readers: number;
}

export interface Hub {
  readonly name: string;
  readonly createdAt: number;
  readonly partitions: Partition[];
  /** Lower case. */
  readonly consumerGroups: ReadonlySet<string>;
  readonly stats: HubStats;
  /** The partition that the gateway chooses for a transfer. */
  choosePartition(partitionKey: string | undefined): Partition;
  append(partition: Partition, messages: readonly Buffer[], transferBytes: number): void;
  /** Sequence number of the first event of a partition that retention has left. */
  firstSequence(partition: Partition): number;
  addPartitions(count: number): void;
  /** Every event ever stored, in the order of storing. */
  events(): readonly StoredEvent[];
  /** The same, not decoded. */
  messages(): readonly StoredMessage[];
  /** Resolves as soon as at least so many events have been stored. */
  whenStored(count: number): Promise<void>;
}

export function createHub(options: HubOptions, now: () => number): Hub {
  const retention = options.retention ?? {};
  const partitions: Partition[] = [];
  const stored: StoredMessage[] = [];
  const decoded: StoredEvent[] = [];
  const waiting = new Set<{ count: number; resolve: () => void }>();
  const stats = { transfers: 0, batches: 0, events: 0, bytes: 0, batchBytes: [], rejected: 0, senders: 0, readers: 0 };
  const hub: Hub = {
    name: options.name,
    createdAt: now(),
    partitions,
    consumerGroups: new Set(["$Default", ...(options.consumerGroups ?? [])].map((group) => group.toLowerCase())),
    stats,
    choosePartition(partitionKey) {
      const index =
        partitionKey === undefined ? nextInTurn++ % partitions.length : partitionOfKey(partitionKey, partitions.length);
      const partition = partitions[index];
      if (partition === undefined) throw new Error(`hub ${options.name} has no partition`);
      return partition;
    },
    append(partition, messages, transferBytes) {
      const enqueuedAt = Math.max(now(), partition.log.at(-1)?.enqueuedAt ?? 0); // a partition's times never go back
      for (const message of messages) {
        const event = {
          partitionId: partition.id,
          sequenceNumber: partition.log.length,
          offset: partition.endOffset,
          enqueuedAt,
          message,
        };
        partition.endOffset += message.length;
        partition.log.push(event);
        stored.push(event);
      }
      hub.stats.events += messages.length;
      hub.stats.bytes += transferBytes;
      hub.stats.batchBytes.push(transferBytes);
      for (const reader of partition.readers) reader.wake();
      for (const waiter of waiting) {
        if (stored.length < waiter.count) continue;
        waiting.delete(waiter);
        waiter.resolve();
      }
    },
    firstSequence(partition) {
      const { log } = partition;
      const byCount = Math.max(0, log.length - (retention.eventsPerPartition ?? log.length));
      if (retention.ageMs === undefined) return byCount;
      return Math.max(
        byCount,
        firstIndex(log, (event) => event.enqueuedAt >= now() - (retention.ageMs ?? 0)),
      );
    },
    addPartitions(count) {
      for (let added = 0; added < count; added++) {
        partitions.push({ id: String(partitions.length), log: [], readers: new Set(), endOffset: 0 });
      }
    },
    events() {
      for (const event of stored.slice(decoded.length)) decoded.push(readEvent(event));
      return decoded;
    },
    messages: () => stored,
    whenStored(count) {
      if (stored.length >= count) return Promise.resolve();
      return new Promise((resolve) => void waiting.add({ count, resolve }));
    },
  };
  let nextInTurn = 0;
  hub.addPartitions(options.partitionCount ?? 4);
  return hub;
}

/** Index of the first element that passes a test which, once passed, all later ones pass too. */
export function firstIndex<T>(sorted: readonly T[], passes: (item: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = sorted[middle];
    if (item !== undefined && passes(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
