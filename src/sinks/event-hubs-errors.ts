// Turns a failure on the way to Event Hubs into what the operator reads.
import type { BridgeError } from "../errors.ts";
import type { SendFailure, SendFailureKind } from "./send-failure.ts";
import type { HubAddress } from "./event-hubs-address.ts";
import { explained, type Explanation } from "./explained.ts";

/** @param doing what was under way, in words that follow "while": "opening partition 3". */
export function eventHubsError(failure: SendFailure, address: HubAddress, doing: string): BridgeError {
  return explained(failure, `Event hub ${address.hub} on ${address.host}`, doing, explanations[failure.kind](address));
}

const refused: Explanation = {
  code: "SINK_REFUSED",
  what: "the service refused",
  fix: "Check in the Azure portal that the hub is enabled for sending and that the namespace is within its quotas.",
};

const explanations: Readonly<Record<SendFailureKind, (address: HubAddress) => Explanation>> = {
  busy: () => ({
    code: "SINK_THROTTLED",
    what: "still throttled after waiting",
    fix:
      "The next run goes on from here. If it happens often, give the namespace more throughput units or auto-inflate, " +
      "or find out who else sends to it.",
  }),
  unauthorized: ({ setting, hub, withIdentity }) => ({
    code: "SINK_UNAUTHORIZED",
    what: "access refused",
    fix: withIdentity
      ? `Give the app's identity the role Azure Event Hubs Data Sender on the hub ${hub}. New roles take some minutes.`
      : `Copy the connection string of a policy with the Send right again into ${setting}; its key may have been rotated.`,
  }),
  "no-token": () => ({
    code: "SINK_UNAUTHORIZED",
    what: "no token for the app's identity",
    fix: "Switch on the managed identity of the function app. For a user-assigned one set AZURE_CLIENT_ID to its client id.",
  }),
  "not-found": ({ setting, hub, withIdentity }) => ({
    code: "SINK_NOT_FOUND",
    what: "no such event hub",
    fix: withIdentity
      ? `Create the event hub ${hub} in this namespace, or correct its name (EVENT_HUB_NAME, or "hub" in SINKS).`
      : `Create the event hub ${hub} in this namespace, or correct EntityPath in ${setting}.`,
  }),
  unreachable: ({ setting }) => ({
    code: "SINK_UNREACHABLE",
    what: "no connection",
    fix:
      `Check the namespace name in ${setting}. With EVENT_HUB_TRANSPORT=websocket outbound port 443 must be open ` +
      "(and HTTPS_PROXY right, if there is one), with amqp port 5671; the namespace's own firewall must let this app in.",
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
      "Nothing was sent again in this run, to repeat nothing and keep the order. The next run takes it up; consumers can " +
      "drop repeats by message id. If it happens often, check the network path to the namespace.",
  }),
  cancelled: () => ({
    code: "OUT_OF_TIME",
    what: "the run's time was up",
    fix: "The next run goes on from here. If every run ends so, raise functionTimeout or the hub's throughput units.",
  }),
  "too-large": () => refused,
  "bad-event": () => refused,
  refused: () => refused,
  full: () => refused,
  taken: () => refused,
};
