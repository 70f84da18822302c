// What was delivered already: the event ids of one route, for as far back as reading can meet them again.
import { createEventIdSet, type Acquaintance } from "./event-id-set.ts";
import type { CheckpointStore } from "./ports.ts";
import type { FeedRecord, Instant, UnreadableRecord } from "./records.ts";

export interface Ledger {
  look(eventId: string): Acquaintance;
  /** Only after the sink confirmed, or the dead letter was written: an id remembered earlier would lose the record. */
  remember(eventId: string): void;
  readonly size: number;
}

/** Loads the ids filed at or after `from`. */
export async function loadLedger(store: CheckpointStore, route: string, from: Instant): Promise<Ledger> {
  const ids = createEventIdSet();
  for await (const segment of store.readLedger(route, from)) ids.addPacked(segment.ids);
  return {
    look: (eventId) => ids.look(eventId),
    remember: (eventId) => ids.add(eventId),
    get size() {
      return ids.size;
    },
  };
}

/** What happens to a new version of a record that was delivered in another version. */
export type Updates = "forward" | "first-only";

export interface Sorted {
  /** Not in the ledger, each once, in the order given. */
  readonly fresh: readonly FeedRecord[];
  readonly unreadable: readonly UnreadableRecord[];
  readonly alreadyDelivered: number;
  /** New versions left out because of `first-only`. */
  readonly leftOut: number;
  /** New versions of known records, sent or left out. */
  readonly updates: number;
}

/**
 * Tells what is new from what was delivered. `earlier` holds ids that are on their way but not confirmed yet: a record
 * that stands twice in one load is sent once.
 */
export function sortOut(
  records: readonly FeedRecord[],
  unreadable: readonly UnreadableRecord[],
  ledger: Ledger,
  updates: Updates,
  earlier: Set<string>,
): Sorted {
  const fresh: FeedRecord[] = [];
  const strange: UnreadableRecord[] = [];
  const counts = { alreadyDelivered: 0, leftOut: 0, updates: 0 };
  for (const record of records) {
    const acquaintance = earlier.has(record.eventId) ? "delivered" : ledger.look(record.eventId);
    const known = acquaintance === "new" && earlier.has(recordHalf(record.eventId)) ? "new-version" : acquaintance;
    if (known === "delivered") {
      counts.alreadyDelivered += 1;
      continue;
    }
    if (known === "new-version") {
      counts.updates += 1;
      if (updates === "first-only") {
        counts.leftOut += 1;
        continue;
      }
    }
    earlier.add(record.eventId).add(recordHalf(record.eventId));
    fresh.push(record);
  }
  for (const one of unreadable) {
    if (earlier.has(one.eventId) || ledger.look(one.eventId) === "delivered") counts.alreadyDelivered += 1;
    else {
      earlier.add(one.eventId);
      strange.push(one);
    }
  }
  return { fresh, unreadable: strange, ...counts };
}

function recordHalf(eventId: string): string {
  return eventId.slice(0, 16);
}
