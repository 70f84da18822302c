// Checkpoints, ledger and run history in Azure Table Storage: one table, one partition per route.
import { randomUUID } from "node:crypto";
import type { TableClient } from "@azure/data-tables";
import { BridgeError } from "../errors.ts";
import type { CheckpointStore } from "../pipeline/ports.ts";
import type { Instant } from "../pipeline/records.ts";
import { checkpointRowKey, readCheckpoint } from "./checkpoint-row.ts";
import { compactTableLedger } from "./compact-table-ledger.ts";
import { ledgerRange, readLedgerRow } from "./ledger-rows.ts";
import { routeKey } from "./route-key.ts";
import { readRunRow, runHistory, runRange, runRow, runsToPrune, type RunHistory } from "./run-rows.ts";
import { saveOperations } from "./save-operations.ts";
import { stateTable, type StateTable, type Submitted } from "./state-table.ts";
import { storagePolicy } from "./storage-clients.ts";
import { stateError } from "./storage-errors.ts";
import { tableLimits, type Operation } from "./table-limits.ts";

/**
 * The store on a table, which is created when it is missing. A save is one transaction of checkpoint (by ETag), ledger
 * rows and dead-letter rows. Errors: `STATE_DENIED`, `STATE_UNAVAILABLE`, `STATE_UNREADABLE`, `STATE_CONFLICT`,
 * `STATE_TOO_LARGE`.
 */
export function tableCheckpoints(
  client: TableClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs, history = runHistory } = {},
): CheckpointStore {
  const table = stateTable(client, operationTimeoutMs);
  const prunedAt = new Map<string, Instant>();

  return {
    async load(route) {
      const row = await table.get(routeKey(route), checkpointRowKey);
      return row && { checkpoint: readCheckpoint(route, row), revision: String(row["etag"]) };
    },

    async *readLedger(route, from) {
      for await (const page of table.pages(routeKey(route), { ...ledgerRange(from), pageSize: ledgerPageSize })) {
        for (const row of page) yield readLedgerRow(route, row);
      }
    },

    async save(route, change, revision) {
      const saveId = randomUUID();
      const operations = saveOperations(route, change, { saveId, revision });
      const doing = `save the progress of ${route}`;
      const outcome = await table.submit(operations, doing);
      const etag = outcome.kind === "done" ? outcome.etags[0] : undefined;
      const written = etag ?? (await etagIfOurs(table, routeKey(route), saveId));
      if (written === undefined) throw notSaved(outcome, route, client.tableName, doing);
      return { checkpoint: change.checkpoint, revision: written };
    },

    async compactLedger(route, before) {
      await compactTableLedger(table, route, before);
    },

    async recordRun(route, run) {
      await submitOrThrow(table, [["upsert", runRow(route, run)]], client.tableName, `note a run of ${route}`);
      if (run.at - (prunedAt.get(route) ?? -Infinity) < pruneEveryMs) return;
      await pruneRuns(table, route, run.at, history);
      prunedAt.set(route, run.at);
    },

    async listRuns(route, most) {
      const runs = [];
      const pageSize = Math.min(Math.max(most, 1), largestPage);
      for await (const page of table.pages(routeKey(route), { ...runRange, pageSize })) {
        runs.push(...page.slice(0, most - runs.length).map((row) => readRunRow(route, row)));
        if (runs.length >= most) break;
      }
      return runs;
    },
  };
}

/**
 * After a refused or unanswered save: the first try may have been done and its answer lost, and the SDK's second try then
 * refused. The row tells whose save it holds. The ETag when it is ours.
 */
async function etagIfOurs(table: StateTable, partitionKey: string, saveId: string): Promise<string | undefined> {
  const row = await table.get(partitionKey, checkpointRowKey);
  return row?.["saveId"] === saveId ? String(row["etag"]) : undefined;
}

function notSaved(outcome: Submitted, route: string, tableName: string, doing: string): unknown {
  if (outcome.kind === "uncertain") return stateError(outcome.error, tableName, doing);
  return new BridgeError("STATE_CONFLICT", `Another run saved the progress of ${route} in between.`, {
    fix:
      "Nothing to do when it happens once: the next run continues from what the other one saved. When it stays, two apps " +
      "serve the same route: stop one, or give it another STATE_TABLE.",
    ...(outcome.kind === "conflict" ? { cause: outcome.error } : {}),
  });
}

async function submitOrThrow(
  table: StateTable,
  operations: readonly Operation[],
  tableName: string,
  doing: string,
): Promise<void> {
  const outcome = await table.submit(operations, doing);
  if (outcome.kind !== "done") throw stateError(outcome.error, tableName, doing);
}

/** Another run may prune at the same time: what is gone already is what we wanted. */
async function pruneRuns(table: StateTable, route: string, newest: Instant, history: RunHistory): Promise<void> {
  const partitionKey = routeKey(route);
  const rowKeys: string[] = [];
  const range = { ...runRange, pageSize: largestPage, select: ["RowKey"] };
  for await (const page of table.pages(partitionKey, range)) rowKeys.push(...page.map((row) => String(row["rowKey"])));
  const old = runsToPrune(rowKeys, newest, history);
  for (let from = 0; from < old.length; from += tableLimits.operations) {
    const batch = old.slice(from, from + tableLimits.operations);
    await table.submit(
      batch.map((rowKey): Operation => ["delete", { partitionKey, rowKey }]),
      `prune the runs of ${route}`,
    );
  }
}

/** Rows in a page at most, by the service's limit. */
const largestPage = 1000;
/** Full ledger rows are close to 1 MiB: a page must not fill the memory. */
const ledgerPageSize = 100;
const pruneEveryMs = 24 * 60 * 60 * 1000;
