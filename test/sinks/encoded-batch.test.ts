import { EventHubProducerClient, type EventDataBatch } from "@azure/event-hubs";
import rhea from "rhea";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEventHubsEmulator, type EventHubsEmulator } from "../../dev/event-hubs-emulator/index.ts";
import { readTransfer, batchFormat } from "../../dev/amqp/transfers.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { createBatchBuffers } from "../../src/sinks/batch-buffers.ts";
import { createEncodedBatch } from "../../src/sinks/encoded-batch.ts";
import { forHubSdk } from "../../src/sinks/event-hubs-batch.ts";
import { outgoingEvents } from "../contracts/outgoing-events.ts";
import { fc } from "../fast-check.ts";
import { toEventData } from "./sdk-event-data.ts";

let emulator: EventHubsEmulator;
let producer: EventHubProducerClient;
beforeAll(async () => {
  emulator = await startEventHubsEmulator({ hubs: [{ name: "hub" }] });
  producer = new EventHubProducerClient(emulator.connectionString("hub"));
});
afterAll(async () => {
  await producer.close();
  await emulator.close();
});

const MAX_BYTES = 1_048_576;

function encode(events: readonly OutgoingEvent[]): Buffer {
  const batch = createEncodedBatch(MAX_BYTES, createBatchBuffers(1));
  for (const event of events) expect(batch.tryAdd(event)).toBe(true);
  const sdk = forHubSdk(batch, "0");
  expect(sdk).toMatchObject({ count: events.length, partitionId: "0", maxSizeInBytes: MAX_BYTES });
  const bytes = bytesOf(sdk);
  expect([batch.bytes, sdk.sizeInBytes]).toEqual([bytes.length, bytes.length]);
  return bytes;
}

/** As the SDK's `sendBatch` asks for them. */
function bytesOf(batch: EventDataBatch): Buffer {
  const { _generateMessage: generate }: { _generateMessage?: () => Buffer } = Object(batch);
  if (generate === undefined) throw new Error("this batch of the SDK has no bytes");
  return generate.call(batch);
}

/** The bytes the SDK's own batch would send. */
async function encodeWithSdk(events: readonly OutgoingEvent[]): Promise<Buffer> {
  const batch = await producer.createBatch({ partitionId: "0" });
  for (const event of events) expect(batch.tryAdd(toEventData(event))).toBe(true);
  return bytesOf(batch);
}

function messagesIn(transfer: Buffer): readonly Buffer[] {
  const read = readTransfer(transfer, batchFormat);
  if (typeof read === "string") throw new Error(read);
  return read.messages;
}

/** Everything a reader can see. Sections keep their order; the order inside a map says nothing. */
function seen(transfer: Buffer): readonly unknown[] {
  return messagesIn(transfer).map((message) => rhea.message.decode(message).toJSON());
}

/** Characters of one to four bytes. */
const text = fc.string({ unit: fc.constantFrom("a", "7", "é", "€", "😀", '"', "\u0000"), maxLength: 300 });
const anyEvent = fc.record({
  eventId: fc.string({ unit: fc.constantFrom("0", "7", "a", "f"), minLength: 32, maxLength: 32 }),
  orderKey: text,
  body: fc.uint8Array({ maxLength: 600 }),
  contentType: fc.constantFrom("application/json", "application/cloudevents+json; charset=utf-8"),
  properties: fc.record(
    {
      route: text,
      feed: text,
      recType: text,
      recordKey: text,
      version: text,
      source: fc.constant("microshare"),
      schemaVersion: fc.constantFrom(0, 1, 255, 256, 4_294_967_295),
      late: fc.constant<true>(true),
    },
    { requiredKeys: ["route", "feed", "recType", "recordKey", "version", "source", "schemaVersion"] },
  ),
});

describe("an encoded batch", () => {
  it("says to a reader exactly what the SDK's own batch says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 12 }), async (events) => {
        expect(seen(encode(events))).toEqual(seen(await encodeWithSdk(events)));
      }),
      { numRuns: 150 },
    );
  });

  it("takes what fits and nothing more, and counts its bytes as the service does", async () => {
    const maxBytes = 100_000;
    const events = outgoingEvents({ count: 500, bytes: 1_240 });
    const batch = createEncodedBatch(maxBytes, createBatchBuffers(1));
    const fitting = events.findIndex((event) => !batch.tryAdd(event));
    expect(fitting).toBeGreaterThan(50);
    expect(bytesOf(forHubSdk(batch, "0")).length).toBe(batch.bytes);
    expect(batch.bytes).toBeLessThanOrEqual(maxBytes);
    expect(batch.bytes).toBeGreaterThan(0.98 * maxBytes);
    const bySdk = await encodeWithSdk(events.slice(0, fitting));
    expect(Math.abs(batch.bytes - bySdk.length)).toBeLessThanOrEqual(3 * fitting);
  });

  it("never shares its buffer before that is given back", () => {
    const buffers = createBatchBuffers(1);
    const [one, other] = outgoingEvents({ count: 2 });
    if (one === undefined || other === undefined) throw new Error("no events");
    const first = createEncodedBatch(MAX_BYTES, buffers);
    first.tryAdd(one);
    const second = createEncodedBatch(MAX_BYTES, buffers);
    second.tryAdd(other);
    expect(seen(bytesOf(forHubSdk(first, "0")))).toEqual(seen(encode([one])));
    expect(seen(bytesOf(forHubSdk(second, "0")))).toEqual(seen(encode([other])));
    first.giveBack();
    const third = createEncodedBatch(MAX_BYTES, buffers);
    third.tryAdd(other);
    expect(seen(bytesOf(forHubSdk(third, "0")))).toEqual(seen(encode([other])));
  });

  it("takes no property that it cannot write exactly", () => {
    const [event] = outgoingEvents({ count: 1 });
    if (event === undefined) throw new Error("no event");
    const strange = { ...event, properties: { ...event.properties, schemaVersion: 1.5 } };
    expect(() => encode([strange])).toThrow(TypeError);
  });
});
