import type { CreateBatchOptions, EventDataBatch, SendBatchOptions } from "@azure/event-hubs";
import { describe, expect, it } from "vitest";
import { toEventData } from "../../src/sinks/event-data.ts";
import { sinkRetryPolicy } from "../../src/sinks/retry-policy.ts";
import { openBatch, sendPartition } from "../../src/sinks/send-partition.ts";
import { outgoingEvent } from "../contracts/outgoing-events.ts";
import { never } from "../contracts/sink.ts";
import { fakeClock } from "./hub-harness.ts";

describe("openBatch", () => {
  it("limits a batch to 1 MiB when the link announces no limit", async () => {
    const asked: CreateBatchOptions[] = [];
    const createBatch = async (options: CreateBatchOptions = {}) => {
      asked.push(options);
      return { maxSizeInBytes: options.maxSizeInBytes } as EventDataBatch;
    };
    const batch = await openBatch({ createBatch }, "3", never());
    expect(batch.maxSizeInBytes).toBe(1_048_576);
    expect(asked).toMatchObject([{ partitionId: "3" }, { partitionId: "3", maxSizeInBytes: 1_048_576 }]);
  });
});

describe("sendPartition", () => {
  /** One event fits into a batch; `sendBatch` looks at its signal as the SDK does, after `opening`. */
  function client(opening: () => void = () => {}) {
    const sent: number[] = [];
    return {
      sent,
      createBatch: async () => {
        let count = 0;
        return { maxSizeInBytes: 1000, sizeInBytes: 10, tryAdd: () => (count += 1) === 1 } as unknown as EventDataBatch;
      },
      sendBatch: async (_batch: unknown, options: SendBatchOptions = {}) => {
        opening();
        if (options.abortSignal?.aborted === true) throw Object.assign(new Error("aborted"), { name: "AbortError" });
        sent.push(1);
      },
    };
  }
  const send = (subject: ReturnType<typeof client>, mayStart: () => boolean) => {
    const limits = { policy: sinkRetryPolicy, timeoutMs: 1000, signal: never(), mayStart };
    const events = Array.from({ length: 3 }, (_, n) => outgoingEvent(n, "d"));
    return sendPartition("0", events, { client: subject, hub: "h", limits, clock: fakeClock() });
  };

  it("starts no batch any more once it may not, whatever its signal says", async () => {
    const subject = client();
    const outcome = await send(subject, () => subject.sent.length === 0);
    expect(outcome).toMatchObject({ batches: 1, failure: { kind: "cancelled", definite: true } });
    expect(subject.sent).toHaveLength(1);
  });

  it("has the SDK ask once more right before the transfer, and believes nothing of what it then gives up", async () => {
    const process = { stoodStill: false };
    const subject = client(() => {
      process.stoodStill = subject.sent.length === 1;
    });
    const outcome = await send(subject, () => !process.stoodStill);
    expect(outcome).toMatchObject({ batches: 1, failure: { kind: "uncertain", code: "AbortError" } });
    expect(subject.sent).toHaveLength(1);
  });
});

describe("toEventData", () => {
  it("passes the bytes on without copying them", () => {
    const event = outgoingEvent(1, "device-1");
    const { body } = toEventData(event);
    expect(Buffer.isBuffer(body)).toBe(true);
    expect(body.buffer).toBe(event.body.buffer);
    expect(body).toEqual(Buffer.from(event.body));
  });
});
