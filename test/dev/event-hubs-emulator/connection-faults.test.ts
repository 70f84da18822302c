// Faults of links, connections and attaches, as the SDK meets them.
import { EventHubProducerClient, earliestEventPosition } from "@azure/event-hubs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EventHubsEmulator } from "../../../dev/event-hubs-emulator/index.ts";
import { codesOf, consumerFor, emulatorFor, impatient, oneAttempt } from "./clients.ts";
import { producerFor, read, sendTexts, textsOf } from "./clients.ts";

const stored = (emulator: EventHubsEmulator) => textsOf(emulator.events("hub"));

describe("links and connections that end", () => {
  it("detaches a link after some transfers, and the client opens a new one", async () => {
    const emulator = await emulatorFor();
    const fault = emulator.faults.detachOnTransfer({ after: 2, times: 1 });
    const producer = producerFor(emulator, { retryOptions: impatient });
    await sendTexts(producer, ["a"]);
    await sendTexts(producer, ["b"]);
    expect(await codesOf(sendTexts(producer, ["c"]))).toEqual(["OperationTimeoutError"]);
    await sendTexts(producer, ["d"]);

    expect(stored(emulator)).toEqual(["a", "b", "d"]);
    expect(fault.hits).toBe(1);
    expect(emulator.faults.counts).toMatchObject({ linksDetached: 1, transfersLost: 1 });
    expect(emulator.stats("hub").senders).toBe(2);
  });

  it("detaches idle links: the next send goes over a new one", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    await sendTexts(producer, ["a"]);
    expect(emulator.faults.detachLinks({ hub: "hub", role: "receive" })).toBe(0);
    expect(emulator.faults.detachLinks({ hub: "hub", role: "send" })).toBe(1);
    await producer.getPartitionIds(); // a round trip on the same connection
    await sendTexts(producer, ["b"]);

    expect(stored(emulator)).toEqual(["a", "b"]);
    expect(emulator.stats("hub").senders).toBe(2);
  });

  it("tells a reader with which condition it was detached", async () => {
    const emulator = await emulatorFor();
    await sendTexts(producerFor(emulator), ["a"], { partitionId: "0" });
    const reading = read(consumerFor(emulator), "0", earliestEventPosition);
    await reading.received(1);
    emulator.faults.detachLinks({ partition: "0", condition: "com.microsoft:entity-disabled" });

    expect(await reading.failed()).toMatchObject({ code: "MessagingEntityDisabledError" });
  });

  it("closes all that is idle, as after an hour without a run: the next run works", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    await sendTexts(producer, ["a"]);
    const closed = new Promise<void>((resolve) => {
      const check = () => (emulator.connections === 0 ? resolve() : setImmediate(check));
      check();
    });
    expect(emulator.faults.closeIdle()).toBe(1);
    await closed;
    await sendTexts(producer, ["b"]);

    expect(stored(emulator)).toEqual(["a", "b"]);
    expect(emulator.faults.counts).toMatchObject({ linksDetached: 1, connectionsClosed: 1 });
  });

  it("drops every socket: the next run works", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator, { retryOptions: { ...impatient, maxRetries: 1, retryDelayInMs: 1 } });
    await sendTexts(producer, ["a"]);
    expect(emulator.faults.dropConnections()).toBe(1);
    await sendTexts(producer, ["b"]);

    expect(stored(emulator)).toEqual(["a", "b"]);
    expect(emulator.faults.counts.connectionsDropped).toBe(1);
  });

  it("keeps a reader going over a dropped socket, without a gap or a repeat", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    await sendTexts(producer, ["a"], { partitionId: "0" });
    const retryOptions = { maxRetries: 3, retryDelayInMs: 1, timeoutInMs: 5000 };
    // The SDK notices a lost receiver only when its wait for events is over.
    const patience = { maxWaitTimeInSeconds: 0.3 };
    const reading = read(consumerFor(emulator, { retryOptions }), "0", earliestEventPosition, patience);
    await reading.received(1);
    emulator.faults.dropConnections();
    await sendTexts(producerFor(emulator), ["b"], { partitionId: "0" });

    expect(textsOf(await reading.received(2))).toEqual(["a", "b"]);
  });
});

describe("doors that stay shut", () => {
  it("refuses to attach, for one role if asked", async () => {
    const emulator = await emulatorFor();
    emulator.faults.refuseAttach({ role: "receive", times: 1, condition: "com.microsoft:server-busy" });
    await sendTexts(producerFor(emulator), ["a"]);

    const reading = read(consumerFor(emulator), "0", earliestEventPosition);
    expect(await reading.failed()).toMatchObject({ code: "ServerBusyError" });
    emulator.faults.refuseAttach({ role: "send", times: 1, description: "not now" });
    await expect(producerFor(emulator).createBatch()).rejects.toThrow("not now");
    expect(emulator.faults.counts.attachesRefused).toBe(2);
  });

  it("refuses tokens with 401", async () => {
    const emulator = await emulatorFor();
    emulator.faults.refuseTokens({ hub: "hub", times: 1 });
    const producer = producerFor(emulator);

    expect(await codesOf(producer.createBatch())).toEqual(["UnauthorizedError"]);
    await sendTexts(producer, ["a"]);
    expect(emulator.faults.counts.tokensRefused).toBe(1);
  });

  it("takes the socket and stays silent", async () => {
    const emulator = await emulatorFor();
    const fault = emulator.faults.silentPeer({ times: 1 });
    const abort = new AbortController();
    const opening = producerFor(emulator).createBatch({ abortSignal: abort.signal });
    await fault.whenHit();
    abort.abort();

    await expect(opening).rejects.toThrow("abort");
    expect(emulator.faults.counts.silentPeers).toBe(1);
    expect(emulator.connections).toBe(0);
    await sendTexts(producerFor(emulator), ["the next socket is served"]);
  });
});

it("dies with its clients connected, and clients meet a closed port", async () => {
  const emulator = await emulatorFor();
  const producer = producerFor(emulator);
  await sendTexts(producer, ["a"]);
  await emulator.close();

  const late = new EventHubProducerClient(emulator.connectionString("hub"), { retryOptions: oneAttempt });
  onTestFinished(() => late.close());
  expect(await codesOf(late.createBatch())).toEqual(["ECONNREFUSED"]);
});
