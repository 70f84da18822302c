import { describeSinkContract } from "../../contracts/sink.ts";
import { nobody } from "../hub-harness.ts";
import { fixedTopic, kafkaHarness, missingTopic, ownBrokers, recordType, setting, type Wrong } from "./harness.ts";
import type { KafkaRelay } from "./relay.ts";

const topicFor = (wrong: Wrong) => ({ fixed: wrong === "hub" ? missingTopic : fixedTopic });

describeSinkContract("the Kafka sink with one topic for all", () => {
  const login = { mechanism: "PLAIN", accept: (sent: string) => sent === "bridge\0right" } as const;
  return kafkaHarness(fixedTopic, { login }, (relay, wrong) => ({
    connection: ownBrokers(relay, wrong),
    topic: topicFor(wrong),
  }));
});

describeSinkContract("the Kafka sink with a topic per record type and a connection string", () => {
  const login = { mechanism: "PLAIN", accept: (sent: string) => /^\$ConnectionString\0.*=right;/u.test(sent) } as const;
  return kafkaHarness(recordType, { login }, (relay, wrong) => ({
    connection: { connectionString: connectionStringOf(relay, wrong), setting },
    // Only a topic that is named beforehand can be missing when it is checked.
    topic: wrong === "hub" ? topicFor(wrong) : "record-type",
  }));
});

describeSinkContract("the Kafka sink over TLS with an identity", () => {
  const login = { mechanism: "OAUTHBEARER", accept: (token: string) => token === "right" } as const;
  return kafkaHarness(fixedTopic, { login, tls: true }, (relay, wrong) => ({
    connection: withIdentity(relay, wrong),
    topic: topicFor(wrong),
    tls: { ca: relay.caCertPem },
  }));
});

function connectionStringOf(relay: KafkaRelay, wrong: Wrong): string {
  const host = wrong === "host" ? nobody : relay.address;
  const key = wrong === "credentials" ? "wrong" : "right";
  return `Endpoint=sb://${host};SharedAccessKeyName=send;SharedAccessKey=${key};UseDevelopmentEmulator=true;`;
}

function withIdentity(relay: KafkaRelay, wrong: Wrong) {
  const token = wrong === "credentials" ? "wrong" : "right";
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return { namespace: wrong === "host" ? nobody : relay.address, credential, setting };
}
