// The rows of dead letters in Azure Table Storage, for replay and retention. Saves write them.
import { randomUUID } from "node:crypto";
import type { TableClient } from "@azure/data-tables";
import { claimedRow, deadLetterRange, deadLetterRow, deadLetterRowKey, readDeadLetterRow } from "./dead-letter-row.ts";
import type { DeadLetterSight } from "../pipeline/dead-letter-ports.ts";
import type { DeadLetterRows } from "./dead-letter-replay.ts";
import { routeKey } from "./route-key.ts";
import { stateTable } from "./state-table.ts";
import { storagePolicy } from "./storage-clients.ts";
import { stateError } from "./storage-errors.ts";
import { tableLimits, type Operation, type Row } from "./table-limits.ts";

/** The rows in a state table. Errors: `STATE_DENIED`, `STATE_UNAVAILABLE`, `STATE_UNREADABLE`. */
export function tableDeadLetters(
  client: TableClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs } = {},
): DeadLetterRows {
  const table = stateTable(client, operationTimeoutMs);

  /** Replaces the row as it was seen; `undefined` when somebody changed or removed it since. */
  async function rewrite(route: string, seen: DeadLetterSight, row: Row, doing: string) {
    const writeId = randomUUID();
    const outcome = await table.submit([["update", { ...row, writeId }, seen.mark]], doing);
    const [etag] = outcome.kind === "done" ? outcome.etags : [];
    if (etag !== undefined) return readDeadLetterRow(route, { ...row, etag });
    // Done at the first try, its answer lost, and the second try refused? The row tells whose write it holds.
    const now = await table.get(row.partitionKey, row.rowKey);
    if (now?.["writeId"] === writeId) return readDeadLetterRow(route, now);
    if (outcome.kind === "uncertain") throw stateError(outcome.error, client.tableName, doing);
    return undefined;
  }

  return {
    async *listDeadLetters(route) {
      for await (const page of table.pages(routeKey(route), { ...deadLetterRange, pageSize })) {
        for (const row of page) yield readDeadLetterRow(route, row);
      }
    },

    claimDeadLetter(route, seen, claimant, sending) {
      const row = claimedRow(route, seen.entry, claimant, sending);
      return rewrite(route, seen, row, `claim a dead letter of ${route}`);
    },

    releaseDeadLetter(route, claimed, reason = claimed.entry.reason) {
      const row = deadLetterRow(route, { ...claimed.entry, reason });
      return rewrite(route, claimed, row, `give back a dead letter of ${route}`);
    },

    async removeDeadLetterRows(route, eventIds) {
      const partitionKey = routeKey(route);
      const remove = async (batch: readonly string[]): Promise<void> => {
        const doing = `remove dead letters of ${route}`;
        const operations = batch.map((eventId): Operation => {
          return ["delete", { partitionKey, rowKey: deadLetterRowKey(eventId) }];
        });
        const outcome = await table.submit(operations, doing);
        if (outcome.kind === "uncertain") throw stateError(outcome.error, client.tableName, doing);
        // One of them is gone already and kept the others from going.
        if (outcome.kind === "conflict" && batch.length > 1) for (const eventId of batch) await remove([eventId]);
      };
      for (let from = 0; from < eventIds.length; from += tableLimits.operations) {
        await remove(eventIds.slice(from, from + tableLimits.operations));
      }
    },
  };
}

/** A row is some KiB. */
const pageSize = 500;
