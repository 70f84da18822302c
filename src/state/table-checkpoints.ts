// Checkpoints, ledger, leases and run history in Azure Table Storage: one table, one partition per route.
import type { TableClient } from "@azure/data-tables";
import type { CheckpointStore, LeaseStore } from "../pipeline/ports.ts";
import type { Instant } from "../pipeline/records.ts";
import { checkpointRowKey, readCheckpoint } from "./checkpoint-row.ts";
import { compactTableLedger } from "./compact-table-ledger.ts";
import { ledgerRange, readLedgerRow } from "./ledger-rows.ts";
import { routeKey } from "./route-key.ts";
import { readRunRow, runHistory, runRange, runRow, runsToPrune, type RunHistory } from "./run-rows.ts";
import { stateTable, type StateTable } from "./state-table.ts";
import { storagePolicy } from "./storage-clients.ts";
import { stateError } from "./storage-errors.ts";
import { tableLeases } from "./table-leases.ts";
import { tableLimits, type Operation } from "./table-limits.ts";
import { saveToTable } from "./table-save.ts";

/** The same for those who only look: a missing table has no rows, and stays missing. Errors as there. */
export function tableSight(
  client: TableClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs } = {},
): Pick<CheckpointStore, "load" | "listRuns" | "readLedger"> & Pick<LeaseStore, "look"> {
  const table = stateTable(client, operationTimeoutMs, { createsMissing: false });
  const leases = tableLeases(table, client.tableName);
  return { ...reading(table), look: (route) => leases.look(route) };
}

/**
 * The store on a table, which is created when it is missing. A save is one transaction of checkpoint and lease (both by
 * ETag), ledger rows and dead-letter rows. Errors: `STATE_DENIED`, `STATE_UNAVAILABLE`, `STATE_UNREADABLE`,
 * `STATE_CONFLICT`, `LEASE_LOST`, `STATE_TOO_LARGE`.
 */
export function tableCheckpoints(
  client: TableClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs, history = runHistory } = {},
): CheckpointStore & LeaseStore {
  const table = stateTable(client, operationTimeoutMs);

  return {
    ...tableLeases(table, client.tableName),
    ...reading(table),

    save: (route, change, revision, lease) =>
      saveToTable({ table, tableName: client.tableName, route, change }, revision, lease),

    async compactLedger(route, before) {
      await compactTableLedger(table, route, before);
    },

    async recordRun(route, run) {
      await submitOrThrow(table, [["upsert", runRow(route, run)]], client.tableName, `note a run of ${route}`);
    },

    pruneRuns: (route, newest) => pruneRuns(table, route, newest, history),
  };
}

function reading(table: StateTable): Pick<CheckpointStore, "load" | "listRuns" | "readLedger"> {
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
