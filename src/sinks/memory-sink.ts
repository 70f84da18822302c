// A sink that keeps its events in memory and fails as told: for tests and the simulation.
import { BridgeError } from "../errors.ts";
import type { Refusal, SendReport, Sink } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import { partitionFor } from "./partitions.ts";

export interface MemorySinkOptions {
  readonly name?: string;
  /** Default 4. */
  readonly partitions?: number;
  /** Default 100. */
  readonly eventsPerBatch?: number;
  /** Larger bodies are refused. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** A reason refuses this one event. */
  readonly refuse?: (event: OutgoingEvent) => string | undefined;
  /** Decides what happens to a batch, each time it is tried. Default: it is stored. */
  readonly onBatch?: (batch: MemoryBatch) => BatchFate | Promise<BatchFate>;
  /** Decides whether a connection is to be had, for `check`. */
  readonly onCheck?: () => BridgeError | undefined;
  /** Waits while `busy`; without it a busy batch is tried again at once. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface MemoryBatch {
  readonly partitionId: string;
  readonly events: readonly OutgoingEvent[];
  /** Counts the batches of this sink from 1; a batch that is tried again counts again. */
  readonly number: number;
}

/**
 * `busy` is waited out. A failed batch ends its partition when the error is `SINK_UNCERTAIN`, else the whole send; `stored`
 * tells whether the events arrived all the same.
 */
export type BatchFate = "stored" | "busy" | { readonly error: BridgeError; readonly stored: boolean };

export interface MemorySink extends Sink {
  /** Everything that arrived, in the order of its partition. */
  readonly received: readonly OutgoingEvent[];
}

const busyMs = 10_000;

export function createMemorySink(options: MemorySinkOptions = {}): MemorySink {
  const { partitions = 4, eventsPerBatch = 100, maxBodyBytes = 1024 * 1024 } = options;
  const ids = Array.from({ length: partitions }, (_, index) => String(index));
  const received: OutgoingEvent[] = [];
  let lastSend: Promise<unknown> = Promise.resolve();
  let tried = 0;

  const whyRefused = (event: OutgoingEvent): string | undefined =>
    event.body.byteLength > maxBodyBytes
      ? `The record has ${event.body.byteLength} bytes; this sink takes ${maxBodyBytes} bytes at most.`
      : options.refuse?.(event);

  async function tryBatch(partitionId: string, events: readonly OutgoingEvent[], signal: AbortSignal) {
    for (;;) {
      if (signal.aborted) return outOfTime();
      tried += 1;
      const fate = (await options.onBatch?.({ partitionId, events, number: tried })) ?? "stored";
      if (fate === "stored" || (fate !== "busy" && fate.stored)) received.push(...events);
      if (fate === "stored") return undefined;
      if (fate !== "busy") return fate.error;
      await options.wait?.(busyMs, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  async function send(events: readonly OutgoingEvent[], signal: AbortSignal): Promise<SendReport> {
    const confirmed: OutgoingEvent[] = [];
    const refused: Refusal[] = [];
    let batches = 0;
    let bytes = 0;
    let failure: BridgeError | undefined;
    for (const [partitionId, own] of Map.groupBy(events, (event) => partitionFor(event.orderKey, ids))) {
      const accepted: OutgoingEvent[] = [];
      for (const event of own) {
        const reason = whyRefused(event);
        if (reason === undefined) accepted.push(event);
        else refused.push({ event, reason });
      }
      for (let from = 0; from < accepted.length; from += eventsPerBatch) {
        const batch = accepted.slice(from, from + eventsPerBatch);
        const error = await tryBatch(partitionId, batch, signal);
        if (error !== undefined) {
          if (failure?.code !== "SINK_UNCERTAIN") failure = error;
          break;
        }
        confirmed.push(...batch);
        batches += 1;
        bytes += batch.reduce((sum, event) => sum + event.body.byteLength, 0);
      }
      if (failure !== undefined && failure.code !== "SINK_UNCERTAIN") break;
    }
    return { confirmed, refused, batches, bytes, ...(failure && { failure }) };
  }

  return {
    name: options.name ?? "memory",
    received,
    async check(signal) {
      signal.throwIfAborted();
      const error = options.onCheck?.();
      if (error !== undefined) throw error;
    },
    send(events, signal) {
      const sending = lastSend.then(() => send(events, signal));
      lastSend = sending.catch(() => undefined);
      return sending;
    },
    async close() {},
  };
}

function outOfTime(): BridgeError {
  return new BridgeError("OUT_OF_TIME", "The memory sink was told to stop.", {
    fix: "The next run goes on from here.",
  });
}
