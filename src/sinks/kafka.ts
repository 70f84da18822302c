// The sink for Kafka: a topic for all or one per record type, the device as key, every outcome known or reported.
import type { AfterCrash, Refusal, Sink } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import { serviceMarginMs } from "./late-arrival.ts";
import { readKafkaAddress, type KafkaConnection } from "./kafka-address.ts";
import { openKafkaBatch } from "./kafka-batch.ts";
import { createKafkaClient, type KafkaClient } from "./kafka-client.ts";
import { kafkaError } from "./kafka-errors.ts";
import type { KafkaNetwork } from "./kafka-session.ts";
import { topicsBy, type TopicNaming } from "./kafka-topics.ts";
import { createLaneSink, type FailedStep } from "./lane-sink.ts";
import { sinkRetryPolicy, type SinkRetryPolicy } from "./retry-policy.ts";
import type { ConfirmedBatch } from "./send-lane.ts";
import { settle, type Settled, type SinkClock, type StepLimits } from "./settled-steps.ts";
import { SinkConnection } from "./sink-connection.ts";
import { failureOf } from "./thrown-failure.ts";

export interface KafkaSinkOptions extends SinkClock {
  readonly connection: KafkaConnection;
  /** Default: the one hub that the connection string is for, else `record-type`. */
  readonly topic?: TopicNaming;
  /** Certificate authorities of one's own. */
  readonly tls?: KafkaNetwork["tls"];
  readonly retry?: SinkRetryPolicy;
  /** Bound of one try at connecting or sending. Default 30 s; Event Hubs asks for 20 s at least. */
  readonly sendTimeoutMs?: number;
  /** Bound of `close()`. Default 5 s. */
  readonly closeTimeoutMs?: number;
  /** Of one request. Default: what Event Hubs takes before it ends the connection; brokers take as much unless told otherwise. */
  readonly maxRequestBytes?: number;
  /** Partitions sent to at the same time; each holds one batch. Default 16. */
  readonly partitionsAtOnce?: number;
  /** Called for every confirmed batch; its lane is topic and partition. */
  readonly onBatch?: (batch: ConfirmedBatch) => void;
}

/** A request must stay below 1,046,528 bytes. */
const mostRequestBytes = 1_046_527;

/**
 * Throws `SETTINGS_INVALID` for an unusable connection or topic. A partition of a topic is a lane (`lane-sink.ts`), and a
 * device has one partition in each topic: its events keep their order there. Topics are never created.
 */
export function createKafkaSink(options: KafkaSinkOptions): Sink {
  const address = readKafkaAddress(options.connection);
  const { onlyTopic } = address;
  const naming = options.topic ?? (onlyTopic === undefined ? "record-type" : { fixed: onlyTopic });
  const { retry: policy = sinkRetryPolicy, sendTimeoutMs: timeoutMs = 30_000, tls } = options;
  const maxBytes = options.maxRequestBytes ?? mostRequestBytes;
  const closeTimeoutMs = options.closeTimeoutMs ?? 5_000;
  const topicOf = topicsBy(naming, address.setting, onlyTopic);
  const place =
    naming === "record-type" ? `Kafka on ${address.host}` : `Kafka topic ${naming.fixed} on ${address.host}`;
  const network = { timeoutMs, ...(tls && { tls }) };
  const { onBatch } = options;

  const lanes = createLaneSink<KafkaClient>({
    place,
    connection: new SinkConnection(() => createKafkaClient(address, network, options), closeTimeoutMs),
    limits: { policy, timeoutMs, readFailure: failureOf },
    clock: options,
    lanesAtOnce: options.partitionsAtOnce ?? 16,
    holdsBack: naming !== "record-type",
    spreading: "asking for the partitions of a topic",
    spread: (client, limits, events) => lanesOf(client, limits, events),
    open: async (client, lane, signal) => {
      await client.quiet(signal);
      return openKafkaBatch(client, readLane(lane), maxBytes);
    },
    check: async (client, limits): Promise<FailedStep | undefined> => {
      const ask = () => (naming === "record-type" ? client.ask() : client.partitionsOf(naming.fixed));
      const asked = await settle<unknown>("link", ask, limits, options);
      return asked.ok ? undefined : { failure: asked.failure, doing: `asking for ${place}` };
    },
    explain: ({ failure, doing }) => kafkaError(failure, address, doing),
    sendingOn: (lane) => `sending to ${lane}`,
    ...(onBatch && { onBatch }),
  });

  /** One question per topic that this connection does not know yet. */
  async function lanesOf(
    client: KafkaClient,
    limits: StepLimits,
    events: readonly OutgoingEvent[],
  ): Promise<Settled<(event: OutgoingEvent) => string>> {
    const laneOf = new Map<OutgoingEvent, string>();
    for (const [topic, own] of Map.groupBy(events, topicNameOf)) {
      const count = await settle("link", () => client.partitionsOf(topic), limits, options);
      if (!count.ok) return count;
      for (const event of own) {
        laneOf.set(event, `${topic}/${client.partitionFor(Buffer.from(event.orderKey), count.value)}`);
      }
    }
    return { ok: true, value: (event) => laneOf.get(event) ?? "" };
  }

  /** Of events that were not refused for their topic. */
  function topicNameOf(event: OutgoingEvent): string {
    const found = topicOf(event);
    return "topic" in found ? found.topic : "";
  }

  return {
    name: place,
    settleMs: timeoutMs + closeTimeoutMs + serviceMarginMs,
    afterCrash,
    check: lanes.check,
    close: lanes.close,
    async send(events, ...limits) {
      const refused: Refusal[] = [];
      const fitting = events.filter((event) => {
        const found = topicOf(event);
        if ("reason" in found) refused.push({ event, reason: found.reason });
        return "topic" in found;
      });
      const report = await lanes.send(fitting, ...limits);
      return { ...report, refused: [...refused, ...report.refused] };
    },
  };
}

/** What the lanes are called: topic and partition. No topic holds a slash. */
function readLane(lane: string): { readonly topic: string; readonly partition: number } {
  const at = lane.lastIndexOf("/");
  return { topic: lane.slice(0, at), partition: Number(lane.slice(at + 1)) };
}

const afterCrash: AfterCrash = {
  meaning:
    "what had arrived in Kafka cannot be read back by this sink; what is sent again may be a repeat, with the same event id " +
    "in the header message-id",
  fix:
    "Let consumers drop repeats by the header message-id. For a hub of Event Hubs, a sink of the kind event-hub reads back " +
    "and repeats nothing.",
};
