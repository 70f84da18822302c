// Reads a hub in memory back, and fails as told.
import type { BridgeError } from "../errors.ts";
import type { ReadBack, ReadBackReport, ReadBackRequest } from "../pipeline/ports.ts";
import { positionsOf } from "./hub-state.ts";
import type { MemoryHub } from "./memory-hub.ts";
import { gapErrors } from "./read-back-errors.ts";
import { planReadBack } from "./read-plan.ts";

export interface MemoryReadBackControls {
  /** Decides whether positions are to be had. */
  readonly onPositions?: () => BridgeError | undefined | Promise<BridgeError | undefined>;
  /** Decides what happens to a reading, each time. Default: everything is read. */
  readonly onRead?: (request: ReadBackRequest) => ReadFate | Promise<ReadFate>;
}

/**
 * `error` fails for now; `unknown` refuses the whole span for good (no right to listen, reader refused); `mostEvents`
 * ends the reading early, as time would.
 */
export type ReadFate =
  | "read"
  | { readonly error: BridgeError }
  | { readonly unknown: BridgeError }
  | { readonly mostEvents: number };

export function createMemoryReadBack(hub: MemoryHub, controls: MemoryReadBackControls): ReadBack {
  return {
    async positions(signal) {
      signal.throwIfAborted();
      const error = await controls.onPositions?.();
      if (error !== undefined) throw error;
      return positionsOf(hub.state());
    },
    async read(request) {
      const fate = (await controls.onRead?.(request)) ?? "read";
      if (fate === "read") return readHub(hub, request, Infinity);
      if ("error" in fate) throw fate.error;
      if ("mostEvents" in fate) return readHub(hub, request, fate.mostEvents);
      return { found: [], reached: request.upTo, unknown: [fate.unknown] };
    },
  };
}

/** One event at least, so that every reading makes progress. */
function readHub(hub: MemoryHub, request: ReadBackRequest, mostEvents: number): ReadBackReport {
  const { route, after, upTo, maxBytes, signal } = request;
  if (signal.aborted) return { found: [], reached: after, unknown: [] };
  const plan = planReadBack(after, upTo, hub.state());
  const unknown = gapErrors(plan.gaps, "The hub in memory");
  const reached: Record<string, number> = { ...plan.reached.partitions };
  const found: string[] = [];
  let bytes = 0;
  let events = 0;
  for (const span of plan.spans) {
    for (const { sequence, event } of hub.read(span.partitionId, span.after, span.upTo)) {
      if (events > 0 && (bytes >= maxBytes || events >= mostEvents)) break;
      if (event.properties.route === route) found.push(event.eventId);
      reached[span.partitionId] = sequence;
      bytes += event.body.byteLength;
      events += 1;
    }
  }
  return { found, reached: { hub: plan.reached.hub, partitions: reached }, unknown };
}
