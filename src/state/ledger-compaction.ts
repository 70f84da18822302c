// Which rows of a ledger to delete and which to merge, so that reading it stays a matter of few pages.
import type { Instant } from "../pipeline/records.ts";
import { mostIdsPerRow, type LedgerRowSummary } from "./ledger-rows.ts";
import { tableLimits } from "./table-limits.ts";

export interface CompactionPlan {
  /** Filed before the limit: no reading can meet their ids again. */
  readonly expired: readonly LedgerRowSummary[];
  /** Groups in key order, each to become one row under `mergedRowKey`. */
  readonly merges: readonly (readonly LedgerRowSummary[])[];
}

/**
 * Rows are merged only within the same six hours, because a merged row lives until its newest ids expire; only small
 * ones, so that no id is rewritten again and again; and only when several have come together.
 */
export function planCompaction(rows: readonly LedgerRowSummary[], before: Instant): CompactionPlan {
  const expired = rows.filter((row) => row.filedTo < before);
  const small = rows.filter((row) => row.filedTo >= before && row.count <= mostIdsOfSmallRow);
  const merges: LedgerRowSummary[][] = [];
  for (const bucket of Map.groupBy(small, (row) => Math.floor(row.filedTo / bucketMs)).values()) {
    let group: LedgerRowSummary[] = [];
    let ids = 0;
    for (const row of bucket.toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1))) {
      if (ids + row.count > mostIdsPerRow || group.length === mostRowsOfMerge) {
        merges.push(group);
        group = [];
        ids = 0;
      }
      group.push(row);
      ids += row.count;
    }
    merges.push(group);
  }
  return { expired, merges: merges.filter((group) => group.length >= fewestRowsOfMerge) };
}

/**
 * The key of the row that a group is merged into. It sorts behind every row of the group: a reader that goes through
 * the keys in order while rows are merged meets each id before or after, never not at all.
 */
export function mergedRowKey(group: readonly LedgerRowSummary[], uniqueId: string): string {
  const last = group.at(-1)?.rowKey ?? "";
  const stem = last.split("-").slice(0, stemPieces).join("-");
  const level = 1 + Math.max(...group.map(({ rowKey }) => Number(/-m(\d+)-/.exec(rowKey)?.[1] ?? 0)));
  return `${stem}-m${String(level).padStart(6, "0")}-${uniqueId.slice(0, 8)}`;
}

/** `ledger-2026-11-20T08:00:00.000Z-0000000001`, cut at its hyphens. */
const stemPieces = 5;

const bucketMs = 6 * 60 * 60 * 1000;
const mostIdsOfSmallRow = mostIdsPerRow / 4;
const fewestRowsOfMerge = 8;
/** One operation is the row they become. */
const mostRowsOfMerge = tableLimits.operations - 1;
