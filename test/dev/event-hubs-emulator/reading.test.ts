// Reading through the SDK: where a reader begins, what it is told, and how it follows new events.
import { earliestEventPosition, latestEventPosition, type EventPosition } from "@azure/event-hubs";
import { describe, expect, it, vi } from "vitest";
import type { EventHubsEmulator } from "../../../dev/event-hubs-emulator/index.ts";
import { consumerFor, emulatorFor, producerFor, read, sendTexts, textsOf } from "./clients.ts";

const hourMs = 60 * 60 * 1000;

/** Partition 0 with the events "0" to "9", one per hour of the emulator's clock, which starts at `start`. */
async function tenHours(start: number): Promise<EventHubsEmulator> {
  let now = start;
  const emulator = await emulatorFor({ now: () => now });
  const producer = producerFor(emulator);
  for (let hour = 0; hour < 10; hour++) {
    await sendTexts(producer, [`${hour}`], { partitionId: "0" });
    now += hourMs;
  }
  now = start + 9 * hourMs;
  return emulator;
}

// Tokens are made by the SDK with the real clock.
const start = Date.now() - 9 * hourMs;

const opened = (emulator: EventHubsEmulator) =>
  vi.waitFor(() => expect(emulator.stats("hub").readers).toBe(1), { interval: 5 });

const rest = (from: number) => ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"].slice(from);

describe("a reader's position", () => {
  it.each<[string, (offsets: readonly string[]) => EventPosition, string[]]>([
    ["the beginning", () => earliestEventPosition, rest(0)],
    ["after an offset", (offsets) => ({ offset: offsets[3] ?? "" }), rest(4)],
    ["at an offset", (offsets) => ({ offset: offsets[3] ?? "", isInclusive: true }), rest(3)],
    ["after a sequence number", () => ({ sequenceNumber: 6 }), rest(7)],
    ["at a sequence number", () => ({ sequenceNumber: 6, isInclusive: true }), rest(6)],
    ["before the first sequence number", () => ({ sequenceNumber: -1 }), rest(0)],
    ["at the first sequence number", () => ({ sequenceNumber: 0, isInclusive: true }), rest(0)],
    ["after an enqueued time", () => ({ enqueuedOn: start + 7 * hourMs }), rest(8)],
    ["between two enqueued times", () => ({ enqueuedOn: new Date(start + 7.5 * hourMs) }), rest(8)],
    ["before all times", () => ({ enqueuedOn: 0 }), rest(0)],
    ["at the last event", () => ({ ...latestEventPosition, isInclusive: true }), rest(9)],
  ])("can be %s", async (_, positionFrom, expected) => {
    const emulator = await tenHours(start);
    const position = positionFrom(emulator.events("hub").map(({ offset }) => offset));
    const reading = read(consumerFor(emulator), "0", position);

    expect(textsOf(await reading.received(expected.length))).toEqual(expected);
  });

  it.each<[string, EventPosition]>([
    ["the end", latestEventPosition],
    ["after the last sequence number", { sequenceNumber: 9 }],
    ["a time to come", { enqueuedOn: start + 100 * hourMs }],
  ])("can be %s: only what comes then is delivered", async (_, position) => {
    const emulator = await tenHours(start);
    const reading = read(consumerFor(emulator), "0", position);
    await opened(emulator);
    await sendTexts(producerFor(emulator), ["new"], { partitionId: "0" });

    expect(textsOf(await reading.received(1))).toEqual(["new"]);
  });

  it.each<[string, EventPosition]>([
    ["an offset", { offset: "123456" }],
    ["a sequence number", { sequenceNumber: 10 }],
  ])("is refused when it is %s behind the end, as after a hub was recreated", async (_, position) => {
    const reading = read(consumerFor(await tenHours(start)), "0", position);

    expect(await reading.failed()).toMatchObject({
      code: "ArgumentError",
      message: expect.stringContaining("invalid"),
    });
  });

  it("skips what retention has left", async () => {
    const hubs = [{ name: "hub", partitionCount: 1, retention: { eventsPerPartition: 2 } }];
    const emulator = await emulatorFor({ hubs });
    await sendTexts(producerFor(emulator), ["a", "b", "c", "d"]);
    const reading = read(consumerFor(emulator), "0", earliestEventPosition);

    expect(textsOf(await reading.received(2))).toEqual(["c", "d"]);
    expect(reading.events[0]?.sequenceNumber).toBe(2);
    expect(emulator.events("hub")).toHaveLength(4);
  });

  it("skips what has grown too old", async () => {
    let now = Date.now() - 2 * hourMs;
    const hubs = [{ name: "hub", partitionCount: 1, retention: { ageMs: hourMs } }];
    const emulator = await emulatorFor({ hubs, now: () => now });
    const producer = producerFor(emulator);
    await sendTexts(producer, ["old"]);
    now += 2 * hourMs;
    await sendTexts(producer, ["young"]);

    expect(textsOf(await read(consumerFor(emulator), "0", earliestEventPosition).received(1))).toEqual(["young"]);
    expect(await consumerFor(emulator).getPartitionProperties("0")).toMatchObject({ beginningSequenceNumber: 1 });
  });
});

describe("a reader", () => {
  it("gets each event as it was sent, with the service's annotations", async () => {
    const emulator = await emulatorFor({ now: () => 1_900_000_000_123, tokenNow: Date.now });
    const time = new Date("2026-01-02T03:04:05.678Z");
    await producerFor(emulator).sendBatch(
      [
        {
          body: Buffer.from("body"),
          messageId: "m1",
          correlationId: "c1",
          contentType: "text/plain",
          properties: { text: "grün", whole: 42, broken: 1.5, yes: false, time },
        },
        { body: Buffer.alloc(300, "x") },
      ],
      { partitionKey: "desk-1" },
    );
    const stored = emulator.events("hub");
    const reading = read(consumerFor(emulator), stored[0]?.partitionId ?? "", earliestEventPosition);

    expect(await reading.received(2)).toMatchObject([
      {
        body: Buffer.from("body"),
        messageId: "m1",
        correlationId: "c1",
        contentType: "text/plain",
        properties: { text: "grün", whole: 42, broken: 1.5, yes: false, time: time.getTime() },
        partitionKey: "desk-1",
        sequenceNumber: 0,
        offset: "0",
        enqueuedTimeUtc: new Date(1_900_000_000_123),
      },
      { body: Buffer.alloc(300, "x"), sequenceNumber: 1, offset: stored[1]?.offset, partitionKey: "desk-1" },
    ]);
  });

  it("never gets annotations that a client forged", async () => {
    const emulator = await emulatorFor();
    await producerFor(emulator).sendBatch([
      { body: Buffer.from("x"), bodyType: "data", messageAnnotations: { "x-opt-sequence-number": 77, mine: "kept" } },
    ]);
    const [event] = await read(consumerFor(emulator), "0", earliestEventPosition).received(1);

    expect(event).toMatchObject({ sequenceNumber: 0, systemProperties: { mine: "kept" } });
  });

  it("follows its partition only, in order, beyond its first credit", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    const reading = read(consumerFor(emulator), "1", earliestEventPosition);
    const expected = Array.from({ length: 5000 }, (_, index) => `event ${index}`);
    for (let at = 0; at < expected.length; at += 500) {
      await sendTexts(producer, expected.slice(at, at + 500), { partitionId: "1" });
      await sendTexts(producer, ["elsewhere"], { partitionId: "0" });
    }

    expect(textsOf(await reading.received(expected.length))).toEqual(expected);
  });

  it("shares nothing with readers of other consumer groups", async () => {
    const emulator = await emulatorFor({ hubs: [{ name: "hub", partitionCount: 1, consumerGroups: ["Second"] }] });
    await sendTexts(producerFor(emulator), ["a", "b"]);
    const first = read(consumerFor(emulator), "0", earliestEventPosition);
    const second = read(consumerFor(emulator, { group: "second" }), "0", earliestEventPosition);

    expect(textsOf(await first.received(2))).toEqual(["a", "b"]);
    expect(textsOf(await second.received(2))).toEqual(["a", "b"]);
  });

  it("is told about the end of its partition when it asks", async () => {
    const emulator = await emulatorFor();
    await sendTexts(producerFor(emulator), ["a", "b", "c"], { partitionId: "0" });
    const consumer = consumerFor(emulator);
    const told = await new Promise((resolve) => {
      consumer.subscribe(
        "0",
        {
          processEvents: async (_, context) => resolve(context.lastEnqueuedEventProperties),
          processError: async () => undefined,
        },
        { startPosition: earliestEventPosition, trackLastEnqueuedEventProperties: true },
      );
    });

    expect(told).toMatchObject({ sequenceNumber: 2, offset: emulator.events("hub")[2]?.offset });
  });

  it("learns that its hub, group or partition does not exist", async () => {
    const emulator = await emulatorFor();
    const failure = (options: { hub?: string; group?: string }, partition: string) =>
      read(consumerFor(emulator, options), partition, earliestEventPosition).failed();

    expect(await failure({ hub: "absent" }, "0")).toMatchObject({ code: "MessagingEntityNotFoundError" });
    expect(await failure({ group: "absent" }, "0")).toMatchObject({ code: "MessagingEntityNotFoundError" });
    expect(await failure({}, "2")).toMatchObject({ code: "ArgumentOutOfRangeError" });
  });
});
