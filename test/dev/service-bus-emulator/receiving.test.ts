import { describe, expect, it } from "vitest";
import { clientFor, codeOf, emulatorFor, messageOf, textsOf } from "./clients.ts";

const texts = Array.from({ length: 30 }, (_, number) => `${number}`);

describe("receiving", () => {
  it("hands out messages in order and forgets those that are completed", async () => {
    const emulator = await emulatorFor();
    const client = clientFor(emulator);
    await client
      .createSender("queue")
      .sendMessages(texts.map((text) => messageOf(text, { messageId: `id-${text}`, applicationProperties: { text } })));
    const receiver = client.createReceiver("queue", { skipParsingBodyAsJson: true });
    const received = await receiver.receiveMessages(30, { maxWaitTimeInMs: 2_000 });
    expect(textsOf(received)).toEqual(texts);
    expect(received[3]).toMatchObject({
      messageId: "id-3",
      applicationProperties: { text: "3" },
      deliveryCount: 0,
      lockToken: expect.stringMatching(/^[0-9a-f-]{36}$/u),
    });
    expect(received[3]?.sequenceNumber?.toNumber()).toBe(4);
    expect(emulator.waiting("queue")).toBe(30);
    for (const message of received) await receiver.completeMessage(message);
    expect(emulator.waiting("queue")).toBe(0);
  });

  it("gives back what is abandoned, and counts its deliveries", async () => {
    const emulator = await emulatorFor({ queues: [{ name: "queue", maxDeliveries: 2 }] });
    const client = clientFor(emulator);
    await client.createSender("queue").sendMessages(messageOf("a"));
    const receiver = client.createReceiver("queue", { skipParsingBodyAsJson: true });
    for (const deliveryCount of [0, 1]) {
      const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 2_000 });
      expect(message).toMatchObject({ deliveryCount });
      if (message !== undefined) await receiver.abandonMessage(message);
    }
    expect(await receiver.receiveMessages(1, { maxWaitTimeInMs: 50 })).toEqual([]);
    expect(emulator.deadLettered("queue")).toBe(1);
  });

  it("lets a lock expire: another receiver gets the message, the first can no longer complete it", async () => {
    let now = 1_000_000;
    const emulator = await emulatorFor({ queues: [{ name: "queue", lockMs: 30_000 }], now: () => now });
    const client = clientFor(emulator);
    await client.createSender("queue").sendMessages(messageOf("a"));
    const options = { skipParsingBodyAsJson: true, maxAutoLockRenewalDurationInMs: 0 };
    const first = client.createReceiver("queue", options);
    const [late] = await first.receiveMessages(1, { maxWaitTimeInMs: 2_000 });
    const second = client.createReceiver("queue", options);
    expect(await second.receiveMessages(1, { maxWaitTimeInMs: 50 })).toEqual([]);
    now += 30_000;
    const [again] = await second.receiveMessages(1, { maxWaitTimeInMs: 2_000 });
    expect(textsOf(again === undefined ? [] : [again])).toEqual(["a"]);
    if (late === undefined) throw new Error("nothing received");
    expect(await codeOf(first.completeMessage(late))).toBe("MessageLockLost");
    expect(emulator.waiting("queue")).toBe(1);
  });

  it("follows a subscription of a topic", async () => {
    const emulator = await emulatorFor({ topics: [{ name: "topic", subscriptions: ["one"] }] });
    const client = clientFor(emulator);
    const receiver = client.createReceiver("topic", "one", { skipParsingBodyAsJson: true });
    const receiving = receiver.receiveMessages(2, { maxWaitTimeInMs: 5_000 });
    await client.createSender("topic").sendMessages([messageOf("a"), messageOf("b")]);
    expect(textsOf(await receiving)).toEqual(["a", "b"]);
  });

  it("shows messages without handing them out", async () => {
    const emulator = await emulatorFor();
    const client = clientFor(emulator);
    await client.createSender("queue").sendMessages([messageOf("a"), messageOf("b", { messageId: "two" })]);
    const receiver = client.createReceiver("queue", { skipParsingBodyAsJson: true });
    const peeked = await receiver.peekMessages(5);
    expect(textsOf(peeked)).toEqual(["a", "b"]);
    expect(peeked[1]).toMatchObject({ messageId: "two" });
    expect(await receiver.peekMessages(5)).toEqual([]);
    expect(emulator.waiting("queue")).toBe(2);
  });
});

describe("sessions", () => {
  const queues = [{ name: "queue", requiresSession: true }];
  const both = [
    messageOf("a1", { sessionId: "a" }),
    messageOf("b1", { sessionId: "b" }),
    messageOf("a2", { sessionId: "a" }),
  ];

  it("are handed out one by one, each to one receiver", async () => {
    const emulator = await emulatorFor({ queues });
    const client = clientFor(emulator);
    await client.createSender("queue").sendMessages(both);
    const options = { skipParsingBodyAsJson: true };
    const first = await client.acceptNextSession("queue", options);
    expect(first.sessionId).toBe("a");
    expect(first.sessionLockedUntilUtc.getTime()).toBeGreaterThan(Date.now() + 50_000);
    expect(textsOf(await first.receiveMessages(2, { maxWaitTimeInMs: 2_000 }))).toEqual(["a1", "a2"]);
    const second = await client.acceptSession("queue", "b", options);
    const [message] = await second.receiveMessages(1, { maxWaitTimeInMs: 2_000 });
    if (message !== undefined) await second.completeMessage(message);
    expect(emulator.waiting("queue")).toBe(2);
    expect(await codeOf(client.acceptSession("queue", "a", options))).toBe("SessionCannotBeLocked");
    await first.close();
    const again = await client.acceptSession("queue", "a", options);
    expect(textsOf(await again.receiveMessages(2, { maxWaitTimeInMs: 2_000 }))).toEqual(["a1", "a2"]);
  });

  it("cannot be passed by, nor asked for where there are none", async () => {
    const emulator = await emulatorFor({ queues: [...queues, { name: "plain" }] });
    const client = clientFor(emulator);
    await expect(client.createReceiver("queue").receiveMessages(1, { maxWaitTimeInMs: 500 })).rejects.toThrow(
      /requires sessions/u,
    );
    // The SDK has words of its own for it.
    expect(await codeOf(client.acceptSession("plain", "a"))).toBe("SessionCannotBeLocked");
  });
});
