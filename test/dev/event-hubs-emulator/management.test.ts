// Runtime information about hubs and partitions.
import { describe, expect, it } from "vitest";
import { codesOf, consumerFor, emulatorFor, producerFor, sendTexts } from "./clients.ts";

describe("runtime information", () => {
  it("describes hub and partitions", async () => {
    let now = 1_900_000_000_000;
    const emulator = await emulatorFor({ now: () => now, tokenNow: Date.now });
    now += 5000;
    await sendTexts(producerFor(emulator), ["a", "b"], { partitionId: "1" });
    const consumer = consumerFor(emulator);

    expect(await consumer.getEventHubProperties()).toEqual({
      name: "hub",
      createdOn: new Date(1_900_000_000_000),
      partitionIds: ["0", "1"],
      isGeoDrEnabled: false,
    });
    expect(await consumer.getPartitionProperties("0")).toMatchObject({
      isEmpty: true,
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: -1,
      lastEnqueuedOffset: "-1",
    });
    expect(await consumer.getPartitionProperties("1")).toEqual({
      eventHubName: "hub",
      partitionId: "1",
      isEmpty: false,
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: 1,
      lastEnqueuedOffset: emulator.events("hub")[1]?.offset,
      lastEnqueuedOnUtc: new Date(now),
    });
  });

  it("knows no absent hub or partition", async () => {
    const emulator = await emulatorFor();

    const absentHub = producerFor(emulator, { hub: "absent" }).getPartitionIds();
    expect(await codesOf(absentHub)).toEqual(["MessagingEntityNotFoundError"]);
    const absentPartition = producerFor(emulator).getPartitionProperties("9");
    expect(await codesOf(absentPartition)).toEqual(["ArgumentOutOfRangeError"]);
  });
});
