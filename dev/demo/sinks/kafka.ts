// A real Kafka broker in memory, behind a relay that can refuse: read back with kcat.
import { startKafkaBroker } from "../../../test/sinks/kafka/broker.ts";
import { startKafkaRelay } from "../../../test/sinks/kafka/relay.ts";
import { parsed, type DemoSink } from "./sink.ts";

const TOPIC = "records";
/** TOPIC_AUTHORIZATION_FAILED of the protocol. */
const NOT_ALLOWED = 29;

export async function kafkaSink(): Promise<DemoSink> {
  const broker = await startKafkaBroker();
  const relay = await startKafkaRelay(broker);
  return {
    name: "kafka",
    entry: { brokers: [relay.address], security: "plaintext", topic: TOPIC },
    environment: {},
    goDown() {
      relay.faults.add({ kind: "answer", code: NOT_ALLOWED, stored: false }, { times: Number.POSITIVE_INFINITY });
      return () => relay.faults.clear();
    },
    read: async () =>
      broker.read(TOPIC).map(({ payload, headers }) => ({
        body: parsed(Buffer.from(payload)),
        messageId: headers["message-id"],
        properties: headers,
      })),
    async close() {
      await relay.close();
      await broker.close();
    },
  };
}
