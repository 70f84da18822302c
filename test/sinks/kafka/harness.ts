// Sinks on a real broker behind the relay: without waiting.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EventProperties } from "../../../src/pipeline/records.ts";
import type { Sink } from "../../../src/pipeline/ports.ts";
import { createKafkaSink, type KafkaSinkOptions } from "../../../src/sinks/kafka.ts";
import type { ReceivedEvent, SinkHarness } from "../../contracts/sink.ts";
import { fakeClock, nobody } from "../hub-harness.ts";
import { startKafkaBroker, type KafkaBroker, type KafkaRecord } from "./broker.ts";
import { startKafkaRelay, type KafkaRelay, type KafkaRelayOptions } from "./relay.ts";

export const setting = "KAFKA_CONNECTION";
export const fixedTopic = "records";
export const missingTopic = "missing";

/** Of the events in the contract. */
export const recordType = "io.microshare.lake.snapshot.hourly";

export type Wrong = "credentials" | "hub" | "host" | undefined;

/** All but the clock. */
export type KafkaOptions = Omit<KafkaSinkOptions, "now" | "wait" | "random">;

export interface KafkaUnderTest {
  readonly broker: KafkaBroker;
  readonly relay: KafkaRelay;
}

export async function kafkaUnderTest(options: KafkaRelayOptions = {}): Promise<KafkaUnderTest> {
  const broker = await startKafkaBroker();
  const relay = await startKafkaRelay(broker, { missingTopics: [missingTopic], ...options });
  return { broker, relay };
}

export async function kafkaHarness(
  topic: string,
  relayOptions: KafkaRelayOptions,
  makeOptions: (relay: KafkaRelay, wrong: Wrong) => Pick<KafkaOptions, "connection" | "topic" | "tls">,
): Promise<SinkHarness> {
  const { broker, relay } = await kafkaUnderTest(relayOptions);
  const clock = fakeClock();
  const sinks: Sink[] = [];
  const make = (wrong?: Wrong): Sink => {
    const sink = createKafkaSink({
      ...makeOptions(relay, wrong),
      ...clock,
      maxRequestBytes: 6_000,
      sendTimeoutMs: 5_000,
      closeTimeoutMs: 1_000,
    });
    sinks.push(sink);
    return sink;
  };
  return {
    sink: make(),
    received: () => receivedIn(broker, topic),
    arrivingProperties: asText,
    tooLargeBytes: 6_000,
    get onWait() {
      return clock.onWait;
    },
    set onWait(onWait) {
      clock.onWait = onWait;
    },
    throttle: (times) => relay.faults.add({ kind: "throttle", ms: 20 }, { times }),
    refuseBatch: (after) => relay.faults.add({ kind: "answer", code: 44, stored: false }, { after }),
    loseOutcome: (after) => relay.faults.add({ kind: "answer", code: 7, stored: true }, { after }),
    async idle() {
      relay.closeConnections();
      while (relay.connections > 0) await nextTurn();
      for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    },
    withWrongCredentials: () => make("credentials"),
    withMissingHub: () => make("hub"),
    withUnknownHost: () => make("host"),
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()));
      await relay.close();
      await broker.close();
    },
  };
}

/** Brokers of one's own, right or wrong in one place. */
export function ownBrokers(relay: KafkaRelay, wrong?: Wrong): KafkaOptions["connection"] {
  const brokers = [wrong === "host" ? nobody : relay.address];
  const password = wrong === "credentials" ? "wrong" : "right";
  return { brokers, tls: false, login: { mechanism: "PLAIN", username: "bridge", password }, setting };
}

/** Partitions by the smallest event id in them: the order in which the sink met them. */
export function receivedIn(broker: KafkaBroker, topic: string): readonly ReceivedEvent[] {
  const partitions = [...Map.groupBy(broker.read(topic), ({ partition }) => partition).values()];
  const events = partitions.map((records) =>
    records.toSorted((one, other) => one.offset - other.offset).map(receivedEvent),
  );
  const smallest = (of: readonly ReceivedEvent[]): string => of.map(({ eventId }) => eventId).toSorted()[0] ?? "";
  return events.toSorted((one, other) => (smallest(one) < smallest(other) ? -1 : 1)).flat();
}

function receivedEvent({ payload, headers }: KafkaRecord): ReceivedEvent {
  const { "message-id": eventId = "", "content-type": contentType, ...properties } = headers;
  return { eventId, body: Buffer.from(payload), contentType, properties };
}

/** Headers are text. */
export function asText(properties: EventProperties): object {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]));
}
