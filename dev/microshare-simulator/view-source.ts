// The records a view's pipeline starts from: newest stored first, without those that cannot match anyway.
import type { Entry, Store } from "./store.ts";
import { isObject } from "./view-documents.ts";
import type { Doc } from "./view-documents.ts";
import { dateOperand } from "./view-match.ts";
import { listsRecords } from "./view-stages.ts";
import type { Stage } from "./view-stages.ts";

export function* newestFirst(store: Store, stages: readonly Stage[], showHidden: boolean): Iterable<Doc> {
  const match = stages[0]?.["$match"];
  const filter = isObject(match) ? match : {};
  const recType = typeof filter["recType"] === "string" ? filter["recType"] : undefined;
  const oneByOne = recType !== undefined && listsRecords(stages);
  const entries = oneByOne ? store.listing(recType) : store.history(recType);
  const { from, to } = recType === undefined ? { from: 0, to: entries.length } : storedBetween(entries, filter);
  for (let index = to - 1; index >= from; index -= 1) {
    const entry = entries[index];
    if (entry !== undefined && !entry.removed && (showHidden || !entry.shown.hidden)) yield { record: entry.shown };
  }
}

/** Where in the list a window on `createDate` lies; the exact bounds are left to the match itself. */
function storedBetween(entries: readonly Entry[], filter: Record<string, unknown>): { from: number; to: number } {
  const window = isObject(filter["createDate"]) ? filter["createDate"] : {};
  // Only dates: plain texts are compared as texts, whatever instant they may stand for.
  const instant = (operator: string): number =>
    isObject(window[operator]) ? Date.parse(String(dateOperand(window[operator]))) : Number.NaN;
  const starts = [instant("$gt"), instant("$gte")].filter((bound) => !Number.isNaN(bound));
  const ends = [instant("$lt"), instant("$lte")].filter((bound) => !Number.isNaN(bound));
  const firstAtOrAfter = (bound: number): number => {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.shown.storedAt ?? 0) < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    from: firstAtOrAfter(Math.max(Number.NEGATIVE_INFINITY, ...starts)),
    to: firstAtOrAfter(Math.min(Number.POSITIVE_INFINITY, ...ends.map((bound) => bound + 1))),
  };
}
