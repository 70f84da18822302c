// The Kafka cluster as the sink uses it. The library is loaded here, on first use: nobody without a Kafka sink pays for it.
import type { KafkaAddress } from "./kafka-address.ts";
import { batchFailure, linkFailure } from "./kafka-failures.ts";
import type { KafkaMessage } from "./kafka-message.ts";
import { createPacing } from "./kafka-pacing.ts";
import {
  closeKafkaSession,
  mostIdleMs,
  openKafkaSession,
  type KafkaNetwork,
  type KafkaSession,
} from "./kafka-session.ts";
import type { BatchTicket } from "./kafka-sockets.ts";
import { sendFailure, type SendFailure } from "./send-failure.ts";
import type { SinkClock } from "./settled-steps.ts";
import { throwFailure } from "./thrown-failure.ts";

/** Every step fails with a `SendFailure`, see `thrown-failure.ts`. */
export interface KafkaClient {
  /** Connects and logs in once more, besides what is under way. */
  ask(): Promise<void>;
  /** How many partitions a topic has; asked once per connection. Never creates the topic. */
  partitionsOf(topic: string): Promise<number>;
  /** The partition of a key: the one that every standard producer chooses. */
  partitionFor(key: Buffer, partitions: number): number;
  /** Resolves when no broker wants silence any more. */
  quiet(signal: AbortSignal): Promise<void>;
  /** Resolves once all replicas in sync have it. */
  produce(batch: KafkaBatch): Promise<void>;
  close(): Promise<void>;
}

export interface KafkaBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
  /** Once aborted, the batch may not leave any more. */
  readonly signal: AbortSignal;
  readonly mayStart: () => boolean;
}

/** All in-sync replicas. */
const allReplicas = -1;

/** Opens nothing yet. A connection that was idle for long is replaced before it is used again: it may be dead by now. */
export async function createKafkaClient(
  address: KafkaAddress,
  network: KafkaNetwork,
  clock: SinkClock,
): Promise<KafkaClient> {
  // All a bundle leaves of a CommonJS package is its default.
  const { default: library } = await import("kafkajs");
  const choose = library.Partitioners.DefaultPartitioner();
  const lifetime = new AbortController();
  // A step must not end before the silence does.
  const pacing = createPacing(clock, network.timeoutMs / 2, lifetime.signal);
  const counts = new Map<string, number>();
  let session: Promise<KafkaSession> | undefined;
  let noToken: SendFailure | undefined;
  let usedAt = clock.now();

  async function opened(opening: Promise<KafkaSession>): Promise<KafkaSession> {
    try {
      return await opening;
    } catch (error) {
      return throwFailure(noToken ?? linkFailure(error));
    }
  }

  function openSession(): Promise<KafkaSession> {
    noToken = undefined;
    return openKafkaSession(library, address, network, (failure) => (noToken = failure));
  }

  /** A session that could not be opened is forgotten, so that the next try begins anew. */
  async function connected(): Promise<KafkaSession> {
    const opening = (session ??= openSession());
    opening.catch(() => {
      if (session === opening) session = undefined;
    });
    return opened(opening);
  }

  async function asked<T>(question: (session: KafkaSession) => Promise<T>, about: string): Promise<T> {
    if (clock.now() - usedAt > mostIdleMs) await end();
    const open = await connected();
    usedAt = clock.now();
    return question(open).catch((error: unknown) => {
      const failure = linkFailure(error);
      return throwFailure({ ...failure, detail: `${about}: ${failure.detail}` });
    });
  }

  async function end(): Promise<void> {
    const open = await session?.catch(() => undefined);
    session = undefined;
    counts.clear();
    if (open !== undefined) await closeKafkaSession(open);
  }

  return {
    async ask() {
      // Not by asking about the cluster: the library would ask about all of its topics, and fail for a single sick one.
      const open = await opened(openSession());
      await closeKafkaSession(open);
    },

    async partitionsOf(topic) {
      const idle = clock.now() - usedAt > mostIdleMs;
      const known = idle ? undefined : counts.get(topic);
      if (known !== undefined) return known;
      const found = await asked(({ admin }) => admin.fetchTopicMetadata({ topics: [topic] }), `topic ${topic}`);
      const count = found.topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
      if (count === 0) throwFailure(sendFailure("not-found", "NO_PARTITION", `topic ${topic}: it has no partition`));
      counts.set(topic, count);
      return count;
    },

    partitionFor: (key, partitions) =>
      // Where there is a key, it counts the partitions and looks at nothing else of them.
      choose({
        topic: "",
        partitionMetadata: Array.from({ length: partitions }, anyPartition),
        message: { key, value: null },
      }),

    quiet: (signal) => pacing.over(signal),

    async produce({ topic, partition, messages, signal, mayStart }) {
      const { producer, sockets } = await connected();
      const ticket: BatchTicket = { left: false, mayStart: () => !signal.aborted && mayStart() };
      const leave = sockets.admit(topic, partition, ticket);
      try {
        const records = messages.map((message) => ({ ...message, headers: { ...message.headers } }));
        await producer.send({ topic, messages: records, acks: allReplicas, timeout: network.timeoutMs });
      } catch (error) {
        // Stored is stored, whatever the library met afterwards.
        if (ticket.answer?.code !== 0) throwFailure(batchFailure(ticket, error));
      } finally {
        leave();
        usedAt = clock.now();
        pacing.silence(ticket.answer?.throttleMs ?? 0);
      }
    },

    async close() {
      lifetime.abort();
      await end();
    },
  };
}

function anyPartition(_: unknown, partitionId: number) {
  return { partitionErrorCode: 0, partitionId, leader: 0, replicas: [], isr: [] };
}
