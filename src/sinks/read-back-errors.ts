// What the operator reads when reading back can never tell what had arrived.
import { BridgeError, type ErrorCode } from "../errors.ts";
import type { SendFailure } from "./send-failure.ts";
import type { HubAddress } from "./event-hubs-address.ts";
import type { ReadGap } from "./read-plan.ts";

/** One error per code, naming all its partitions. `place` begins the message: "Event hub records on example.net". */
export function gapErrors(gaps: readonly ReadGap[], place: string): readonly BridgeError[] {
  const expired = gaps.filter((gap) => gap.kind === "expired");
  const otherHub = gaps.filter((gap) => gap.kind !== "expired");
  const errors: BridgeError[] = [];
  if (otherHub.length > 0) errors.push(otherHubError(place, otherHub.map(describeGap).join("; ")));
  if (expired.length > 0) errors.push(expiredError(place, expired));
  return errors;
}

function describeGap(gap: Exclude<ReadGap, { readonly kind: "expired" }>): string {
  if (gap.kind === "other-hub") return "it was created anew";
  return gap.kind === "vanished"
    ? `partition ${gap.partitionId} is gone`
    : `partition ${gap.partitionId} ends before what it held already`;
}

export function otherHubError(place: string, what: string, cause?: unknown): BridgeError {
  return new BridgeError(
    "READ_BACK_OTHER_HUB",
    `${place} is not the one that was sent to before (${what}): what had arrived there since the last checkpoint ` +
      "cannot be known, and may be sent again with the same message ids.",
    {
      fix:
        "Nothing, if the hub was created anew on purpose. Records from before are not sent again by themselves: where " +
        "the new hub must hold them too, run a backfill.",
      cause,
    },
  );
}

function expiredError(place: string, gaps: readonly { readonly partitionId: string; readonly events: number }[]) {
  const events = gaps.reduce((sum, gap) => sum + gap.events, 0);
  const ids = gaps.map(({ partitionId }) => partitionId).join(", ");
  return new BridgeError(
    "READ_BACK_EXPIRED",
    `${place} no longer has ${events} events (partitions ${ids}) that came since the last checkpoint: whether they were ` +
      "of this bridge cannot be known, and records may be sent again with the same message ids.",
    { fix: "Give the hub a retention that is longer than the longest time the bridge may stand still." },
  );
}

/** Reading was refused for good. `undefined` for a failure that may pass. */
export function refusal(
  failure: SendFailure,
  address: HubAddress,
  consumerGroup: string,
): { readonly code: ErrorCode; error(partitionIds: readonly string[]): BridgeError } | undefined {
  const place = `Event hub ${address.hub} on ${address.host}`;
  const { cause } = failure;
  const unknown = "what had arrived since the last checkpoint cannot be known, and may be sent again with the same ids";
  // The service's answer to a position or a partition that is not there.
  if (failure.code === "ArgumentError" || failure.code === "ArgumentOutOfRangeError") {
    return {
      code: "READ_BACK_OTHER_HUB",
      error: (ids) => otherHubError(place, `${partitions(ids)}: ${failure.code}`, cause),
    };
  }
  if (failure.kind === "unauthorized") {
    return { code: "READ_BACK_DENIED", error: () => deniedError(failure, address) };
  }
  const refuse = (what: string, fix: string) => ({
    code: "READ_BACK_REFUSED" as const,
    error: (ids: readonly string[]) =>
      new BridgeError("READ_BACK_REFUSED", `${place}: ${what} (${partitions(ids)}, ${failure.code}): ${unknown}.`, {
        fix,
        cause,
      }),
  });
  if (failure.kind === "not-found") {
    return refuse(
      `there is no consumer group ${consumerGroup}`,
      `Create the consumer group ${consumerGroup} on the hub, or correct EVENT_HUB_CONSUMER_GROUP.`,
    );
  }
  if (failure.kind === "taken" || failure.kind === "refused") {
    return refuse(
      `other readers leave no place in consumer group ${consumerGroup}`,
      "Create a consumer group for the bridge alone and name it in EVENT_HUB_CONSUMER_GROUP.",
    );
  }
  return undefined;
}

/** No right to listen: said by a reader's link, and where the service does not even say where the partitions end. */
export function deniedError(failure: SendFailure, { hub, host, setting, withIdentity }: HubAddress): BridgeError {
  return new BridgeError(
    "READ_BACK_DENIED",
    `Event hub ${hub} on ${host}: no right to read back what had arrived since the last checkpoint (${failure.code}); ` +
      "it may be sent again with the same message ids.",
    {
      fix: withIdentity
        ? `Give the app's identity also the role Azure Event Hubs Data Receiver on the hub ${hub}.`
        : `Give the policy in ${setting} the Listen right besides Send.`,
      cause: failure.cause,
    },
  );
}

function partitions(ids: readonly string[]): string {
  return `partition${ids.length === 1 ? "" : "s"} ${ids.join(", ")}`;
}
