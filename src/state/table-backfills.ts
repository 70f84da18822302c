// The backfills of a route in Azure Table Storage: one row, changed only by compare-and-swap of its ETag.
import { randomUUID } from "node:crypto";
import type { TableClient } from "@azure/data-tables";
import type { BackfillStore } from "../pipeline/backfill-ports.ts";
import { backfillBookRow, backfillBookRowKey, readBackfillBook } from "./backfill-book-row.ts";
import { routeKey } from "./route-key.ts";
import { stateTable } from "./state-table.ts";
import { storagePolicy } from "./storage-clients.ts";
import { stateError } from "./storage-errors.ts";

/** Errors: `STATE_DENIED`, `STATE_UNAVAILABLE`, `STATE_UNREADABLE`, `STATE_TOO_LARGE`. */
export function tableBackfills(
  client: TableClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs } = {},
): BackfillStore {
  const table = stateTable(client, operationTimeoutMs);
  return {
    async loadBook(route) {
      return readBackfillBook(route, await table.get(routeKey(route), backfillBookRowKey));
    },
    async saveBook(route, book, { mark }) {
      const writeId = randomUUID();
      const doing = `note the backfills of ${route}`;
      const row = backfillBookRow(route, book, writeId);
      const outcome = await table.submit([mark === undefined ? ["create", row] : ["update", row, mark]], doing);
      if (outcome.kind === "done") return true;
      // Done at the first try, its answer lost, and the second try refused? The row tells whose write it holds.
      const now = await table.get(routeKey(route), backfillBookRowKey);
      if (now?.["writeId"] === writeId) return true;
      if (outcome.kind === "uncertain") throw stateError(outcome.error, client.tableName, doing);
      return false;
    },
  };
}
