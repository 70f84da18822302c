// A sink that keeps its events in memory and fails as told: for tests and the simulation.
import { BridgeError } from "../errors.ts";
import type { Refusal, SendReport, Sink } from "../pipeline/ports.ts";
import type { Permission } from "../pipeline/recovery.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import { createMemoryHub, type MemoryHub } from "./memory-hub.ts";
import { createMemoryReadBack, type MemoryReadBackControls } from "./memory-read-back.ts";
import { partitionFor } from "./partitions.ts";

export interface MemorySinkOptions extends MemoryReadBackControls {
  readonly name?: string;
  /** Where it sends to; several sinks, one after the other or at once, may share it. Default: one of its own. */
  readonly hub?: MemoryHub;
  /** Of its own hub. Default 4. */
  readonly partitions?: number;
  /** False for a sink that cannot be read back. Default true. */
  readonly readable?: boolean;
  readonly settleMs?: number;
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
 * tells whether the events arrived all the same, `storeLater` is given the function that makes them arrive, whenever it is
 * called, also long after the sender is gone.
 */
export type BatchFate =
  | "stored"
  | "busy"
  | { readonly error: BridgeError; readonly stored: boolean }
  | { readonly error: BridgeError; readonly storeLater: (store: () => void) => void };

export interface MemorySink extends Sink {
  readonly hub: MemoryHub;
  /** Everything that arrived in its hub, in the order of its partition. */
  readonly received: readonly OutgoingEvent[];
}

const busyMs = 10_000;

export function createMemorySink(options: MemorySinkOptions = {}): MemorySink {
  const { eventsPerBatch = 100, maxBodyBytes = 1024 * 1024 } = options;
  const hub = options.hub ?? createMemoryHub({ partitions: options.partitions ?? 4 });
  let lastSend: Promise<unknown> = Promise.resolve();
  let tried = 0;

  const whyRefused = (event: OutgoingEvent): string | undefined =>
    event.body.byteLength > maxBodyBytes
      ? `The record has ${event.body.byteLength} bytes; this sink takes ${maxBodyBytes} bytes at most.`
      : options.refuse?.(event);

  async function tryBatch(partitionId: string, events: readonly OutgoingEvent[], { signal, mayStart }: Permission) {
    for (;;) {
      if (signal.aborted || !mayStart()) return outOfTime();
      tried += 1;
      const fate = (await options.onBatch?.({ partitionId, events, number: tried })) ?? "stored";
      const store = () => hub.store(partitionId, events);
      if (fate === "stored") {
        store();
        return undefined;
      }
      if (fate !== "busy") {
        if ("storeLater" in fate) fate.storeLater(store);
        else if (fate.stored) store();
        return fate.error;
      }
      await options.wait?.(busyMs, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  async function send(events: readonly OutgoingEvent[], permission: Permission, more: boolean): Promise<SendReport> {
    const confirmed: OutgoingEvent[] = [];
    const refused: Refusal[] = [];
    const heldBack: OutgoingEvent[] = [];
    let batches = 0;
    let bytes = 0;
    let failure: BridgeError | undefined;
    for (const [partitionId, own] of Map.groupBy(events, (event) => partitionFor(event.orderKey, hub.partitionIds))) {
      const accepted: OutgoingEvent[] = [];
      for (const event of own) {
        const reason = whyRefused(event);
        if (reason === undefined) accepted.push(event);
        else refused.push({ event, reason });
      }
      for (let from = 0; from < accepted.length; from += eventsPerBatch) {
        const batch = accepted.slice(from, from + eventsPerBatch);
        if (more && batch.length < eventsPerBatch) {
          heldBack.push(...batch);
          break;
        }
        const error = await tryBatch(partitionId, batch, permission);
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
    return {
      confirmed,
      refused,
      batches,
      bytes,
      ...(heldBack.length > 0 && { heldBack }),
      ...(failure && { failure }),
    };
  }

  return {
    name: options.name ?? "memory",
    hub,
    received: hub.received,
    ...(options.settleMs !== undefined && { settleMs: options.settleMs }),
    ...(options.readable !== false && { readBack: createMemoryReadBack(hub, options) }),
    async check(signal) {
      signal.throwIfAborted();
      const error = options.onCheck?.();
      if (error !== undefined) throw error;
    },
    send(events, signal, mayStart = () => true, more = false) {
      const sending = lastSend.then(() => send(events, { signal, mayStart }, more));
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
