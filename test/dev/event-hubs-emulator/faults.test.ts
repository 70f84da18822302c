// Faults of transfers, as the SDK meets them, and the counts that prove that they happened.
import { describe, expect, it } from "vitest";
import type { EventHubsEmulator } from "../../../dev/event-hubs-emulator/index.ts";
import { codesOf, emulatorFor, impatient, producerFor, sendTexts, textsOf } from "./clients.ts";

const stored = (emulator: EventHubsEmulator) => textsOf(emulator.events("hub"));

describe("answers other than accepted", () => {
  it("is server-busy as often as asked", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    const fault = emulator.faults.serverBusy({ times: 2 });

    expect(await codesOf(sendTexts(producer, ["a"]))).toEqual(["ServerBusyError"]);
    expect(await codesOf(sendTexts(producer, ["b"]))).toEqual(["ServerBusyError"]);
    await sendTexts(producer, ["c"]);
    expect(stored(emulator)).toEqual(["c"]);
    expect(fault.hits).toBe(2);
    expect(emulator.faults.counts.transfersRefused).toBe(2);
    expect(emulator.stats("hub")).toMatchObject({ transfers: 3, rejected: 2, senders: 1 });
  });

  it("passes with the SDK's own retry once the trouble is over", async () => {
    const emulator = await emulatorFor();
    emulator.faults.serverBusy({ times: 1 });
    const producer = producerFor(emulator, { retryOptions: { maxRetries: 1, retryDelayInMs: 1, timeoutInMs: 5000 } });
    await sendTexts(producer, ["a"]);

    expect(stored(emulator)).toEqual(["a"]);
  });

  it.each([
    ["com.microsoft:timeout", "ServiceUnavailableError"],
    ["amqp:internal-error", "InternalServerError"],
    ["amqp:resource-limit-exceeded", "QuotaExceededError"],
    ["amqp:not-allowed", "InvalidOperationError"],
    ["com.microsoft:entity-disabled", "MessagingEntityDisabledError"],
  ])("rejects with %s", async (condition, code) => {
    const emulator = await emulatorFor();
    emulator.faults.reject(condition, { times: 1, description: "as asked" });

    const failing = sendTexts(producerFor(emulator), ["a"]);
    await expect(failing).rejects.toThrow("as asked");
    expect(await codesOf(failing)).toEqual([code]);
  });

  it.each(["released", "modified"] as const)("says %s", async (outcome) => {
    const emulator = await emulatorFor();
    emulator.faults.outcome(outcome, { times: 1 });

    expect(await codesOf(sendTexts(producerFor(emulator), ["a"]))).toEqual(["SendOperationFailedError"]);
    expect(stored(emulator)).toEqual([]);
  });
});

describe("where a fault strikes", () => {
  it("is one hub, when asked", async () => {
    const emulator = await emulatorFor({ hubs: [{ name: "good" }, { name: "bad" }] });
    emulator.faults.serverBusy({ hub: "Bad" });
    await sendTexts(producerFor(emulator, { hub: "good" }), ["a"]);

    expect(await codesOf(sendTexts(producerFor(emulator, { hub: "bad" }), ["b"]))).toEqual(["ServerBusyError"]);
  });

  it("is one partition, when asked", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    const fault = emulator.faults.serverBusy({ partition: "1" });
    await sendTexts(producer, ["a"], { partitionId: "0" });

    expect(await codesOf(sendTexts(producer, ["b"], { partitionId: "1" }))).toEqual(["ServerBusyError"]);
    expect(fault.hits).toBe(1);
  });

  it("begins after a number of transfers and ends when cleared", async () => {
    const emulator = await emulatorFor();
    const producer = producerFor(emulator);
    const fault = emulator.faults.serverBusy({ after: 1 });
    await sendTexts(producer, ["a"]);
    expect(await codesOf(sendTexts(producer, ["b"]))).toEqual(["ServerBusyError"]);
    fault.clear();
    await sendTexts(producer, ["c"]);
    emulator.faults.serverBusy();
    emulator.faults.clear();
    await sendTexts(producer, ["d"]);

    expect(stored(emulator)).toEqual(["a", "c", "d"]);
  });
});

describe("answers that never come", () => {
  it("loses the acknowledgement of a stored transfer: sent again, it is a duplicate", async () => {
    const emulator = await emulatorFor();
    emulator.faults.loseAcknowledgement({ times: 1 });
    const retryOptions = { maxRetries: 1, retryDelayInMs: 1, timeoutInMs: 700 };
    await sendTexts(producerFor(emulator, { retryOptions }), ["a", "b"]);

    expect(stored(emulator)).toEqual(["a", "b", "a", "b"]);
    expect(emulator.faults.counts).toMatchObject({
      transfersStoredUnacknowledged: 1,
      eventsStoredUnacknowledged: 2,
      connectionsDropped: 1,
      transfersLost: 0,
    });
  });

  it("drops the socket before storing", async () => {
    const emulator = await emulatorFor();
    emulator.faults.dropBeforeStoring({ times: 1 });
    const producer = producerFor(emulator, { retryOptions: impatient });

    expect(await codesOf(sendTexts(producer, ["a"]))).toEqual(["OperationTimeoutError"]);
    expect(stored(emulator)).toEqual([]);
    expect(emulator.faults.counts).toMatchObject({ transfersLost: 1, connectionsDropped: 1 });
    await sendTexts(producer, ["b"]);
    expect(stored(emulator)).toEqual(["b"]);
  });

  it.each([true, false])("never answers a transfer (stored: %s)", async (isStored) => {
    const emulator = await emulatorFor();
    const fault = emulator.faults.neverAnswer({ stored: isStored, times: 1 });
    const failing = codesOf(sendTexts(producerFor(emulator, { retryOptions: impatient }), ["a"]));
    await fault.whenHit();

    expect(await failing).toEqual(["OperationTimeoutError"]);
    expect(stored(emulator)).toEqual(isStored ? ["a"] : []);
    expect(emulator.faults.counts.transfersStoredUnacknowledged).toBe(isStored ? 1 : 0);
    expect(emulator.faults.counts.transfersLost).toBe(isStored ? 0 : 1);
    expect(emulator.connections).toBe(1);
  });

  it("commits a transfer long after its client died", async () => {
    const emulator = await emulatorFor();
    const late = emulator.faults.commitLate({ drop: true, times: 1 });
    const producer = producerFor(emulator, { retryOptions: impatient });
    expect(await codesOf(sendTexts(producer, ["late"]))).toEqual(["OperationTimeoutError"]);
    await producer.close();
    expect(late.held).toBe(1);
    await sendTexts(producerFor(emulator), ["in between"]);

    expect(late.release()).toBe(1);
    expect(late.release()).toBe(0);
    expect(stored(emulator)).toEqual(["in between", "late"]);
    expect(emulator.faults.counts).toMatchObject({ transfersCommittedLate: 1, transfersStoredUnacknowledged: 1 });
  });

  it("commits when the given promise resolves, and answers a client that is still there", async () => {
    const emulator = await emulatorFor();
    const delay = Promise.withResolvers<void>();
    const late = emulator.faults.commitLate({ times: 1, until: () => delay.promise });
    const sending = sendTexts(producerFor(emulator), ["late"]);
    await late.whenHit();
    expect(stored(emulator)).toEqual([]);
    delay.resolve();
    await sending;

    expect(stored(emulator)).toEqual(["late"]);
    expect(emulator.faults.counts).toMatchObject({ transfersCommittedLate: 1, transfersStoredUnacknowledged: 0 });
  });
});

describe("limits", () => {
  it("announces a smaller message size", async () => {
    const emulator = await emulatorFor();
    emulator.faults.limitMessageBytes({ bytes: 1000, hub: "hub" });

    expect((await producerFor(emulator).createBatch()).maxSizeInBytes).toBe(1000);
  });

  it("enforces a smaller message size that it did not announce", async () => {
    const emulator = await emulatorFor();
    emulator.faults.limitMessageBytes({ bytes: 1000, announce: false });
    const producer = producerFor(emulator);
    const batch = await producer.createBatch();
    expect(batch.maxSizeInBytes).toBe(1_048_576);
    batch.tryAdd({ body: Buffer.alloc(2000) });

    expect(await codesOf(producer.sendBatch(batch))).toEqual(["MessageTooLargeError"]);
  });

  it("throttles by events per second of its clock, over all hubs", async () => {
    let now = Date.now();
    const emulator = await emulatorFor({ hubs: [{ name: "hub" }, { name: "other" }], now: () => now });
    emulator.faults.throttle(1);
    const producer = producerFor(emulator);
    const many = Array.from({ length: 600 }, () => "x");
    await sendTexts(producer, many);

    expect(await codesOf(sendTexts(producerFor(emulator, { hub: "other" }), many))).toEqual(["ServerBusyError"]);
    now += 1000;
    await sendTexts(producer, many);
    expect(emulator.faults.counts.transfersThrottled).toBe(1);
    expect(emulator.events("hub")).toHaveLength(1200);
  });

  it("throttles by bytes per second, more units let more through", async () => {
    const now = Date.now();
    const emulator = await emulatorFor({ now: () => now });
    const producer = producerFor(emulator);
    const large = () => producer.sendBatch([{ body: Buffer.alloc(600_000) }]);
    const oneUnit = emulator.faults.throttle(1);
    await large();
    expect(await codesOf(large())).toEqual(["ServerBusyError"]);
    oneUnit.clear();

    emulator.faults.throttle(2);
    await large();
    await large();
    await large();
    expect(await codesOf(large())).toEqual(["ServerBusyError"]);
  });
});

describe("an answer that comes late", () => {
  it("counts as unanswered while the client waits for it, and is then given", async () => {
    const emulator = await emulatorFor();
    const answer = Promise.withResolvers<void>();
    const fault = emulator.faults.answerLate({ hub: "hub", until: () => answer.promise });
    const sending = sendTexts(producerFor(emulator), ["a", "b"]);
    await fault.whenHit();

    expect(stored(emulator)).toEqual(["a", "b"]);
    expect(emulator.faults.unanswered("Hub")).toEqual({ storedTransfers: 1, storedEvents: 2, heldTransfers: 0 });
    expect(emulator.faults.unanswered("other")).toMatchObject({ storedTransfers: 0 });
    answer.resolve();
    await sending;
    expect(emulator.faults.unanswered("hub")).toEqual({ storedTransfers: 0, storedEvents: 0, heldTransfers: 0 });
    expect(emulator.faults.counts.transfersStoredUnacknowledged).toBe(0);
  });

  it("counts no more once the client has gone", async () => {
    const emulator = await emulatorFor();
    const answer = Promise.withResolvers<void>();
    const fault = emulator.faults.answerLate({ until: () => answer.promise });
    const sending = codesOf(sendTexts(producerFor(emulator), ["a"]));
    await fault.whenHit();
    emulator.faults.dropConnections();

    expect(emulator.faults.unanswered("hub").storedTransfers).toBe(0);
    await sending;
    answer.resolve();
    await answer.promise;
    expect(emulator.faults.counts.transfersStoredUnacknowledged).toBe(1);
  });

  it("is told apart from a transfer that is to be stored later", async () => {
    const emulator = await emulatorFor();
    const held = emulator.faults.commitLate({ times: 1 });
    const sending = sendTexts(producerFor(emulator), ["a"]);
    await held.whenHit();

    expect(emulator.faults.unanswered("hub")).toEqual({ storedTransfers: 0, storedEvents: 0, heldTransfers: 1 });
    held.release();
    await sending;
    expect(emulator.faults.unanswered("hub").heldTransfers).toBe(0);
  });
});
