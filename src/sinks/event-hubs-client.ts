// Builds the SDK's clients. The SDK is loaded here, on first use: it costs start-up time a run without news need not pay.
import type { EventHubClientOptions, EventHubConsumerClient, EventHubProducerClient } from "@azure/event-hubs";
import type { Dispatcher } from "undici";
import { amqpWebSocketClass } from "./amqp-web-socket.ts";
import type { HubAddress, HubConnectionOptions } from "./event-hubs-address.ts";

/** `websocket` needs outbound port 443 only, `amqp` port 5671. The SDK picks `tcp` by the connection string alone. */
export type HubTransport = "websocket" | "amqp" | "tcp";

/** The part of the SDK's producer that the sink uses. */
export type HubClient = Pick<
  EventHubProducerClient,
  "createBatch" | "sendBatch" | "getEventHubProperties" | "getPartitionProperties" | "close"
>;

export interface HubNetwork {
  readonly transport: HubTransport;
  /** Carries the proxy, for WebSockets only. */
  readonly dispatcher?: Dispatcher;
  /** Bound of one attempt inside the SDK. */
  readonly timeoutMs: number;
}

/**
 * Opens nothing yet. The SDK never retries: after a time-out its retry would send a batch again that may have arrived, and
 * its default delays outlive the function.
 */
export async function createProducerClient(
  connection: HubConnectionOptions,
  address: HubAddress,
  network: HubNetwork,
): Promise<EventHubProducerClient> {
  const { EventHubProducerClient: Producer } = await import("@azure/event-hubs");
  const options = await clientOptions(address, network);
  return "namespace" in connection
    ? new Producer(connection.namespace, connection.hub, connection.credential, options)
    : new Producer(connection.connectionString, address.hub, options);
}

/** Opens nothing yet, and has no store for checkpoints: with one the SDK would claim partitions for itself alone. */
export async function createConsumerClient(
  connection: HubConnectionOptions,
  address: HubAddress,
  network: HubNetwork,
  consumerGroup: string,
): Promise<EventHubConsumerClient> {
  const { EventHubConsumerClient: Consumer } = await import("@azure/event-hubs");
  const options = await clientOptions(address, network);
  return "namespace" in connection
    ? new Consumer(consumerGroup, connection.namespace, connection.hub, connection.credential, options)
    : new Consumer(consumerGroup, connection.connectionString, address.hub, options);
}

async function clientOptions(address: HubAddress, network: HubNetwork): Promise<EventHubClientOptions> {
  const options: EventHubClientOptions = { retryOptions: { maxRetries: 0, timeoutInMs: network.timeoutMs } };
  if (network.transport === "websocket" && !address.plainTcp) {
    options.webSocketOptions = { webSocket: amqpWebSocketClass(await import("undici"), network.dispatcher) };
  }
  return options;
}

/**
 * What the service may still do with a batch once no connection carries it: the sink waits `sendTimeoutMs` for an answer,
 * then closes the connection, which takes `closeTimeoutMs` at most; from then on no byte of the batch leaves this host, and
 * what the service holds already it stores or drops. How long it takes for that it promises nowhere: ten seconds are
 * assumed, as a store that takes longer answers with a time-out of its own. Not covered: a network that delivers later
 * what it had in its hands when the connection could not be closed in time.
 */
export const serviceMarginMs = 10_000;
