// One row per run, newest first: the history that an operator reads when something looks wrong.
import { BridgeError } from "../errors.ts";
import type { RunRow } from "../pipeline/ports.ts";
import type { Instant } from "../pipeline/records.ts";
import { instantText, readInstant } from "./instant-text.ts";
import { routeKey } from "./route-key.ts";
import { joinText, splitText } from "./split-properties.ts";
import type { Row } from "./table-limits.ts";

/** How many rows of a route are kept: none beyond either. */
export interface RunHistory {
  readonly mostRuns: number;
  readonly longestMs: number;
}

export const runHistory: RunHistory = { mostRuns: 1000, longestMs: 31 * 24 * 60 * 60 * 1000 };

export const runRange = { from: "run-", to: "run." };

export function runRow(route: string, run: RunRow): Row {
  const { at, runId, summary } = run;
  const rowKey = `${keyStem(at)}-${routeKey(runId)}`;
  const texts = splitText("summary", JSON.stringify(summary));
  return { partitionKey: routeKey(route), rowKey, at: instantText(at), runId, ...texts };
}

/** Throws `STATE_UNREADABLE` for a malformed row. */
export function readRunRow(route: string, row: Readonly<Record<string, unknown>>): RunRow {
  const at = readInstant(row["at"]);
  const { runId } = row;
  const summary = parsedObject(joinText("summary", row));
  if (at !== undefined && typeof runId === "string" && summary !== undefined) return { runId, at, summary };
  throw new BridgeError("STATE_UNREADABLE", `The row ${String(row["rowKey"])} of the runs of ${route} is malformed.`, {
    fix: "Delete that row from the state table: it is history only.",
  });
}

/** The keys of the rows to delete, of all row keys in order (newest first). */
export function runsToPrune(rowKeys: readonly string[], newest: Instant, history: RunHistory): readonly string[] {
  const oldest = keyStem(newest - history.longestMs);
  return rowKeys.filter((rowKey, index) => index >= history.mostRuns || rowKey > `${oldest}.`);
}

/** Counts down with time, so that the service's ascending order is newest first. */
function keyStem(at: Instant): string {
  return `run-${String(9_999_999_999_999 - at).padStart(13, "0")}`;
}

function parsedObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}
