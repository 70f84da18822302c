// Follows what arrives in a hub, beside all its other readers and without taking anything from them.
import type { ReceivedEventData, SubscriptionEventHandlers } from "@azure/event-hubs";
import { BridgeError } from "../errors.ts";
import { readAmqpFailure } from "./amqp-errors.ts";
import type { AmqpNetwork } from "./amqp-network.ts";
import { readHubAddress, type HubAddress, type HubConnectionOptions } from "./event-hubs-address.ts";
import { createConsumerClient } from "./event-hubs-client.ts";
import { eventHubsError } from "./event-hubs-errors.ts";
import type { SendFailure } from "./send-failure.ts";
import { endWithin } from "./sink-connection.ts";

export interface TailRequest {
  readonly connection: HubConnectionOptions;
  readonly network: AmqpNetwork;
  readonly consumerGroup: string;
  /** Milliseconds since 1970. Absent: what arrives from now on. */
  readonly since?: number;
  readonly signal: AbortSignal;
  /** Told once the readers stand where they begin. */
  readonly onReady?: () => void;
  readonly onEvents: (partitionId: string, events: readonly ReceivedEventData[]) => void;
}

const closeTimeoutMs = 5_000;

/**
 * Resolves once the signal aborts. One reader a partition, none with an owner level: such a reader is never given
 * preference over another. Throws a `BridgeError` when the hub cannot be read.
 */
export async function tailHub(request: TailRequest): Promise<void> {
  const { connection, network, consumerGroup, since, signal } = request;
  const address = readHubAddress(connection);
  const client = await createConsumerClient(connection, address, network, consumerGroup);
  const ended = Promise.withResolvers<void>();
  const stop = (): void => ended.resolve();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const handlers: SubscriptionEventHandlers = {
    async processEvents(events, { partitionId }) {
      if (!signal.aborted && events.length > 0) request.onEvents(partitionId, events);
    },
    async processError(error) {
      ended.reject(error);
    },
  };
  try {
    // Where the hub ends is noted before it is said that all is ready: nothing that arrives then is missed.
    for (const id of await client.getPartitionIds({ abortSignal: signal })) {
      const { isEmpty, lastEnqueuedSequenceNumber } = await client.getPartitionProperties(id, { abortSignal: signal });
      const behindLast = isEmpty ? { offset: "-1" } : { sequenceNumber: lastEnqueuedSequenceNumber };
      client.subscribe(id, handlers, {
        startPosition: since === undefined ? behindLast : { enqueuedOn: since },
        skipParsingBodyAsJson: true,
        maxBatchSize: 100,
        maxWaitTimeInSeconds: 1,
      });
    }
    request.onReady?.();
    await ended.promise;
  } catch (error) {
    if (signal.aborted) return;
    throw explained(error, address, consumerGroup);
  } finally {
    signal.removeEventListener("abort", stop);
    await endWithin(client.close(), closeTimeoutMs);
  }
}

function explained(error: unknown, address: HubAddress, consumerGroup: string): unknown {
  const failure = readAmqpFailure(error, "link");
  if (failure === undefined) return error;
  return readerError(failure, address, consumerGroup) ?? eventHubsError(failure, address, "reading it");
}

/** What is told in other words than where a sink could not send. */
function readerError(
  { kind, code, cause }: SendFailure,
  { hub, host, setting, withIdentity }: HubAddress,
  consumerGroup: string,
): BridgeError | undefined {
  const place = `Event hub ${hub} on ${host}`;
  if (kind === "unauthorized") {
    return new BridgeError("SINK_UNAUTHORIZED", `${place}: no right to read it (${code})`, {
      fix: withIdentity
        ? `Give your account the role Azure Event Hubs Data Receiver on the hub ${hub}.`
        : `Give the policy in ${setting} the Listen right besides Send.`,
      cause,
    });
  }
  if (kind === "not-found") {
    return new BridgeError("SINK_NOT_FOUND", `${place}: there is no such hub, or no consumer group ${consumerGroup}`, {
      fix: "Name a hub and a consumer group that exist (--hub, --consumer-group).",
      cause,
    });
  }
  if (kind === "taken" || kind === "refused") {
    return new BridgeError(
      "SINK_REFUSED",
      `${place}: other readers leave no place in consumer group ${consumerGroup} (${code})`,
      {
        fix: "Name another consumer group with --consumer-group.",
        cause,
      },
    );
  }
  return undefined;
}
