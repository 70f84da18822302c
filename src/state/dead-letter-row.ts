// What the state table keeps of a dead letter: why, from where, how large. Its body is in Blob Storage.
import type { DeadLetterEntry } from "../pipeline/ports.ts";
import { instantText } from "./instant-text.ts";
import { routeKey } from "./route-key.ts";
import type { Row } from "./table-limits.ts";

export function deadLetterRow(route: string, entry: DeadLetterEntry): Row {
  return {
    partitionKey: routeKey(route),
    rowKey: `dead-letter-${entry.eventId}`,
    reason: cut(entry.reason),
    ...(entry.recType === undefined ? {} : { recType: cut(entry.recType) }),
    ...(entry.recordKey === undefined ? {} : { recordKey: cut(entry.recordKey) }),
    windowFrom: instantText(entry.window.from),
    windowTo: instantText(entry.window.to),
    bytes: entry.bytes,
    at: instantText(entry.at),
  };
}

/** A key or a reason made of a whole record must not stop the feed that dead-letters it. */
function cut(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters).toWellFormed()}…` : text;
}

const mostCharacters = 2_000;
