import type { CreateBatchOptions, EventDataBatch } from "@azure/event-hubs";
import { describe, expect, it } from "vitest";
import { toEventData } from "../../src/sinks/event-data.ts";
import { openBatch } from "../../src/sinks/send-partition.ts";
import { outgoingEvent } from "../contracts/outgoing-events.ts";
import { never } from "../contracts/sink.ts";

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

describe("toEventData", () => {
  it("passes the bytes on without copying them", () => {
    const event = outgoingEvent(1, "device-1");
    const { body } = toEventData(event);
    expect(Buffer.isBuffer(body)).toBe(true);
    expect(body.buffer).toBe(event.body.buffer);
    expect(body).toEqual(Buffer.from(event.body));
  });
});
