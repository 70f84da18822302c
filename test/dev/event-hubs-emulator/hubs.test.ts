// Hubs that come and go while clients are connected.
import { earliestEventPosition } from "@azure/event-hubs";
import { expect, it } from "vitest";
import { codesOf, consumerFor, emulatorFor, producerFor, read, sendTexts, textsOf } from "./clients.ts";

it("serves a hub created while clients are connected", async () => {
  const emulator = await emulatorFor();
  const producer = producerFor(emulator, { hub: "later" });
  expect(await codesOf(producer.createBatch())).toEqual(["MessagingEntityNotFoundError"]);

  emulator.createHub({ name: "later" });
  await sendTexts(producer, ["here"]);
  expect(textsOf(emulator.events("later"))).toEqual(["here"]);
});

it("detaches the links of a deleted hub and forgets it", async () => {
  const emulator = await emulatorFor();
  const producer = producerFor(emulator);
  await sendTexts(producer, ["gone"]);
  const reading = read(consumerFor(emulator), "0", earliestEventPosition);
  await reading.received(1);
  emulator.deleteHub("hub");

  expect(await codesOf(producer.getPartitionIds())).toEqual(["MessagingEntityNotFoundError"]);
  expect(await codesOf(sendTexts(producer, ["late"]))).toEqual(["MessagingEntityNotFoundError"]);
  expect(await reading.failed()).toMatchObject({ code: "MessagingEntityNotFoundError" });
  expect(() => emulator.events("hub")).toThrow("no hub");
});

it("begins a recreated hub anew, with the options it had", async () => {
  const emulator = await emulatorFor({ hubs: [{ name: "Hub", partitionCount: 1, consumerGroups: ["g"] }] });
  const producer = producerFor(emulator);
  await sendTexts(producer, ["a", "b"]);
  emulator.recreateHub("hub");
  expect(await producer.getPartitionIds()).toEqual(["0"]); // a round trip, so that the client knows its link is gone
  await sendTexts(producer, ["c"]);

  expect(emulator.events("hub")).toMatchObject([{ sequenceNumber: 0, offset: "0", body: Buffer.from("c") }]);
  const reading = read(consumerFor(emulator, { group: "g" }), "0", earliestEventPosition);
  expect(textsOf(await reading.received(1))).toEqual(["c"]);
});

it("refuses a second hub of the same name", async () => {
  const emulator = await emulatorFor();

  expect(() => emulator.createHub({ name: "HUB" })).toThrow("exists already");
});

it("forgets clients that have left", async () => {
  const emulator = await emulatorFor();
  const producer = producerFor(emulator);
  await sendTexts(producer, ["a"]);
  expect(emulator.connections).toBe(1);
  await producer.close();

  expect(emulator.connections).toBe(0);
});
