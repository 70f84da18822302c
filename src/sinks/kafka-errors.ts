// Turns a failure on the way to Kafka into what the operator reads.
import type { BridgeError } from "../errors.ts";
import { explained, type Explanation } from "./explained.ts";
import type { KafkaAddress } from "./kafka-address.ts";
import type { SendFailure, SendFailureKind } from "./send-failure.ts";

/** @param doing what was under way, in words that follow "while". */
export function kafkaError(failure: SendFailure, address: KafkaAddress, doing: string): BridgeError {
  return explained(failure, `Kafka on ${address.host}`, doing, explanations[failure.kind](address));
}

const refused: Explanation = {
  code: "SINK_REFUSED",
  what: "the broker refused",
  fix:
    "Look up the code in the list of Kafka's error codes. An Event Hubs namespace of the Basic tier has no Kafka endpoint; a " +
    "topic may have rules for what it takes.",
};

const explanations: Readonly<Record<SendFailureKind, (address: KafkaAddress) => Explanation>> = {
  busy: () => ({
    code: "SINK_THROTTLED",
    what: "still throttled after waiting",
    fix: "The next run goes on from here. If it happens often, raise the quota of the client, or the throughput of the namespace.",
  }),
  unauthorized: ({ setting, kind }) => ({
    code: "SINK_UNAUTHORIZED",
    what: "access refused",
    fix: accessFix(setting)[kind],
  }),
  "no-token": () => ({
    code: "SINK_UNAUTHORIZED",
    what: "no token for the app's identity",
    fix: "Switch on the managed identity of the function app. For a user-assigned one set AZURE_CLIENT_ID to its client id.",
  }),
  "not-found": ({ kind }) => ({
    code: "SINK_NOT_FOUND",
    what: "no such topic",
    fix:
      kind === "brokers"
        ? "Create the topic, or correct its name in the sink: the bridge never creates one."
        : "Create an event hub of that name in the namespace, or correct the name in the sink: the bridge never creates one.",
  }),
  unreachable: ({ setting, host }) => ({
    code: "SINK_UNREACHABLE",
    what: "no connection",
    fix:
      `Check the names in ${setting}, and that outbound connections to the port of ${host}, and to every broker that the ` +
      "cluster names, are open. Kafka does not go through HTTPS_PROXY.",
  }),
  unavailable: () => ({
    code: "SINK_UNREACHABLE",
    what: "the broker could not take the batch",
    fix: "The next run tries again. If it stays, look at the health of the cluster, its leaders and in-sync replicas.",
  }),
  uncertain: () => ({
    code: "SINK_UNCERTAIN",
    what: "no clear answer, the batch may or may not have arrived,",
    fix:
      "Nothing was sent again in this run. The next run sends it again with the same event ids: consumers must drop repeats " +
      "by the header message-id. If it happens often, check the network path to the brokers.",
  }),
  cancelled: () => ({
    code: "OUT_OF_TIME",
    what: "the run's time was up",
    fix: "The next run goes on from here. If every run ends so, raise functionTimeout.",
  }),
  "too-large": () => refused,
  "bad-event": () => refused,
  refused: () => refused,
  full: () => refused,
  taken: () => refused,
};

function accessFix(setting: string): Readonly<Record<KafkaAddress["kind"], string>> {
  return {
    brokers: `Check user name and password of ${setting}, and that this user may write to the topic (Write and Describe).`,
    "event-hubs-key":
      `Copy the connection string of a policy with the Send right again into ${setting}; its key may have been rotated, or ` +
      "keys may be switched off for the namespace.",
    "event-hubs-identity":
      "Give the app's identity the role Azure Event Hubs Data Sender on the namespace. New roles take some minutes.",
  };
}
