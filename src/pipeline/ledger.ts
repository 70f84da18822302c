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

/** Loads the ids of these routes that are filed at or after `from`. */
export async function loadLedger(
  store: Pick<CheckpointStore, "readLedger">,
  routes: readonly string[],
  from: Instant,
): Promise<Ledger> {
  const ids = createEventIdSet();
  for (const route of routes) for await (const segment of store.readLedger(route, from)) ids.addPacked(segment.ids);
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

/** What is on its way but not confirmed yet: events by id, records by the half of it that names them. */
export interface OnTheWay {
  has(eventId: string): boolean;
  hasRecord(half: string): boolean;
  /** Called for each new one before the next is looked at. `half` is absent for what could not be read. */
  add(one: FeedRecord | UnreadableRecord, half?: string): void;
}

/** Tells what is new from what was delivered. What is on its way already is not sent again, also when it stands here twice. */
export function sortOut(
  records: readonly FeedRecord[],
  unreadable: readonly UnreadableRecord[],
  ledger: Ledger,
  updates: Updates,
  onTheWay: OnTheWay,
): Sorted {
  const fresh: FeedRecord[] = [];
  const strange: UnreadableRecord[] = [];
  const counts = { alreadyDelivered: 0, leftOut: 0, updates: 0 };
  for (const record of records) {
    const { eventId } = record;
    const half = recordHalf(eventId);
    const acquaintance = onTheWay.has(eventId) ? "delivered" : ledger.look(eventId);
    if (acquaintance === "delivered") {
      counts.alreadyDelivered += 1;
      continue;
    }
    if (acquaintance === "new-version" || onTheWay.hasRecord(half)) {
      counts.updates += 1;
      if (updates === "first-only") {
        counts.leftOut += 1;
        continue;
      }
    }
    onTheWay.add(record, half);
    fresh.push(record);
  }
  for (const one of unreadable) {
    if (onTheWay.has(one.eventId) || ledger.look(one.eventId) === "delivered") counts.alreadyDelivered += 1;
    else {
      onTheWay.add(one);
      strange.push(one);
    }
  }
  return { fresh, unreadable: strange, ...counts };
}

/** The half of an event id that names the record, whatever its version. */
export function recordHalf(eventId: string): string {
  return eventId.slice(0, 16);
}
