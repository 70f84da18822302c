// Remembers what the last few pages delivered, so that a page that is read again delivers only what is new on it.
import type { FeedRecord } from "../pipeline/records.ts";

export interface RecentIds {
  /** Without the records that one of the remembered pages had. */
  fresh(records: readonly FeedRecord[]): FeedRecord[];
}

export function createRecentIds(maxPages: number): RecentIds {
  const pages: ReadonlySet<string>[] = [];
  return {
    fresh(records) {
      const fresh = records.filter(({ eventId }) => !pages.some((page) => page.has(eventId)));
      pages.push(new Set(records.map(({ eventId }) => eventId)));
      if (pages.length > maxPages) pages.shift();
      return fresh;
    },
  };
}
