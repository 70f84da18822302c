// Compares where reading back begins and ends with what the hub still has: what to read, and what can never be known.
import type { HubPositions } from "../pipeline/ports.ts";
import type { HubState } from "./hub-state.ts";

/** Sequence numbers of one partition, `after` exclusive, `upTo` inclusive. */
export interface ReadSpan {
  readonly partitionId: string;
  readonly after: number;
  readonly upTo: number;
}

/**
 * Why a part of the span cannot be read:
 * - `other-hub`: the hub was created anew; what the old one held is gone.
 * - `went-back`: the partition ends before the position: it is another one, whatever the hub says.
 * - `vanished`: no such partition any more.
 * - `expired`: retention has left so many events.
 */
export type ReadGap =
  | { readonly kind: "other-hub" }
  | { readonly kind: "went-back" | "vanished"; readonly partitionId: string }
  | { readonly kind: "expired"; readonly partitionId: string; readonly events: number };

export interface ReadPlan {
  readonly spans: readonly ReadSpan[];
  readonly gaps: readonly ReadGap[];
  /** What is reached before any span is read: behind all gaps, so that each is reported once. */
  readonly reached: HubPositions;
}

/** A partition that is new since `after`, or belongs to a hub that was created anew, is read from its beginning. */
export function planReadBack(after: HubPositions, upTo: HubPositions, state: HubState): ReadPlan {
  // Created anew since the end was asked for: nothing up to there is left.
  if (upTo.hub !== state.hub) return { spans: [], gaps: [{ kind: "other-hub" }], reached: upTo };
  const sameHub = after.hub === state.hub;
  const spans: ReadSpan[] = [];
  const gaps: ReadGap[] = sameHub ? [] : [{ kind: "other-hub" }];
  const reached: Record<string, number> = {};

  for (const [partitionId, end] of Object.entries(upTo.partitions)) {
    const partition = state.partitions[partitionId];
    if (partition === undefined) {
      gaps.push({ kind: "vanished", partitionId });
      reached[partitionId] = end;
      continue;
    }
    let from = sameHub ? (after.partitions[partitionId] ?? -1) : -1;
    if (from > partition.last) {
      gaps.push({ kind: "went-back", partitionId });
      from = -1;
    }
    const firstReadable = Math.min(partition.first - 1, end);
    if (from < firstReadable) {
      gaps.push({ kind: "expired", partitionId, events: firstReadable - from });
      from = firstReadable;
    }
    if (from < end) spans.push({ partitionId, after: from, upTo: end });
    reached[partitionId] = from;
  }
  for (const [partitionId, end] of sameHub ? Object.entries(after.partitions) : []) {
    if (partitionId in upTo.partitions) continue;
    if (partitionId in state.partitions) reached[partitionId] = end;
    else gaps.push({ kind: "vanished", partitionId });
  }
  return { spans, gaps, reached: { hub: state.hub, partitions: reached } };
}
