// Builds the SDK's client. Nobody without a Service Bus sink pays for it: the whole sink is loaded on first use.
import { ServiceBusClient, type ServiceBusSender } from "@azure/service-bus";
import { amqpClientOptions, type AmqpNetwork } from "./amqp-network.ts";
import type { ServiceBusAddress, ServiceBusConnection } from "./service-bus-address.ts";

/** The part of the SDK's sender that the sink uses. */
export type EntitySender = Pick<ServiceBusSender, "createMessageBatch" | "sendMessages">;

export interface EntityClient {
  readonly sender: EntitySender;
  /**
   * Takes another connection from now on, unless that has happened since `failed` was the sender: an SDK client whose link
   * hangs while it opens keeps everyone waiting behind it. What is on its way over the old one is left alone until `close`.
   */
  replace(failed: EntitySender): void;
  close(): Promise<void>;
}

/** Opens nothing yet. */
export async function createEntityClient(
  connection: ServiceBusConnection,
  address: ServiceBusAddress,
  network: AmqpNetwork,
): Promise<EntityClient> {
  const options = await amqpClientOptions(address.plainTcp, network);
  const clients: ServiceBusClient[] = [];
  const connect = (): EntitySender => {
    const client =
      "namespace" in connection
        ? new ServiceBusClient(connection.namespace, connection.credential, options)
        : new ServiceBusClient(connection.connectionString, options);
    clients.push(client);
    return client.createSender(address.entity);
  };
  let sender = connect();
  return {
    get sender() {
      return sender;
    },
    replace(failed) {
      if (failed === sender) sender = connect();
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
