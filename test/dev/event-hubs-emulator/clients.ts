// The unchanged SDK as the judge of the emulator: clients that are closed with their test, and small ways to use them.
import {
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventHubConsumerClientOptions,
  type EventPosition,
  type ReceivedEventData,
  type RetryOptions,
} from "@azure/event-hubs";
import { onTestFinished } from "vitest";
import {
  startEventHubsEmulator,
  type EventHubsEmulator,
  type EventHubsEmulatorOptions,
} from "../../../dev/event-hubs-emulator/index.ts";

/** One attempt, so that a failure arrives as itself. */
export const oneAttempt: RetryOptions = { maxRetries: 0, timeoutInMs: 5000 };
/** For sends that get no answer: the SDK waits this long. */
export const impatient: RetryOptions = { maxRetries: 0, timeoutInMs: 700 };

/** An emulator with a hub named `hub` of two partitions, unless told otherwise. */
export async function emulatorFor(options: EventHubsEmulatorOptions = {}): Promise<EventHubsEmulator> {
  const emulator = await startEventHubsEmulator({ hubs: [{ name: "hub", partitionCount: 2 }], ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

export function producerFor(
  emulator: EventHubsEmulator,
  options: { hub?: string; key?: string; retryOptions?: RetryOptions } = {},
): EventHubProducerClient {
  const producer = new EventHubProducerClient(emulator.connectionString(options.hub ?? "hub", options.key), {
    retryOptions: options.retryOptions ?? oneAttempt,
  });
  onTestFinished(() => producer.close());
  return producer;
}

export function consumerFor(
  emulator: EventHubsEmulator,
  options: { hub?: string; group?: string; key?: string } & EventHubConsumerClientOptions = {},
): EventHubConsumerClient {
  const { hub = "hub", group = "$Default", key, ...rest } = options;
  const consumer = new EventHubConsumerClient(group, emulator.connectionString(hub, key), {
    retryOptions: oneAttempt,
    ...rest,
  });
  onTestFinished(() => consumer.close());
  return consumer;
}

/** Sends texts as one batch. */
export async function sendTexts(
  producer: EventHubProducerClient,
  texts: readonly string[],
  to: { partitionId?: string; partitionKey?: string } = {},
): Promise<void> {
  await producer.sendBatch(
    texts.map((text) => ({ body: Buffer.from(text) })),
    to,
  );
}

export interface Reading {
  readonly events: ReceivedEventData[];
  readonly errors: (Error & { code?: string })[];
  /** Resolves once so many events came; rejects on the first error. */
  received(count: number): Promise<ReceivedEventData[]>;
  /** Resolves with the first error. */
  failed(): Promise<Error & { code?: string }>;
  close(): Promise<void>;
}

/** Reads one partition until the test ends. */
export function read(
  consumer: EventHubConsumerClient,
  partitionId: string,
  startPosition: EventPosition,
  options: { ownerLevel?: number; maxWaitTimeInSeconds?: number } = {},
): Reading {
  const events: ReceivedEventData[] = [];
  const errors: (Error & { code?: string })[] = [];
  let changed = Promise.withResolvers<void>();
  const change = () => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  const subscription = consumer.subscribe(
    partitionId,
    {
      async processEvents(batch) {
        events.push(...batch);
        change();
      },
      async processError(error) {
        errors.push(error);
        change();
      },
    },
    { startPosition, skipParsingBodyAsJson: true, maxBatchSize: 500, ...options },
  );
  onTestFinished(() => subscription.close());
  return {
    events,
    errors,
    async received(count) {
      while (events.length < count) {
        if (errors[0] !== undefined) throw errors[0];
        await changed.promise;
      }
      return events;
    },
    async failed() {
      for (;;) {
        if (errors[0] !== undefined) return errors[0];
        await changed.promise;
      }
    },
    close: () => subscription.close(),
  };
}

export function textsOf(events: readonly { readonly body: unknown }[]): string[] {
  return events.map(({ body }) => String(body));
}

/** Every `code` in a rejection, causes inside an AggregateError included. */
export async function codesOf(failing: Promise<unknown>): Promise<string[]> {
  try {
    await failing;
  } catch (error) {
    return codesIn(error);
  }
  throw new Error("expected a rejection");
}

function codesIn(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(codesIn);
  if (error instanceof Error && "code" in error && typeof error.code === "string") return [error.code];
  return [error instanceof Error ? error.name : "unknown"];
}
