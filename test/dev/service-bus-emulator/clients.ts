// The unchanged SDK as the judge of the emulator: clients that are closed with their test.
import { randomUUID } from "node:crypto";
import { ServiceBusClient, type ServiceBusMessage, type ServiceBusReceivedMessage } from "@azure/service-bus";
import { onTestFinished } from "vitest";
import {
  startServiceBusEmulator,
  type ServiceBusEmulator,
  type ServiceBusEmulatorOptions,
} from "../../../dev/service-bus-emulator/index.ts";

/** An emulator with a queue named `queue`, unless told otherwise. */
export async function emulatorFor(options: ServiceBusEmulatorOptions = {}): Promise<ServiceBusEmulator> {
  const emulator = await startServiceBusEmulator({ queues: [{ name: "queue" }], ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

/** One attempt, so that a failure arrives as itself. */
export function clientFor(
  emulator: ServiceBusEmulator,
  options: { key?: string; timeoutMs?: number } = {},
): ServiceBusClient {
  const client = new ServiceBusClient(emulator.connectionString(undefined, options.key), {
    retryOptions: { maxRetries: 0, timeoutInMs: options.timeoutMs ?? 5_000 },
  });
  onTestFinished(() => client.close());
  return client;
}

/** With an id, as the SDK's receiver cannot settle a message without one. */
export function messageOf(text: string, more: Partial<ServiceBusMessage> = {}): ServiceBusMessage {
  return { body: Buffer.from(text), messageId: randomUUID(), ...more };
}

export function textsOf(messages: readonly Pick<ServiceBusReceivedMessage, "body">[]): string[] {
  return messages.map(({ body }) => String(body));
}

/** The SDK's code in a rejection. */
export async function codeOf(failing: Promise<unknown>): Promise<string> {
  try {
    await failing;
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
    throw error;
  }
  throw new Error("expected a rejection");
}
