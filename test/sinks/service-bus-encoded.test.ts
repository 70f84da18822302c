import { ServiceBusClient, type ServiceBusMessageBatch } from "@azure/service-bus";
import rhea from "rhea";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batchFormat, readTransfer } from "../../dev/amqp/transfers.ts";
import { startServiceBusEmulator, type ServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { createBatchBuffers } from "../../src/sinks/batch-buffers.ts";
import { batchOfOurs } from "../../src/sinks/service-bus-batch.ts";
import { toServiceBusMessage } from "../../src/sinks/service-bus-message.ts";
import { outgoingEvents } from "../contracts/outgoing-events.ts";
import { fc } from "../fast-check.ts";

let emulator: ServiceBusEmulator;
let client: ServiceBusClient;
beforeAll(async () => {
  emulator = await startServiceBusEmulator({ queues: [{ name: "queue" }] });
  client = new ServiceBusClient(emulator.connectionString("queue"));
});
afterAll(async () => {
  await client.close();
  await emulator.close();
});

const MAX_BYTES = 200_000;

/** As the SDK's `sendMessages` asks for them. */
function bytesOf(batch: ServiceBusMessageBatch): Buffer {
  const { _generateMessage: generate }: { _generateMessage?: () => Buffer } = Object(batch);
  if (generate === undefined) throw new Error("this batch of the SDK has no bytes");
  return generate.call(batch);
}

function encode(events: readonly OutgoingEvent[]): Buffer {
  const batch = batchOfOurs(MAX_BYTES, createBatchBuffers(1));
  for (const event of events) expect(batch.tryAdd(event)).toBe(true);
  const bytes = bytesOf(batch.forSdk());
  expect(batch.bytes).toBe(bytes.length);
  return bytes;
}

async function encodeWithSdk(events: readonly OutgoingEvent[]): Promise<Buffer> {
  const batch = await client.createSender("queue").createMessageBatch({ maxSizeInBytes: MAX_BYTES });
  for (const event of events) expect(batch.tryAddMessage(toServiceBusMessage(event, false))).toBe(true);
  return bytesOf(batch);
}

/** Everything a reader and the service can see: what is around the messages, and each of them. */
function seen(transfer: Buffer): unknown {
  const read = readTransfer(transfer, batchFormat);
  if (typeof read === "string") throw new Error(read);
  const { body: _bodies, ...around } = Object(rhea.message.decode(transfer).toJSON());
  return { around, messages: read.messages.map((message) => rhea.message.decode(message).toJSON()) };
}

/** Characters of one to four bytes. */
const text = fc.string({ unit: fc.constantFrom("a", "7", "é", "€", "😀", '"', "\u0000"), maxLength: 300 });
const anyEvent = fc.record({
  eventId: fc.string({ unit: fc.constantFrom("0", "7", "a", "-"), minLength: 8, maxLength: 128 }),
  orderKey: text,
  body: fc.uint8Array({ maxLength: 600 }),
  contentType: fc.constantFrom("application/json", "application/cloudevents+json; charset=utf-8"),
  properties: fc.record(
    {
      route: text,
      feed: text,
      recType: text.filter(({ length }) => length > 0),
      recordKey: text,
      version: text,
      source: fc.constantFrom("microshare", "webhook"),
      schemaVersion: fc.constantFrom(0, 1, 255, 256, 4_294_967_295),
      late: fc.constant<true>(true),
      correlationId: text,
    },
    { requiredKeys: ["route", "feed", "recType", "recordKey", "version", "source", "schemaVersion"] },
  ),
});

describe("a batch for a queue", () => {
  it("says to a reader and to the service exactly what the SDK's own batch says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 8 }), async (events) => {
        expect(seen(encode(events))).toEqual(seen(await encodeWithSdk(events)));
      }),
      { numRuns: 100 },
    );
  });

  it("takes what fits and nothing more", () => {
    const maxBytes = 50_000;
    const batch = batchOfOurs(maxBytes, createBatchBuffers(1));
    const events = outgoingEvents({ count: 200, bytes: 400 });
    const fitting = events.findIndex((event) => !batch.tryAdd(event));
    expect(fitting).toBeGreaterThan(30);
    expect(bytesOf(batch.forSdk()).length).toBe(batch.bytes);
    expect(batch.bytes).toBeLessThanOrEqual(maxBytes);
    expect(batch.bytes).toBeGreaterThan(0.97 * maxBytes);
  });
});
