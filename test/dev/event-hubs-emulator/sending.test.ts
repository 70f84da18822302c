// Sending through the SDK: what arrives, where, and what is refused.
import { EventHubBufferedProducerClient } from "@azure/event-hubs";
import { describe, expect, it, onTestFinished } from "vitest";
import { codesOf, emulatorFor, producerFor, sendTexts, textsOf } from "./clients.ts";

describe("sending", () => {
  it("stores each event of a batch with its bytes, message id, content type and typed properties", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    const batch = await producer.createBatch();
    const time = new Date("2026-01-02T03:04:05.678Z");
    batch.tryAdd({
      body: Buffer.from([0, 1, 255]),
      messageId: "m1",
      contentType: "application/octet-stream",
      properties: { text: "grün", yes: true, whole: 42, broken: 1.5, big: 2 ** 40, negative: -7, time },
    });
    batch.tryAdd({ body: Buffer.from("second"), messageId: "m2" });
    await producer.sendBatch(batch);

    expect(emulator.events("hub")).toMatchObject([
      {
        sequenceNumber: 0,
        offset: "0",
        messageId: "m1",
        contentType: "application/octet-stream",
        properties: { text: "grün", yes: true, whole: 42, broken: 1.5, big: 2 ** 40, negative: -7, time },
        body: Buffer.from([0, 1, 255]),
        partitionKey: undefined,
      },
      { sequenceNumber: 1, messageId: "m2", body: Buffer.from("second") },
    ]);
    expect(emulator.stats("hub")).toMatchObject({ transfers: 1, batches: 1, events: 2, rejected: 0, senders: 1 });
  });

  it.each([1, 255, 256, 65_000, 66_000, 500_000, 1_000_000])(
    "takes a body of %i bytes unharmed, over as many frames as it needs",
    async (bytes) => {
      const emulator = await emulatorFor();
      const body = Buffer.alloc(bytes, "abcdefghij");
      await producerFor(emulator).sendBatch([{ body }]);

      expect(emulator.events("hub")[0]?.body.equals(body)).toBe(true);
    },
  );

  it("takes full batches of many events in order", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    const sent: string[] = [];
    for (let round = 0; round < 3; round++) {
      const batch = await producer.createBatch({ partitionId: "1" });
      while (batch.tryAdd({ body: Buffer.from(`event ${sent.length} ${"x".repeat(200)}`) })) {
        sent.push(`event ${sent.length} ${"x".repeat(200)}`);
      }
      await producer.sendBatch(batch);
    }

    expect(textsOf(emulator.events("hub"))).toEqual(sent);
    expect(Math.max(...emulator.stats("hub").batchBytes)).toBeGreaterThan(1_048_000);
    expect(Math.max(...emulator.stats("hub").batchBytes)).toBeLessThanOrEqual(1_048_576);
  });

  it("keeps many sends in flight at once apart", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    await Promise.all(Array.from({ length: 200 }, (_, index) => sendTexts(producer, [`${index}`])));

    expect(new Set(textsOf(emulator.events("hub"))).size).toBe(200);
  });

  it("shows a body that is no bytes as text", async () => {
    const emulator = await emulatorFor();
    await producerFor(emulator).sendBatch([
      { body: "plain", bodyType: "value" },
      { body: { n: 1 }, bodyType: "value" },
    ]);

    expect(textsOf(emulator.events("hub"))).toEqual(["plain", '{"n":1}']);
  });

  it("reports a hub and a partition that do not exist in the service's words", async () => {
    const emulator = await emulatorFor();

    expect(await codesOf(producerFor(emulator, { hub: "absent" }).createBatch())).toEqual([
      "MessagingEntityNotFoundError",
    ]);
    const unknownPartition = producerFor(emulator).createBatch({ partitionId: "2" });
    expect(await codesOf(unknownPartition)).toEqual(["ArgumentOutOfRangeError"]);
  });

  it("resolves as soon as a number of events is stored", async () => {
    const emulator = await emulatorFor();
    const stored = emulator.whenStored("hub", 2);
    await sendTexts(producerFor(emulator), ["a", "b"]);

    await stored;
    await emulator.whenStored("hub", 1);
    expect(emulator.events("hub")).toHaveLength(2);
  });
});

describe("choosing the partition", () => {
  it("obeys a partition id", async () => {
    const emulator = await emulatorFor();
    await sendTexts(producerFor(emulator), ["a", "b"], { partitionId: "1" });

    expect(emulator.events("hub").map(({ partitionId }) => partitionId)).toEqual(["1", "1"]);
  });

  it("deals batches without key or id to the partitions in turn", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    for (const text of ["a", "b", "c", "d"]) await sendTexts(producer, [text]);

    expect(emulator.events("hub").map(({ partitionId }) => partitionId)).toEqual(["0", "1", "0", "1"]);
  });

  it("keeps a partition key on its events and always in the same partition", async () => {
    const emulator = await emulatorFor({ hubs: [{ name: "hub", partitionCount: 16 }] });
    const producer = producerFor(emulator);
    for (const key of ["desk", "room", "desk", "door", "desk"]) await sendTexts(producer, [key], { partitionKey: key });

    const events = emulator.events("hub");
    expect(events.map(({ partitionKey }) => partitionKey)).toEqual(["desk", "room", "desk", "door", "desk"]);
    const desks = events.filter(({ partitionKey }) => partitionKey === "desk");
    expect(new Set(desks.map(({ partitionId }) => partitionId)).size).toBe(1);
    expect(new Set(events.map(({ partitionId }) => partitionId)).size).toBeGreaterThan(1);
  });

  it("hashes keys as the SDK's buffered producer does", async () => {
    const partitionCount = 32;
    const emulator = await emulatorFor({
      hubs: [
        { name: "hub", partitionCount },
        { name: "judge", partitionCount },
      ],
    });
    const keys = ["a", "ab", "desk-1", "eleven char", "twelve chars", "thirteen char", "é€😀 wide text of many bytes"];
    keys.push(...Array.from({ length: 40 }, (_, index) => "k".repeat(index + 1) + index));
    const judge = new EventHubBufferedProducerClient(emulator.connectionString("judge"), {
      onSendEventsErrorHandler: () => undefined, // what was not sent is missed below
      maxWaitTimeInMs: 10,
    });
    onTestFinished(() => judge.close());
    const producer = producerFor(emulator);
    for (const key of keys) {
      await judge.enqueueEvent({ body: key }, { partitionKey: key });
      await sendTexts(producer, [JSON.stringify(key)], { partitionKey: key });
    }
    await judge.flush();

    const placesIn = (hub: string) =>
      Object.fromEntries(emulator.events(hub).map(({ body, partitionId }) => [body.toString(), partitionId]));
    expect(Object.keys(placesIn("judge"))).toHaveLength(keys.length);
    expect(placesIn("hub")).toEqual(placesIn("judge"));
  });

  it("spreads over partitions added later", async () => {
    const emulator = await emulatorFor();
    emulator.addPartitions("hub", 1);
    const producer = producerFor(emulator);
    for (const text of ["a", "b", "c"]) await sendTexts(producer, [text]);

    expect(emulator.events("hub").map(({ partitionId }) => partitionId)).toEqual(["0", "1", "2"]);
  });
});

describe("size limit", () => {
  it("announces its limit, and the SDK's batches respect it", async () => {
    const emulator = await emulatorFor({ maxMessageBytes: 2000 });
    const batch = await producerFor(emulator).createBatch();

    expect(batch.maxSizeInBytes).toBe(2000);
    expect(batch.tryAdd({ body: Buffer.alloc(1800) })).toBe(true);
    expect(batch.tryAdd({ body: Buffer.alloc(300) })).toBe(false);
    await producerFor(emulator).sendBatch(batch);
    expect(emulator.stats("hub").bytes).toBeLessThanOrEqual(2000);
  });

  it("refuses a larger transfer, stores nothing of it and goes on", async () => {
    const emulator = await emulatorFor({ maxMessageBytes: 2000 });
    const producer = producerFor(emulator);

    expect(await codesOf(producer.sendBatch([{ body: Buffer.alloc(2100) }]))).toEqual(["MessageTooLargeError"]);
    await sendTexts(producer, ["small"]);
    expect(textsOf(emulator.events("hub"))).toEqual(["small"]);
    expect(emulator.stats("hub")).toMatchObject({ transfers: 2, rejected: 1, senders: 1 });
  });
});

it("serves several hubs over one key", async () => {
  const emulator = await emulatorFor({ hubs: [{ name: "one" }, { name: "two" }] });
  await sendTexts(producerFor(emulator, { hub: "one" }), ["first"]);
  await sendTexts(producerFor(emulator, { hub: "TWO" }), ["second"]);

  expect(textsOf(emulator.events("one"))).toEqual(["first"]);
  expect(textsOf(emulator.events("two"))).toEqual(["second"]);
});
