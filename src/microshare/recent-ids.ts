// Remembers what the last few pages delivered, so that a page that is read again delivers only what is new on it.
import type { FeedRecord } from "../pipeline/records.ts";

export interface RecentIds {
  /** Without the records that one of the remembered pages had. */
  fresh(records: readonly FeedRecord[]): FeedRecord[];
}

/** Remembers at least `leastPages` pages, and fewer than twice as many: two sets take turns, so that each record costs little. */
export function createRecentIds(leastPages: number): RecentIds {
  let recent = new Set<string>();
  let older: ReadonlySet<string> = new Set();
  let pages = 0;
  return {
    fresh(records) {
      // Only against earlier pages: what stands twice on one page is not this one's concern.
      const fresh = records.filter(({ eventId }) => !recent.has(eventId) && !older.has(eventId));
      for (const { eventId } of fresh) recent.add(eventId);
      pages += 1;
      if (pages === leastPages) {
        older = recent;
        recent = new Set();
        pages = 0;
      }
      return fresh;
    },
  };
}
