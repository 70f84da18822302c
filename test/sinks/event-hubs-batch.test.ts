import type { CreateBatchOptions, EventDataBatch, SendBatchOptions } from "@azure/event-hubs";
import rhea from "rhea";
import { describe, expect, it } from "vitest";
import { batchFormat, readTransfer } from "../../dev/amqp/transfers.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { createBatchBuffers } from "../../src/sinks/batch-buffers.ts";
import { createEncodedBatch } from "../../src/sinks/encoded-batch.ts";
import { openHubBatch } from "../../src/sinks/event-hubs-batch.ts";
import { sinkRetryPolicy } from "../../src/sinks/retry-policy.ts";
import { sendLane } from "../../src/sinks/send-lane.ts";
import { outgoingEvent } from "../contracts/outgoing-events.ts";
import { never } from "../contracts/sink.ts";
import { fc } from "../fast-check.ts";
import { fakeClock } from "./hub-harness.ts";

describe("openHubBatch", () => {
  it("limits a batch to 1 MiB when the link announces no limit", async () => {
    const asked: CreateBatchOptions[] = [];
    const createBatch = async (options: CreateBatchOptions = {}) => {
      asked.push(options);
      return { maxSizeInBytes: options.maxSizeInBytes } as EventDataBatch;
    };
    const batch = await openHubBatch({ createBatch, sendBatch: async () => {} }, "3", never());
    expect(batch.maxBytes).toBe(1_048_576);
    expect(asked).toMatchObject([{ partitionId: "3" }]);
  });
});

describe("sendLane", () => {
  /** One event fits into a batch; `sendBatch` looks at its signal as the SDK does, after `opening`. */
  function client(opening: () => void = () => {}) {
    const sent: number[] = [];
    return {
      sent,
      createBatch: async () => ({ maxSizeInBytes: 1000 }) as EventDataBatch,
      sendBatch: async (_batch: unknown, options: SendBatchOptions = {}) => {
        opening();
        if (options.abortSignal?.aborted === true) throw Object.assign(new Error("aborted"), { name: "AbortError" });
        sent.push(1);
      },
    };
  }
  const send = (subject: ReturnType<typeof client>, mayStart: () => boolean) => {
    const limits = { policy: sinkRetryPolicy, timeoutMs: 1000, signal: never(), mayStart };
    const events = Array.from({ length: 3 }, (_, n) => outgoingEvent(n, "d", 600));
    const open = (lane: string, signal: AbortSignal) => openHubBatch(subject, lane, signal);
    return sendLane("0", events, { open, place: "event hub h", limits, clock: fakeClock() });
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

/** What a batch holds, read as the service reads it. */
function contentOf(batch: unknown): { readonly bytes: number; readonly ids: readonly string[] } {
  const { _generateMessage: generate }: { _generateMessage: () => Buffer } = Object(batch);
  const message = generate();
  const read = readTransfer(message, batchFormat);
  if (typeof read === "string") throw new Error(read);
  return { bytes: message.length, ids: read.messages.map((one) => String(rhea.message.decode(one)["message_id"])) };
}

function fitsAlone(event: OutgoingEvent, maxBytes: number): boolean {
  return createEncodedBatch(maxBytes, createBatchBuffers(0)).tryAdd(event);
}

describe("batches of a partition", () => {
  it("hold each event once, in order, within the limit, whatever the sizes and whatever the service will not take", async () => {
    const anyEvent = fc.record({ bytes: fc.integer({ min: 1, max: 900 }), good: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { maxLength: 40 }), fc.boolean(), async (wanted, someBad) => {
        const events = wanted.map(({ bytes }, n) => ({ ...outgoingEvent(n, "d"), body: new Uint8Array(bytes) }));
        const ids = (some: readonly { readonly eventId: string }[]) => some.map(({ eventId }) => eventId);
        const badIds = new Set(ids(events.filter((_, n) => someBad && wanted[n]?.good === false)));
        const stored: string[] = [];
        const limit = 1_000;
        const client = {
          createBatch: async () => ({ maxSizeInBytes: limit }) as EventDataBatch,
          sendBatch: async (batch: unknown) => {
            const { bytes, ids: held } = contentOf(batch);
            expect(held.length).toBeGreaterThan(0);
            expect(bytes).toBeLessThanOrEqual(limit);
            if (held.some((id) => badIds.has(id))) throw Object.assign(new Error("no"), { code: "ArgumentError" });
            stored.push(...held);
          },
        };
        const limits = { policy: sinkRetryPolicy, timeoutMs: 1000, signal: never() };
        const openBatch = (lane: string, signal: AbortSignal) => openHubBatch(client, lane, signal);
        const outcome = await sendLane("0", events, {
          open: openBatch,
          place: "event hub h",
          limits,
          clock: fakeClock(),
        });
        const tooLarge = new Set(ids(events.filter((event) => !fitsAlone(event, limit))));
        const refused = (n: number) => [tooLarge, badIds].some((some) => some.has(events[n]?.eventId ?? ""));
        expect(outcome.failure).toBeUndefined();
        expect(ids(outcome.refused.map(({ event }) => event))).toEqual(ids(events.filter((_, n) => refused(n))));
        expect(ids(outcome.confirmed)).toEqual(ids(events.filter((_, n) => !refused(n))));
        expect(stored).toEqual(ids(outcome.confirmed));
      }),
    );
  });
});
