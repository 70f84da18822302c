// Queues and topics: what is sent to one is checked, stripped of duplicates and laid into its boxes.
import type { AmqpFault } from "../amqp/conditions.ts";
import type { Destination, SendStats } from "../amqp/senders.ts";
import { createBox, type Box } from "./box.ts";
import { sessionMissing } from "./conditions.ts";
import { createDuplicates } from "./duplicates.ts";
import { idsOf, readMessage, type KeptMessage, type StoredMessage } from "./message.ts";

export interface QueueOptions {
  readonly name: string;
  readonly requiresSession?: boolean;
  /** The window of duplicate detection; without it, repeats are stored. */
  readonly duplicateDetectionMs?: number;
  /** How long a receiver has a message for itself. Default 60 seconds, as in the service. */
  readonly lockMs?: number;
  /** Default 10, as in the service. */
  readonly maxDeliveries?: number;
}

export interface TopicOptions extends Omit<QueueOptions, "requiresSession"> {
  readonly subscriptions: readonly string[];
}

export interface EntityStats extends SendStats {
  /** Messages that are stored, and those dropped as duplicates. */
  messages: number;
  duplicates: number;
  /** Size of each transfer that was stored. */
  readonly transferBytes: number[];
}

export interface Entity {
  readonly name: string;
  /** By lower-case path: of the queue itself, or of the topic's subscriptions. */
  readonly boxes: ReadonlyMap<string, Box>;
  readonly stats: EntityStats;
  readonly destination: Destination;
  /** Every message ever stored, in the order of storing. */
  stored(): readonly StoredMessage[];
  /** Resolves as soon as at least so many messages have been stored. */
  whenStored(count: number): Promise<void>;
}

export function createQueue(options: QueueOptions, now: () => number): Entity {
  const box = createBox(boxOptions(options, options.requiresSession ?? false), now);
  return createEntity(options, new Map([[options.name.toLowerCase(), box]]), now);
}

export function createTopic(options: TopicOptions, now: () => number): Entity {
  const boxes = options.subscriptions.map((subscription): [string, Box] => [
    `${options.name}/subscriptions/${subscription}`.toLowerCase(),
    createBox(boxOptions(options, false), now),
  ]);
  return createEntity(options, new Map(boxes), now);
}

function boxOptions({ lockMs = 60_000, maxDeliveries = 10 }: Omit<QueueOptions, "name">, requiresSession: boolean) {
  return { requiresSession, lockMs, maxDeliveries };
}

function createEntity(options: QueueOptions, boxes: ReadonlyMap<string, Box>, now: () => number): Entity {
  const path = options.name.toLowerCase();
  const duplicates = createDuplicates(options.duplicateDetectionMs, now);
  const stats: EntityStats = {
    transfers: 0,
    batches: 0,
    rejected: 0,
    senders: 0,
    messages: 0,
    duplicates: 0,
    transferBytes: [],
  };
  const log: KeptMessage[] = [];
  const waiting = new Set<{ count: number; resolve: () => void }>();

  function place(messages: readonly Buffer[], bytes: number): { partition: string; store(): void } | AmqpFault {
    const arrivals = messages.map((message) => ({ message, ...idsOf(message) }));
    if (options.requiresSession === true && arrivals.some(({ sessionId }) => !sessionId)) return sessionMissing();
    return { partition: "0", store: () => store(arrivals, bytes) };
  }

  function store(arrivals: readonly ({ message: Buffer } & ReturnType<typeof idsOf>)[], bytes: number): void {
    for (const { message, messageId, sessionId } of arrivals) {
      if (duplicates.seen(messageId)) {
        stats.duplicates++;
        continue;
      }
      const kept = { sequenceNumber: log.length + 1, enqueuedAt: now(), sessionId, message };
      log.push(kept);
      for (const box of boxes.values()) box.add(kept);
    }
    stats.messages = log.length;
    stats.transferBytes.push(bytes);
    for (const waiter of waiting) {
      if (log.length < waiter.count) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  }

  return {
    name: options.name,
    boxes,
    stats,
    destination: {
      hub: path,
      partition: undefined,
      path,
      stats,
      place: ({ messages }, bytes) => place(messages, bytes),
    },
    stored: () => log.map(readMessage),
    whenStored(count) {
      if (log.length >= count) return Promise.resolve();
      return new Promise((resolve) => void waiting.add({ count, resolve }));
    },
  };
}
