// Turns a failure on the way to Service Bus into what the operator reads.
import type { BridgeError } from "../errors.ts";
import { explained, type Explanation } from "./explained.ts";
import type { SendFailure, SendFailureKind } from "./send-failure.ts";
import type { ServiceBusAddress } from "./service-bus-address.ts";

/** @param doing what was under way, in words that follow "while". */
export function serviceBusError(failure: SendFailure, address: ServiceBusAddress, doing: string): BridgeError {
  const place = `Service Bus queue or topic ${address.entity} on ${address.host}`;
  return explained(failure, place, doing, explanations[failure.kind](address));
}

const refused: Explanation = {
  code: "SINK_REFUSED",
  what: "the service refused",
  fix:
    "Check in the Azure portal that the queue or topic is enabled for sending and not full. A queue that requires " +
    "sessions takes events only with one session per device switched on for this sink; one without sessions takes both.",
};

const explanations: Readonly<Record<SendFailureKind, (address: ServiceBusAddress) => Explanation>> = {
  busy: () => ({
    code: "SINK_THROTTLED",
    what: "still throttled after waiting",
    fix:
      "The next run goes on from here. If it happens often, find out who else uses the namespace, or move it to the " +
      "Premium tier with enough messaging units.",
  }),
  unauthorized: ({ setting, entity, withIdentity }) => ({
    code: "SINK_UNAUTHORIZED",
    what: "access refused",
    fix: withIdentity
      ? `Give the app's identity the role Azure Service Bus Data Sender on ${entity}. New roles take some minutes.`
      : `Copy the connection string of a policy with the Send right again into ${setting}; its key may have been rotated.`,
  }),
  "no-token": () => ({
    code: "SINK_UNAUTHORIZED",
    what: "no token for the app's identity",
    fix: "Switch on the managed identity of the function app. For a user-assigned one set AZURE_CLIENT_ID to its client id.",
  }),
  "not-found": ({ setting, entity }) => ({
    code: "SINK_NOT_FOUND",
    what: "no such queue or topic",
    fix:
      `Create the queue or topic ${entity} in this namespace, with duplicate detection, or correct its name in ` +
      `${setting} or in the sink.`,
  }),
  unreachable: ({ setting }) => ({
    code: "SINK_UNREACHABLE",
    what: "no connection",
    fix:
      `Check the namespace name in ${setting}. Over WebSockets outbound port 443 must be open (and HTTPS_PROXY right, if ` +
      "there is one), over AMQP port 5671; the namespace's own firewall must let this app in.",
  }),
  unavailable: () => ({
    code: "SINK_UNREACHABLE",
    what: "the service could not be used",
    fix: "The next run tries again. If it stays, look at the namespace's health in the Azure portal.",
  }),
  uncertain: () => ({
    code: "SINK_UNCERTAIN",
    what: "no clear answer, the batch may or may not have arrived,",
    fix:
      "Nothing was sent again in this run. The next run sends it again with the same message ids: duplicate detection " +
      "drops the repeats, where it is on and its window is longer than the time between two runs; else consumers must.",
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
