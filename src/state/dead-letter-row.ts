// What the state table keeps of a dead letter: why, from where, how large. Its body is in Blob Storage.
import { BridgeError } from "../errors.ts";
import type { DeadLetterSight } from "../pipeline/dead-letter-ports.ts";
import type { DeadLetterEntry } from "../pipeline/ports.ts";
import { instantText, readInstant } from "./instant-text.ts";
import { routeKey } from "./route-key.ts";
import type { Row } from "./table-limits.ts";

export const deadLetterRange = { from: "dead-letter-", to: "dead-letter." };

export function deadLetterRowKey(eventId: string): string {
  return `dead-letter-${eventId}`;
}

/** Written as a merge, so that noting a letter again leaves a claim on it alone. */
export function deadLetterRow(route: string, entry: DeadLetterEntry): Row {
  return {
    partitionKey: routeKey(route),
    rowKey: deadLetterRowKey(entry.eventId),
    reason: cut(entry.reason),
    ...(entry.recType === undefined ? {} : { recType: cut(entry.recType) }),
    ...(entry.recordKey === undefined ? {} : { recordKey: cut(entry.recordKey) }),
    windowFrom: instantText(entry.window.from),
    windowTo: instantText(entry.window.to),
    bytes: entry.bytes,
    at: instantText(entry.at),
  };
}

/** Throws `STATE_UNREADABLE` for a malformed row. */
export function readDeadLetterRow(route: string, row: Readonly<Record<string, unknown>>): DeadLetterSight {
  const { reason, recType, recordKey, bytes, claimedBy, etag } = row;
  const rowKey = String(row["rowKey"]);
  const [from, to, at] = [row["windowFrom"], row["windowTo"], row["at"]].map((text) => readInstant(text));
  const texts = isOptionalText(recType) && isOptionalText(recordKey) && isOptionalText(claimedBy);
  const timed = from !== undefined && to !== undefined && at !== undefined;
  if (texts && timed && typeof reason === "string" && typeof bytes === "number" && typeof etag === "string") {
    const eventId = rowKey.slice(deadLetterRange.from.length);
    const type = recType === undefined ? {} : { recType };
    const key = recordKey === undefined ? {} : { recordKey };
    const entry = { eventId, reason, ...type, ...key, window: { from, to }, bytes, at };
    return { entry, ...(claimedBy === undefined ? {} : { claimedBy }), mark: etag };
  }
  throw new BridgeError("STATE_UNREADABLE", `The row ${rowKey} of the dead letters of ${route} is malformed.`, {
    fix: "Correct that row in the state table, or delete it: the record's body stays in the dead-letter container.",
  });
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

/** A key or a reason made of a whole record must not stop the feed that dead-letters it. */
function cut(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters).toWellFormed()}…` : text;
}

const mostCharacters = 2_000;
