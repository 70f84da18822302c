// Who may read a partition beside whom.
import { earliestEventPosition } from "@azure/event-hubs";
import { describe, expect, it, vi } from "vitest";
import type { EventHubsEmulator } from "../../../dev/event-hubs-emulator/index.ts";
import { consumerFor, emulatorFor, producerFor, read, sendTexts, textsOf } from "./clients.ts";

const opened = (emulator: EventHubsEmulator) =>
  vi.waitFor(() => expect(emulator.stats("hub").readers).toBe(1), { interval: 5 });

// The SDK takes an owner level of 0 for none.
describe("epochs", () => {
  it("refuses a reader without an epoch beside one that has one", async () => {
    const emulator = await emulatorFor();
    const owner = read(consumerFor(emulator), "0", earliestEventPosition, { ownerLevel: 1 });
    await opened(emulator);

    const other = read(consumerFor(emulator), "0", earliestEventPosition);
    expect(await other.failed()).toMatchObject({ code: "ReceiverDisconnectedError" });
    await sendTexts(producerFor(emulator), ["still there"], { partitionId: "0" });
    expect(textsOf(await owner.received(1))).toEqual(["still there"]);
  });

  it("allows the other partition and the other group meanwhile", async () => {
    const emulator = await emulatorFor({ hubs: [{ name: "hub", partitionCount: 2, consumerGroups: ["g"] }] });
    read(consumerFor(emulator), "0", earliestEventPosition, { ownerLevel: 1 });
    await opened(emulator);
    await sendTexts(producerFor(emulator), ["a"], { partitionId: "1" });
    await sendTexts(producerFor(emulator), ["b"], { partitionId: "0" });

    expect(await read(consumerFor(emulator), "1", earliestEventPosition).received(1)).toHaveLength(1);
    expect(await read(consumerFor(emulator, { group: "g" }), "0", earliestEventPosition).received(1)).toHaveLength(1);
  });

  it("disconnects readers without an epoch when one with an epoch comes", async () => {
    const emulator = await emulatorFor();
    const plain = read(consumerFor(emulator), "0", earliestEventPosition);
    await opened(emulator);
    read(consumerFor(emulator), "0", earliestEventPosition, { ownerLevel: 1 });

    expect(await plain.failed()).toMatchObject({ code: "ReceiverDisconnectedError" });
  });

  it("lets a higher epoch take over, and refuses a lower one", async () => {
    const emulator = await emulatorFor();
    const first = read(consumerFor(emulator), "0", earliestEventPosition, { ownerLevel: 5 });
    await opened(emulator);
    const lower = read(consumerFor(emulator), "0", earliestEventPosition, { ownerLevel: 4 });
    expect(await lower.failed()).toMatchObject({ code: "ReceiverDisconnectedError" });
    await lower.close();
    expect(first.errors).toEqual([]);

    read(consumerFor(emulator), "0", earliestEventPosition, { ownerLevel: 6 });
    expect(await first.failed()).toMatchObject({ code: "ReceiverDisconnectedError" });
  });

  it("frees the partition when the reader with an epoch leaves", async () => {
    const emulator = await emulatorFor();
    await sendTexts(producerFor(emulator), ["a"], { partitionId: "0" });
    const owner = read(consumerFor(emulator), "0", earliestEventPosition, { ownerLevel: 1 });
    await owner.received(1);
    await owner.close();

    expect(await read(consumerFor(emulator), "0", earliestEventPosition).received(1)).toHaveLength(1);
  });

  it("frees the partition when the connection of its reader dies", async () => {
    const emulator = await emulatorFor();
    await sendTexts(producerFor(emulator), ["a"], { partitionId: "0" });
    const owner = read(consumerFor(emulator), "0", earliestEventPosition, { ownerLevel: 1 });
    await owner.received(1);
    emulator.faults.dropConnections();

    expect(await read(consumerFor(emulator), "0", earliestEventPosition).received(1)).toHaveLength(1);
  });

  it("allows five readers per group and partition", async () => {
    const emulator = await emulatorFor();
    await sendTexts(producerFor(emulator), ["a"], { partitionId: "0" });
    for (let reader = 0; reader < 5; reader++) {
      await read(consumerFor(emulator), "0", earliestEventPosition).received(1);
    }

    const sixth = read(consumerFor(emulator), "0", earliestEventPosition);
    expect(await sixth.failed()).toMatchObject({ code: "QuotaExceededError" });
  });
});
