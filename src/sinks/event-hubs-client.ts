// Builds the SDK's producer. The SDK is loaded here, on first use: it costs start-up time a run without news need not pay.
import type { EventHubProducerClient, EventHubClientOptions } from "@azure/event-hubs";
import type { Dispatcher } from "undici";
import { amqpWebSocketClass } from "./amqp-web-socket.ts";
import type { HubAddress, HubConnectionOptions } from "./event-hubs-address.ts";

/** `websocket` needs outbound port 443 only, `amqp` port 5671. The SDK picks `tcp` by the connection string alone. */
export type HubTransport = "websocket" | "amqp" | "tcp";

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
  const sdk = await import("@azure/event-hubs");
  const options: EventHubClientOptions = { retryOptions: { maxRetries: 0, timeoutInMs: network.timeoutMs } };
  if (network.transport === "websocket" && !address.plainTcp) {
    options.webSocketOptions = { webSocket: amqpWebSocketClass(await import("undici"), network.dispatcher) };
  }
  return "namespace" in connection
    ? new sdk.EventHubProducerClient(connection.namespace, connection.hub, connection.credential, options)
    : new sdk.EventHubProducerClient(connection.connectionString, address.hub, options);
}
