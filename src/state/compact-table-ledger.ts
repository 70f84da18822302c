// Keeps the ledger of a route small in rows: deletes what expired, merges what came in small pieces.
import { randomUUID } from "node:crypto";
import type { Instant } from "../pipeline/records.ts";
import { mergedRowKey, planCompaction } from "./ledger-compaction.ts";
import {
  ledgerRange,
  ledgerRow,
  ledgerSummaryProperties,
  readLedgerRow,
  readLedgerSummary,
  type LedgerRowSummary,
} from "./ledger-rows.ts";
import { routeKey } from "./route-key.ts";
import type { StateTable } from "./state-table.ts";
import { tableLimits, type Operation } from "./table-limits.ts";

/**
 * A merge inserts the new row and deletes those it holds in one transaction. Rows are never changed, so deleting one that
 * another run merged first fails, and with it the whole merge: no id is lost. What fails, or is too much for one call, is
 * left for the next one.
 */
export async function compactTableLedger(table: StateTable, route: string, before: Instant): Promise<void> {
  const partitionKey = routeKey(route);
  const rows: LedgerRowSummary[] = [];
  const range = { ...ledgerRange(), pageSize: 1000, select: ledgerSummaryProperties };
  for await (const page of table.pages(partitionKey, range)) {
    rows.push(...page.map((row) => readLedgerSummary(route, row)));
  }
  const { expired, merges } = planCompaction(rows, before);
  const remove = ({ rowKey }: LedgerRowSummary): Operation => ["delete", { partitionKey, rowKey }];
  const removed = Math.min(expired.length, mostTransactions * tableLimits.operations);
  for (let from = 0; from < removed; from += tableLimits.operations) {
    const batch = expired.slice(from, from + tableLimits.operations);
    await table.submit(batch.map(remove), `delete expired ledger rows of ${route}`);
  }
  for (const group of merges.slice(0, mostTransactions)) {
    const ids = await idsOf(table, route, group);
    if (ids === undefined) continue;
    const newest = Math.max(...group.map(({ filedTo }) => filedTo));
    const merged = ledgerRow(partitionKey, mergedRowKey(group, randomUUID()), newest, ids);
    await table.submit([["create", merged], ...group.map(remove)], `merge ledger rows of ${route}`);
  }
}

/** Of each kind in one call: compaction comes at the end of a run and must not outlast it. */
const mostTransactions = 25;

/** The ids of all rows of a group; `undefined` when one of them is gone by now. */
async function idsOf(
  table: StateTable,
  route: string,
  group: readonly LedgerRowSummary[],
): Promise<Uint8Array | undefined> {
  const [first] = group;
  const last = group.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const wanted = new Set(group.map(({ rowKey }) => rowKey));
  const pieces: Uint8Array[] = [];
  // The first key after the last one: the end of a range is open.
  const range = { from: first.rowKey, to: `${last.rowKey}-`, pageSize: 100 };
  for await (const page of table.pages(routeKey(route), range)) {
    for (const row of page) if (wanted.has(String(row["rowKey"]))) pieces.push(readLedgerRow(route, row).ids);
  }
  return pieces.length === group.length ? Buffer.concat(pieces) : undefined;
}
