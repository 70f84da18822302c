import { ServiceBusClient } from "@azure/service-bus";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { setImmediate as nextTurn } from "node:timers/promises";
import { WebSocket } from "ws";
import { describe, expect, it, onTestFinished } from "vitest";
import { clientFor, codeOf, emulatorFor, messageOf } from "./clients.ts";

const keys = [
  { name: "root", key: "root-key", rights: ["Manage" as const] },
  { name: "send", key: "send-key", rights: ["Send" as const], hub: "queue" },
  { name: "listen", key: "listen-key", rights: ["Listen" as const] },
];

describe("access", () => {
  it("needs the right to send, and the right to listen", async () => {
    const emulator = await emulatorFor({ keys, queues: [{ name: "queue" }, { name: "other" }] });
    const sending = clientFor(emulator, { key: "send" });
    await sending.createSender("queue").sendMessages(messageOf("a"));
    expect(await codeOf(sending.createSender("other").sendMessages(messageOf("a")))).toBe("UnauthorizedAccess");
    expect(await codeOf(sending.createReceiver("queue").receiveMessages(1, { maxWaitTimeInMs: 500 }))).toBe(
      "UnauthorizedAccess",
    );
    const listening = clientFor(emulator, { key: "listen" });
    expect(await codeOf(listening.createSender("queue").sendMessages(messageOf("a")))).toBe("UnauthorizedAccess");
  });

  it("tells a missing queue from missing rights", async () => {
    const emulator = await emulatorFor();
    const client = clientFor(emulator);
    expect(await codeOf(client.createSender("missing").createMessageBatch())).toBe("MessagingEntityNotFound");
  });

  it("takes an identity's token over TLS, and secure WebSockets", async () => {
    const jwt = { accept: (token: string) => token === "right" };
    const overTls = await emulatorFor({ transport: "tls", jwt });
    setDefaultCACertificates([...getCACertificates("bundled"), overTls.caCertPem ?? ""]);
    const credential = { getToken: async () => ({ token: "right", expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const identity = new ServiceBusClient(`localhost:${overTls.port}`, credential);
    onTestFinished(() => identity.close());
    await identity.createSender("queue").sendMessages(messageOf("a"));
    expect(overTls.messages("queue")).toHaveLength(1);

    const overWebSocket = await emulatorFor({ transport: "websocket" });
    setDefaultCACertificates([...getCACertificates("bundled"), overWebSocket.caCertPem ?? ""]);
    const client = new ServiceBusClient(overWebSocket.connectionString(), {
      webSocketOptions: { webSocket: WebSocket },
    });
    onTestFinished(() => client.close());
    await client.createSender("queue").sendMessages(messageOf("a"));
    expect(overWebSocket.messages("queue")).toHaveLength(1);
  });
});

describe("faults", () => {
  it("are those of the Event Hubs emulator, in the SDK's codes", async () => {
    const emulator = await emulatorFor();
    const sender = clientFor(emulator).createSender("queue");
    emulator.faults.serverBusy({ hub: "queue", times: 1 });
    expect(await codeOf(sender.sendMessages(messageOf("a")))).toBe("ServiceBusy");
    emulator.faults.reject("amqp:resource-limit-exceeded", { times: 1 });
    expect(await codeOf(sender.sendMessages(messageOf("a")))).toBe("QuotaExceeded");
    emulator.faults.outcome("modified", { times: 1 });
    expect(await codeOf(sender.sendMessages(messageOf("a")))).toBe("GeneralError");
    const hasty = clientFor(emulator, { timeoutMs: 700 }).createSender("queue");
    await hasty.createMessageBatch();
    emulator.faults.detachOnTransfer({ times: 1, condition: "com.microsoft:entity-disabled" });
    // The SDK does not connect the end of a link with what was on its way there.
    expect(await codeOf(hasty.sendMessages(messageOf("a")))).toBe("ServiceTimeout");
    emulator.faults.refuseTokens({ times: 1 });
    expect(await codeOf(clientFor(emulator).createSender("queue").sendMessages(messageOf("a")))).toBe(
      "UnauthorizedAccess",
    );
    expect(emulator.messages("queue")).toEqual([]);
    await sender.sendMessages(messageOf("a"));
    expect(emulator.messages("queue")).toHaveLength(1);
  });

  it("can store a message whose answer never comes", async () => {
    const emulator = await emulatorFor();
    const sender = clientFor(emulator, { timeoutMs: 700 }).createSender("queue");
    await sender.createMessageBatch();
    emulator.faults.neverAnswer({ stored: true, times: 1 });
    expect(await codeOf(sender.sendMessages(messageOf("a")))).toBe("ServiceTimeout");
    expect(emulator.messages("queue")).toHaveLength(1);
  });

  it("end links and connections, and the client finds its way back", async () => {
    const emulator = await emulatorFor();
    const sender = clientFor(emulator).createSender("queue");
    await sender.sendMessages(messageOf("a"));
    expect(emulator.faults.detachLinks()).toBe(1);
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    await sender.sendMessages(messageOf("b"));
    expect(emulator.faults.closeIdle()).toBe(1);
    while (emulator.connections > 0) await nextTurn();
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    await sender.sendMessages(messageOf("c"));
    expect(emulator.messages("queue")).toHaveLength(3);
    emulator.deleteEntity("queue");
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    expect(await codeOf(sender.sendMessages(messageOf("d")))).toBe("MessagingEntityNotFound");
  });
});
