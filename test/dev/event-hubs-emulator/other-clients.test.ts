// What the SDK never does, but another AMQP client may.
import { createSasTokenProvider } from "@azure/core-amqp";
import rhea from "rhea";
import type { Connection, Receiver } from "rhea";
import { expect, it, onTestFinished, vi } from "vitest";
import type { EventHubsEmulator } from "../../../dev/event-hubs-emulator/index.ts";
import { emulatorFor, producerFor, sendTexts, textsOf } from "./clients.ts";

function connect({ host, port }: EventHubsEmulator): Connection {
  const connection = rhea.create_container().connect({ host, port, reconnect: false, username: "anyone" });
  connection.on("disconnected", () => undefined);
  onTestFinished(() => connection.close());
  return connection;
}

/** Puts a token for the hub and resolves with the status of the reply. */
async function putToken(connection: Connection, emulator: EventHubsEmulator): Promise<unknown> {
  const [, name = "", key = ""] = /KeyName=([^;]+);SharedAccessKey=([^;]+)/.exec(emulator.connectionString()) ?? [];
  const audience = `${emulator.endpoint}/hub`;
  const { token } = await createSasTokenProvider({ name, key }).getToken(audience);
  const sender = connection.open_sender("$cbs");
  const receiver = connection.open_receiver({ source: "$cbs", target: { address: "replies" } });
  const reply = new Promise<unknown>((resolve) => {
    receiver.once("message", ({ message }) => resolve(message?.application_properties?.["status-code"]));
  });
  sender.once("sendable", () => {
    const properties = { operation: "put-token", type: "servicebus.windows.net:sastoken", name: audience };
    sender.send({ message_id: "1", reply_to: "replies", application_properties: properties, body: token });
  });
  return reply;
}

function openReader(connection: Connection, partition: string, properties = {}): Receiver {
  const source = `hub/ConsumerGroups/$Default/Partitions/${partition}`;
  return connection.open_receiver({ source, properties, credit_window: 0 });
}

it("is refused a link without a claim, and told which one is missing", async () => {
  const emulator = await emulatorFor();
  const sender = connect(emulator).open_sender("hub");
  await new Promise((resolve) => void sender.once("sender_error", resolve));

  expect(sender.error).toMatchObject({
    condition: "amqp:unauthorized-access",
    description: expect.stringContaining("'Send' claim(s) are required"),
  });
});

it("sends single messages, with a partition key if it likes", async () => {
  const emulator = await emulatorFor();
  const connection = connect(emulator);
  expect(await putToken(connection, emulator)).toBe(202);
  const sender = connection.open_sender("hub");
  sender.once("sendable", () => {
    const annotations = { "x-opt-partition-key": "desk" };
    sender.send({
      message_id: "m1",
      message_annotations: annotations,
      body: rhea.message.data_section(Buffer.from("one")),
    });
  });
  await new Promise((resolve) => void sender.once("accepted", resolve));

  const body = Buffer.from("one");
  expect(emulator.events("hub")).toMatchObject([{ messageId: "m1", partitionKey: "desk", body }]);
  expect(emulator.stats("hub")).toMatchObject({ transfers: 1, batches: 0, events: 1 });
});

it("reads over two links of one session, and the one without credit does not hold up the other", async () => {
  const emulator = await emulatorFor();
  const connection = connect(emulator);
  await putToken(connection, emulator);
  const [starved, fed] = [openReader(connection, "0"), openReader(connection, "1")];
  starved.add_credit(1);
  fed.add_credit(10);
  const received: string[] = [];
  for (const reader of [starved, fed])
    reader.on("message", ({ message }) => received.push(String(message?.body.content)));
  await vi.waitFor(() => expect(emulator.stats("hub").readers).toBe(2), { interval: 5 });
  const producer = producerFor(emulator);
  const held = emulator.faults.commitLate({ partition: "0" });
  const sending = ["a", "b", "c"].map((text) => sendTexts(producer, [text], { partitionId: "0" }));
  await held.whenHit(3);
  held.release(); // all three in one turn, so that the second and third meet a credit that is used but not yet counted
  await Promise.all(sending);
  await sendTexts(producer, ["d"], { partitionId: "1" });

  await vi.waitFor(() => expect(received).toEqual(["a", "d"]), { interval: 5 });
});

it("frees its partition when it ends the session without detaching", async () => {
  const emulator = await emulatorFor();
  const connection = connect(emulator);
  await putToken(connection, emulator);
  const session = connection.create_session();
  session.begin();
  const owned = { properties: { "com.microsoft:epoch": rhea.types.wrap_long(1) }, credit_window: 0 };
  const owner = session.open_receiver({ source: "hub/ConsumerGroups/$Default/Partitions/0", ...owned });
  await new Promise((resolve) => void owner.once("receiver_open", resolve));
  session.close();
  await sendTexts(producerFor(emulator), ["a"], { partitionId: "0" });
  const reader = openReader(connection, "0");
  reader.add_credit(1);
  const { message } = await new Promise<{ message?: { body?: { content?: unknown } } }>((resolve) => {
    reader.once("message", resolve);
  });

  expect(textsOf([{ body: message?.body?.content }])).toEqual(["a"]);
});

it("is told when its filter cannot be understood", async () => {
  const emulator = await emulatorFor();
  const connection = connect(emulator);
  await putToken(connection, emulator);
  const filter = rhea.filter.selector("colour = 'red'");
  const reader = connection.open_receiver({
    source: {
      address: "hub/ConsumerGroups/$Default/Partitions/0",
      filter: { "apache.org:selector-filter:string": filter["jms-selector"] },
    },
  });
  await new Promise((resolve) => void reader.once("receiver_error", resolve));

  expect(reader.error).toMatchObject({ condition: "com.microsoft:argument-error" });
});
