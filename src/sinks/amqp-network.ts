// How the Azure AMQP SDKs reach their service: the way there, and no retries of their own.
import type { EventHubClientOptions } from "@azure/event-hubs";
import * as undici from "undici";
import type { Dispatcher } from "undici";
import { amqpWebSocketClass } from "./amqp-web-socket.ts";

/** `websocket` needs outbound port 443 only, `amqp` port 5671. The SDKs pick `tcp` by the connection string alone. */
export type AmqpTransport = "websocket" | "amqp" | "tcp";

export interface AmqpNetwork {
  readonly transport: AmqpTransport;
  /** Carries the proxy, for WebSockets only. */
  readonly dispatcher?: Dispatcher;
  /** Bound of one attempt inside the SDK. */
  readonly timeoutMs: number;
}

/** What the clients of both SDKs take. */
export type AmqpClientOptions = Pick<EventHubClientOptions, "retryOptions" | "webSocketOptions">;

/**
 * The SDKs never retry: after a time-out a retry would send a batch again that may have arrived, and their default delays
 * outlive the function.
 *
 * @param plainTcp as the connection string of an emulator asks for.
 */
export async function amqpClientOptions(plainTcp: boolean, network: AmqpNetwork): Promise<AmqpClientOptions> {
  const retryOptions = { maxRetries: 0, timeoutInMs: network.timeoutMs };
  if (network.transport !== "websocket" || plainTcp) return { retryOptions };
  const webSocket = amqpWebSocketClass(undici, network.dispatcher);
  return { retryOptions, webSocketOptions: { webSocket } };
}
