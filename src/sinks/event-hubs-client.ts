// Builds the SDK's clients. The SDK is loaded here, on first use: it costs start-up time a run without news need not pay.
import type { EventHubConsumerClient, EventHubProducerClient } from "@azure/event-hubs";
import { amqpClientOptions, type AmqpNetwork } from "./amqp-network.ts";
import type { HubAddress, HubConnectionOptions } from "./event-hubs-address.ts";

/** The part of the SDK's producer that the sink uses. */
export type HubClient = Pick<
  EventHubProducerClient,
  "createBatch" | "sendBatch" | "getEventHubProperties" | "getPartitionProperties" | "close"
>;

/** Opens nothing yet. */
export async function createProducerClient(
  connection: HubConnectionOptions,
  address: HubAddress,
  network: AmqpNetwork,
): Promise<EventHubProducerClient> {
  const { EventHubProducerClient: Producer } = await import("@azure/event-hubs");
  const options = await amqpClientOptions(address.plainTcp, network);
  return "namespace" in connection
    ? new Producer(connection.namespace, connection.hub, connection.credential, options)
    : new Producer(connection.connectionString, address.hub, options);
}

/** Opens nothing yet, and has no store for checkpoints: with one the SDK would claim partitions for itself alone. */
export async function createConsumerClient(
  connection: HubConnectionOptions,
  address: HubAddress,
  network: AmqpNetwork,
  consumerGroup: string,
): Promise<EventHubConsumerClient> {
  const { EventHubConsumerClient: Consumer } = await import("@azure/event-hubs");
  const options = await amqpClientOptions(address.plainTcp, network);
  return "namespace" in connection
    ? new Consumer(consumerGroup, connection.namespace, connection.hub, connection.credential, options)
    : new Consumer(consumerGroup, connection.connectionString, address.hub, options);
}
