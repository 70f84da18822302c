// Turns a failure on the way to an IoT hub into what the operator reads.
import type { BridgeError } from "../errors.ts";
import { explained, type Explanation } from "./explained.ts";
import type { SendFailure, SendFailureKind } from "./send-failure.ts";

export interface IotPlace {
  readonly host: string;
  /** The app setting or settings with the connection strings. */
  readonly setting: string;
  /** Whether devices are created in the registry. */
  readonly creates: boolean;
}

/** @param doing what was under way, in words that follow "while". */
export function iotHubError(failure: SendFailure, place: IotPlace, doing: string): BridgeError {
  return explained(failure, `IoT hub ${place.host}`, doing, explanations[failure.kind](place));
}

const refused: Explanation = {
  code: "SINK_REFUSED",
  what: "the hub refused",
  fix: "Check in the Azure portal that the device is enabled and has symmetric keys, and that the hub itself is active.",
};

const explanations: Readonly<Record<SendFailureKind, (place: IotPlace) => Explanation>> = {
  busy: () => ({
    code: "SINK_THROTTLED",
    what: "still throttled after waiting",
    fix: "The next run goes on from here. If it happens often, give the hub more units or a higher tier.",
  }),
  full: () => ({
    code: "SINK_THROTTLED",
    what: "the hub's daily quota of messages is used up",
    fix:
      "Nothing is lost: the runs after midnight UTC go on from here. Records larger than 4 KB count several times; if " +
      "it happens often, give the hub more units or a higher tier.",
  }),
  unauthorized: ({ setting, creates }) => ({
    code: "SINK_UNAUTHORIZED",
    what: "access refused",
    fix: creates
      ? `Copy the connection string of the policy registryReadWrite again into ${setting}; its key may have been ` +
        "rotated, or a device of the bridge may be disabled."
      : `Copy the primary connection string of the device again into ${setting}, and see that the device is enabled.`,
  }),
  "no-token": () => refused,
  "not-found": ({ setting, creates }) => ({
    code: "SINK_NOT_FOUND",
    what: "no such device",
    fix: creates
      ? "The next run creates the device again. If it stays, somebody deletes it: look at the hub's activity log."
      : `Create and enable the device in the IoT hub, and put its connection string into ${setting}.`,
  }),
  unreachable: ({ setting }) => ({
    code: "SINK_UNREACHABLE",
    what: "no connection",
    fix:
      `Check the HostName in ${setting}. Outbound port 443 must be open (and HTTPS_PROXY right, if there is one); the ` +
      "hub's own IP filter must let this app in.",
  }),
  unavailable: () => ({
    code: "SINK_UNREACHABLE",
    what: "the hub could not be used",
    fix: "The next run tries again. If it stays, look at the hub's health in the Azure portal.",
  }),
  uncertain: () => ({
    code: "SINK_UNCERTAIN",
    what: "no clear answer, the batch may or may not have arrived,",
    fix:
      "Nothing was sent again in this run. The next run sends it again with the same message ids, by which consumers can " +
      "drop repeats. If it happens often, check the network path to the hub.",
  }),
  cancelled: () => ({
    code: "OUT_OF_TIME",
    what: "the run's time was up",
    fix: "The next run goes on from here. If every run ends so, raise functionTimeout or use fewer devices.",
  }),
  "too-large": () => refused,
  "bad-event": () => refused,
  refused: () => refused,
  taken: () => refused,
};
