import type { CreateBatchOptions, EventDataBatch, SendBatchOptions } from "@azure/event-hubs";
import { describe, expect, it } from "vitest";
import { toEventData } from "../../src/sinks/event-data.ts";
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
    expect(asked).toMatchObject([{ partitionId: "3" }, { partitionId: "3", maxSizeInBytes: 1_048_576 }]);
  });
});

describe("sendLane", () => {
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

describe("batches of a partition", () => {
  it("hold each event once, in order, within the limit, whatever the sizes and whatever the service will not take", async () => {
    const anyEvent = fc.record({ bytes: fc.integer({ min: 1, max: 140 }), good: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { maxLength: 40 }), fc.boolean(), async (wanted, someBad) => {
        const events = wanted.map(({ bytes }, n) => ({ ...outgoingEvent(n, "d"), body: new Uint8Array(bytes) }));
        const ids = (some: readonly { readonly eventId: string }[]) => some.map(({ eventId }) => eventId);
        const badIds = new Set(ids(events.filter((_, n) => someBad && wanted[n]?.good === false)));
        const stored: string[] = [];
        /** By body alone. */
        const limit = 100;
        const open = new Map<unknown, string[]>();
        const client = {
          createBatch: async () => {
            const held: string[] = [];
            let bytes = 0;
            const batch = {
              maxSizeInBytes: limit,
              get sizeInBytes() {
                return bytes;
              },
              tryAdd: ({ body, messageId }: { body: Uint8Array; messageId: string }) => {
                if (bytes + body.byteLength > limit) return false;
                bytes += body.byteLength;
                held.push(messageId);
                return true;
              },
            } as unknown as EventDataBatch;
            open.set(batch, held);
            return batch;
          },
          sendBatch: async (batch: unknown) => {
            const held = open.get(batch) ?? [];
            expect(held.length).toBeGreaterThan(0);
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
        const refused = (n: number) => (wanted[n]?.bytes ?? 0) > limit || badIds.has(events[n]?.eventId ?? "");
        expect(outcome.failure).toBeUndefined();
        expect(ids(outcome.refused.map(({ event }) => event))).toEqual(ids(events.filter((_, n) => refused(n))));
        expect(ids(outcome.confirmed)).toEqual(ids(events.filter((_, n) => !refused(n))));
        expect(stored).toEqual(ids(outcome.confirmed));
      }),
    );
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
