// What is remembered of notices, as one row of the state table.
import { randomUUID } from "node:crypto";
import type { TableClient } from "@azure/data-tables";
import { BridgeError } from "../errors.ts";
import { noticeStateText, NO_NOTICES, readNoticeState, type NoticeState } from "../notify/notices/notice-state.ts";
import type { NoticeStore, SavedNotices } from "../notify/notices/notice-store.ts";
import { joinText, splitText } from "./split-properties.ts";
import { stateTable, type StoredRow } from "./state-table.ts";
import { storagePolicy } from "./storage-clients.ts";
import { stateError } from "./storage-errors.ts";

/** No route has this key: an underscore in one is followed by two hex digits. */
export const noticesPartition = "_notices";
const rowKey = "state";

/** Counts up with every change that an older bridge would misread. */
const noticesSchemaVersion = 1;

/** Throws `STATE_DENIED`, `STATE_UNAVAILABLE`, `STATE_UNREADABLE`. */
export function tableNotices(
  client: TableClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs } = {},
): NoticeStore {
  const table = stateTable(client, operationTimeoutMs);
  return {
    async load() {
      const row = await table.get(noticesPartition, rowKey);
      return row === undefined ? { state: NO_NOTICES } : savedIn(row);
    },

    async save(state, revision) {
      const writeId = randomUUID();
      const row = {
        partitionKey: noticesPartition,
        rowKey,
        schemaVersion: noticesSchemaVersion,
        writeId,
        ...splitText("state", noticeStateText(state)),
      };
      const doing = "keep what is remembered of notices";
      const outcome = await table.submit([revision === undefined ? ["create", row] : ["update", row, revision]], doing);
      const [etag] = outcome.kind === "done" ? outcome.etags : [];
      if (etag !== undefined) return etag;
      // Done at the first try, its answer lost, and the second try refused? The row tells whose write it holds.
      const now = await table.get(noticesPartition, rowKey);
      if (now?.["writeId"] === writeId) return String(now["etag"]);
      if (outcome.kind === "uncertain") throw stateError(outcome.error, client.tableName, doing);
      return undefined;
    },
  };
}

function savedIn(row: StoredRow): SavedNotices {
  const state: NoticeState | undefined = readNoticeState(joinText("state", row) ?? "");
  if (row["schemaVersion"] === noticesSchemaVersion && state !== undefined) {
    return { state, revision: String(row["etag"]) };
  }
  throw new BridgeError("STATE_UNREADABLE", "What is remembered of notices is malformed, or a newer bridge wrote it.", {
    fix:
      `Deploy the version that wrote it. Otherwise delete the row ${rowKey} of partition ${noticesPartition} in the state ` +
      "table: what lasts is then told once more. The runs themselves are not concerned.",
  });
}
