// The backfills of a route as one row beside its checkpoint, and back.
import { BridgeError } from "../errors.ts";
import { EMPTY_BOOK, type BackfillBook, type BookSight, type OpenBackfill } from "../pipeline/backfill-ports.ts";
import type { Window } from "../pipeline/records.ts";
import { parsedJson } from "./hub-positions-text.ts";
import { instantText, readInstant } from "./instant-text.ts";
import { routeKey } from "./route-key.ts";
import { joinText, splitText } from "./split-properties.ts";
import type { Row } from "./table-limits.ts";

export const backfillBookRowKey = "backfills";

/** Counts up with every change of the row that an older bridge would misread. */
const bookSchemaVersion = 1;

/** `writeId` is unique: it tells the write that made the row what it is. */
export function backfillBookRow(route: string, { open, delivered }: BackfillBook, writeId: string): Row {
  const opened = open.map(({ from, to, again, by, since }) => ({
    ...spanTexts({ from, to }),
    again,
    by,
    since: instantText(since),
  }));
  const spans = Object.fromEntries(Object.entries(delivered).map(([part, list]) => [part, list.map(spanTexts)]));
  return {
    partitionKey: routeKey(route),
    rowKey: backfillBookRowKey,
    schemaVersion: bookSchemaVersion,
    writeId,
    ...splitText("open", JSON.stringify(opened)),
    ...splitText("delivered", JSON.stringify(spans)),
  };
}

/** `undefined` stands for no row. Throws `STATE_UNREADABLE` when any part of it is missing or malformed. */
export function readBackfillBook(route: string, row: Readonly<Record<string, unknown>> | undefined): BookSight {
  if (row === undefined) return { book: EMPTY_BOOK };
  const { schemaVersion, etag } = row;
  const open = listOf(parsedJson(joinText("open", row)), readOpen);
  const delivered = Object.entries(fieldsOf(parsedJson(joinText("delivered", row))) ?? { "": 0 }).map(
    ([part, list]) => [part, listOf(list, readSpan)] as const,
  );
  const known = delivered.flatMap(([part, list]) => (list === undefined ? [] : [[part, list] as const]));
  const isWhole = schemaVersion === bookSchemaVersion && typeof etag === "string" && known.length === delivered.length;
  if (isWhole && open !== undefined) return { book: { open, delivered: Object.fromEntries(known) }, mark: etag };
  throw new BridgeError("STATE_UNREADABLE", `The backfills of ${route} are malformed, or a newer bridge wrote them.`, {
    fix:
      `Deploy the version that wrote them. Otherwise correct the row ${backfillBookRowKey} of partition ${routeKey(route)} ` +
      "in the state table; without it a backfill cannot tell what those before it have delivered.",
  });
}

function spanTexts({ from, to }: Window) {
  return { from: instantText(from), to: instantText(to) };
}

function readSpan(value: unknown): Window | undefined {
  const { from, to } = fieldsOf(value) ?? {};
  const span = { from: readInstant(from), to: readInstant(to) };
  return span.from === undefined || span.to === undefined ? undefined : { from: span.from, to: span.to };
}

function readOpen(value: unknown): OpenBackfill | undefined {
  const span = readSpan(value);
  const { again, by, since } = fieldsOf(value) ?? {};
  const opened = readInstant(since);
  if (span === undefined || typeof again !== "boolean" || typeof by !== "string" || opened === undefined)
    return undefined;
  return { ...span, again, by, since: opened };
}

/** `undefined` unless each of them can be read. */
function listOf<Item>(value: unknown, read: (one: unknown) => Item | undefined): readonly Item[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.map(read).flatMap((one) => (one === undefined ? [] : [one]));
  return items.length === value.length ? items : undefined;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
