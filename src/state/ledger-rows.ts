// Ledger segments as rows of the state table: event ids packed 16 bytes each into binary properties.
import { BridgeError } from "../errors.ts";
import type { LedgerSegment } from "../pipeline/ports.ts";
import type { Instant } from "../pipeline/records.ts";
import { instantText, readInstant } from "./instant-text.ts";
import { joinBytes, splitBytes } from "./split-properties.ts";
import { tableLimits, type Row } from "./table-limits.ts";

export const bytesPerId = 16;

/** Eleven full properties: 704 KiB, in JSON and base64 still below the 1 MiB that a row may have. */
export const mostIdsPerRow = (11 * tableLimits.binaryBytes) / bytesPerId;

/**
 * Row keys begin with `ledger-` and the time the ids are filed under, so that a range of keys is a range of time.
 * They end with something unique: a row is never changed after it was written, only deleted.
 */
export function ledgerRows(partitionKey: string, segment: LedgerSegment, number: number, saveId: string): Row[] {
  const rows: Row[] = [];
  const step = mostIdsPerRow * bytesPerId;
  for (let from = 0; from < segment.ids.length; from += step) {
    const place = String(rows.length).padStart(2, "0");
    const rowKey = `${keyStem(segment.filedTo, number)}-${place}-${saveId.slice(0, 8)}`;
    rows.push(ledgerRow(partitionKey, rowKey, segment.filedTo, segment.ids.subarray(from, from + step)));
  }
  return rows;
}

export function ledgerRow(partitionKey: string, rowKey: string, filedTo: Instant, ids: Uint8Array): Row {
  const count = ids.length / bytesPerId;
  return { partitionKey, rowKey, filedTo: instantText(filedTo), count, ...splitBytes("ids", ids) };
}

/** Half-open range of row keys: everything filed at or after `from`. */
export function ledgerRange(from?: Instant): { readonly from: string; readonly to: string } {
  return { from: from === undefined ? "ledger-" : `ledger-${instantText(from)}`, to: "ledger." };
}

/** The properties that tell what a row holds without its ids. */
export const ledgerSummaryProperties = ["RowKey", "filedTo", "count"];

export interface LedgerRowSummary {
  readonly rowKey: string;
  readonly filedTo: Instant;
  /** Number of event ids. */
  readonly count: number;
}

/** Throws `STATE_UNREADABLE` for a malformed row. */
export function readLedgerSummary(route: string, row: Readonly<Record<string, unknown>>): LedgerRowSummary {
  const rowKey = String(row["rowKey"]);
  const filedTo = readInstant(row["filedTo"]);
  const { count } = row;
  if (filedTo === undefined || typeof count !== "number") throw malformed(route, rowKey);
  return { rowKey, filedTo, count };
}

/** Throws `STATE_UNREADABLE` for a malformed row: a ledger with a hole would send records again. */
export function readLedgerRow(route: string, row: Readonly<Record<string, unknown>>): LedgerSegment {
  const { rowKey, filedTo, count } = readLedgerSummary(route, row);
  const ids = joinBytes("ids", row);
  if (ids?.length !== count * bytesPerId) throw malformed(route, rowKey);
  return { filedTo, ids };
}

function keyStem(filedTo: Instant, number: number): string {
  return `ledger-${instantText(filedTo)}-${String(number).padStart(10, "0")}`;
}

function malformed(route: string, rowKey: string): BridgeError {
  return new BridgeError("STATE_UNREADABLE", `The row ${rowKey} of the ledger of ${route} is malformed.`, {
    fix: "Delete that row from the state table: records whose delivery it noted may then be sent again.",
  });
}
