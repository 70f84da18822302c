import { describe, expect, it } from "vitest";
import { clientFor, codeOf, emulatorFor, messageOf } from "./clients.ts";

describe("sending", () => {
  it("takes one message with all that travels beside its body", async () => {
    const emulator = await emulatorFor();
    const sender = clientFor(emulator).createSender("queue");
    await sender.sendMessages(
      messageOf('{"a":1}', {
        messageId: "id-1",
        sessionId: "device-1",
        contentType: "application/json",
        subject: "snapshot",
        applicationProperties: { route: "main", schemaVersion: 1, late: true },
      }),
    );
    expect(emulator.messages("queue")).toMatchObject([
      {
        sequenceNumber: 1,
        messageId: "id-1",
        sessionId: "device-1",
        contentType: "application/json",
        subject: "snapshot",
        properties: { route: "main", schemaVersion: 1, late: true },
        body: Buffer.from('{"a":1}'),
      },
    ]);
    expect(emulator.stats("queue")).toMatchObject({ transfers: 1, batches: 0, messages: 1 });
  });

  it("takes a batch apart and keeps its order", async () => {
    const emulator = await emulatorFor();
    const sender = clientFor(emulator).createSender("QUEUE");
    const batch = await sender.createMessageBatch();
    for (let number = 0; number < 50; number++) {
      batch.tryAddMessage(messageOf(`${number}`, { messageId: `id-${number}`, applicationProperties: { number } }));
    }
    await sender.sendMessages(batch);
    const stored = emulator.messages("queue");
    expect(stored.map(({ messageId }) => messageId)).toEqual(Array.from({ length: 50 }, (_, index) => `id-${index}`));
    expect(stored[7]).toMatchObject({ properties: { number: 7 }, body: Buffer.from("7") });
    expect(emulator.stats("queue")).toMatchObject({ transfers: 1, batches: 1, messages: 50 });
  });

  it("announces 256 KiB, and refuses what is larger", async () => {
    const emulator = await emulatorFor();
    const sender = clientFor(emulator).createSender("queue");
    expect((await sender.createMessageBatch()).maxSizeInBytes).toBe(262_144);
    expect(await codeOf(sender.sendMessages(messageOf("x".repeat(262_200))))).toBe("MessageSizeExceeded");
    expect(emulator.messages("queue")).toEqual([]);
  });

  it("takes larger single messages where it is told to, but no larger batches", async () => {
    const emulator = await emulatorFor({ maxMessageBytes: 4 * 1024 * 1024 });
    const sender = clientFor(emulator).createSender("queue");
    await sender.sendMessages(messageOf("x".repeat(2_000_000)));
    const batch = await sender.createMessageBatch();
    for (let number = 0; number < 2; number++) batch.tryAddMessage(messageOf("x".repeat(600_000)));
    expect(await codeOf(sender.sendMessages(batch))).toBe("MessageSizeExceeded");
    expect(emulator.messages("queue")).toHaveLength(1);
  });

  it("refuses a message without a session where the queue requires one, and its whole batch", async () => {
    const emulator = await emulatorFor({ queues: [{ name: "queue", requiresSession: true }] });
    const sender = clientFor(emulator).createSender("queue");
    const failing = sender.sendMessages([messageOf("a", { sessionId: "one" }), messageOf("b")]);
    await expect(failing).rejects.toMatchObject({ message: expect.stringMatching(/SessionId was not set/u) });
    expect(emulator.messages("queue")).toEqual([]);
    await sender.sendMessages(messageOf("a", { sessionId: "one" }));
    expect(emulator.messages("queue")).toHaveLength(1);
  });

  it("gives each of several transfers that come together its own outcome", async () => {
    const emulator = await emulatorFor();
    const sender = clientFor(emulator).createSender("queue");
    await sender.createMessageBatch();
    emulator.faults.reject("amqp:resource-limit-exceeded", { after: 2, times: 1 });
    const ended = await Promise.allSettled(
      ["a", "b", "c", "d", "e"].map((text) => sender.sendMessages(messageOf(text, { messageId: text }))),
    );
    expect(ended.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(emulator.messages("queue").map(({ messageId }) => messageId)).toEqual(["a", "b", "d", "e"]);
  });

  it("copies what is sent to a topic into each of its subscriptions", async () => {
    const emulator = await emulatorFor({ topics: [{ name: "topic", subscriptions: ["one", "two"] }] });
    await clientFor(emulator)
      .createSender("topic")
      .sendMessages([messageOf("a"), messageOf("b")]);
    expect(emulator.messages("topic")).toHaveLength(2);
    expect(emulator.waiting("topic/Subscriptions/one")).toBe(2);
    expect(emulator.waiting("topic/subscriptions/two")).toBe(2);
  });
});

describe("duplicate detection", () => {
  it("takes a repeated message id and stores it once, within the window", async () => {
    let now = 1_000_000;
    const emulator = await emulatorFor({
      queues: [{ name: "queue", duplicateDetectionMs: 60_000 }],
      now: () => now,
    });
    const sender = clientFor(emulator).createSender("queue");
    await sender.sendMessages([messageOf("a", { messageId: "one" }), messageOf("b", { messageId: "two" })]);
    now += 59_999;
    await sender.sendMessages([messageOf("a again", { messageId: "one" }), messageOf("c", { messageId: "three" })]);
    expect(emulator.messages("queue").map(({ messageId }) => messageId)).toEqual(["one", "two", "three"]);
    expect(emulator.stats("queue").duplicates).toBe(1);
    now += 1;
    await sender.sendMessages(messageOf("a later", { messageId: "one" }));
    expect(emulator.messages("queue").map(({ body }) => body.toString())).toEqual(["a", "b", "c", "a later"]);
  });

  it("stores every repeat where it is off", async () => {
    const emulator = await emulatorFor();
    const sender = clientFor(emulator).createSender("queue");
    for (let times = 0; times < 2; times++) await sender.sendMessages(messageOf("a", { messageId: "one" }));
    expect(emulator.messages("queue")).toHaveLength(2);
  });
});
