// Claims on pushed records in Azure Table Storage: one row each, in a partition beside the route's.
import { RestError, type TableClient } from "@azure/data-tables";
import type { PushClaims } from "../pipeline/push-ports.ts";
import type { Instant } from "../pipeline/records.ts";
import { createSemaphore } from "../semaphore.ts";
import { routeKey } from "./route-key.ts";
import { stateTable, type StoredRow } from "./state-table.ts";
import { storagePolicy } from "./storage-clients.ts";
import { stateError } from "./storage-errors.ts";
import { tableLimits, type Operation } from "./table-limits.ts";

/** No route has such a key: an underscore in one is followed by two hex digits. */
export function pushPartition(route: string): string {
  return `_push-${routeKey(route)}`;
}

export interface TablePushClaimsOptions {
  readonly operationTimeoutMs?: number;
  /** In simulated time, instead of the service's own clock. */
  readonly now?: () => Instant;
}

/** Errors: `STATE_DENIED`, `STATE_UNAVAILABLE`, `STATE_UNREADABLE`. */
export function tablePushClaims(
  client: TableClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs, now: simulated }: TablePushClaimsOptions = {},
): PushClaims {
  const table = stateTable(client, operationTimeoutMs);
  const places = createSemaphore(questionsAtOnce);

  /** By the service's own clock, which sets this with every write. */
  function writtenAt(row: StoredRow): Instant | undefined {
    const at = Date.parse(String(row["timestamp"]));
    if (Number.isNaN(at)) return undefined;
    return simulated?.() ?? at;
  }

  /** Of those that nobody has. A row that went missing meanwhile was somebody's, and is as good as taken. */
  async function claimSome(partitionKey: string, names: readonly string[], owner: string): Promise<readonly string[]> {
    const doing = "claim pushed records";
    const rows = names.map((name): Operation => ["create", { partitionKey, rowKey: rowKeyOf(name), owner }]);
    const outcome = await table.submit(rows, doing);
    if (outcome.kind === "done") return names;
    // Done at the first try, its answer lost, and the second try refused? The rows tell whose they are.
    const found = await Promise.all(
      names.map((name) => places.run(async () => ({ name, row: await table.get(partitionKey, rowKeyOf(name)) }))),
    );
    const mine = found.filter(({ row }) => row?.["owner"] === owner).map(({ name }) => name);
    if (mine.length > 0) return mine;
    if (outcome.kind === "uncertain") throw stateError(outcome.error, client.tableName, doing);
    const free = found.filter(({ row }) => row === undefined).map(({ name }) => name);
    return free.length === 0 || free.length === names.length ? [] : claimSome(partitionKey, free, owner);
  }

  async function removeRows(partitionKey: string, rowKeys: readonly string[], doing: string): Promise<void> {
    for (let from = 0; from < rowKeys.length; from += tableLimits.operations) {
      const some = rowKeys.slice(from, from + tableLimits.operations);
      const outcome = await table.submit(
        some.map((rowKey): Operation => ["delete", { partitionKey, rowKey }]),
        doing,
      );
      if (outcome.kind === "uncertain") throw stateError(outcome.error, client.tableName, doing);
      // One of them is gone already and kept the others from going.
      if (outcome.kind === "conflict" && some.length > 1) {
        for (const rowKey of some) await removeRows(partitionKey, [rowKey], doing);
      }
    }
  }

  return {
    async claim(route, names, owner) {
      const partitionKey = pushPartition(route);
      const claimed = new Set<string>();
      for (let from = 0; from < names.length; from += tableLimits.operations) {
        const some = names.slice(from, from + tableLimits.operations);
        for (const name of await claimSome(partitionKey, some, owner)) claimed.add(name);
      }
      const [first] = claimed;
      const row = first === undefined ? undefined : await table.get(partitionKey, rowKeyOf(first));
      const at = row === undefined ? undefined : writtenAt(row);
      // Without the time of the claim nobody can tell how old a record is: polling has it.
      return at === undefined ? { names: new Set() } : { names: claimed, at };
    },

    async release(route, names) {
      await removeRows(pushPartition(route), names.map(rowKeyOf), `give back claims of ${route}`);
    },

    async now(route) {
      const partitionKey = pushPartition(route);
      const doing = "ask for the time of the storage account";
      const outcome = await table.submit([["upsert", { partitionKey, rowKey: clockRowKey }]], doing);
      const row = outcome.kind === "done" ? await table.get(partitionKey, clockRowKey) : undefined;
      const at = row === undefined ? undefined : writtenAt(row);
      if (at !== undefined) return at;
      const error = outcome.kind === "done" ? new RestError("The row has no time.") : outcome.error;
      throw stateError(error, client.tableName, doing);
    },

    async expire(route, before) {
      const partitionKey = pushPartition(route);
      const old: string[] = [];
      for await (const page of table.pages(partitionKey, {
        ...claimRange,
        pageSize,
        select: ["RowKey", "Timestamp"],
      })) {
        for (const row of page) if ((writtenAt(row) ?? before) < before) old.push(String(row["rowKey"]));
      }
      const now = old.slice(0, mostExpired);
      await removeRows(partitionKey, now, `remove old claims of ${route}`);
      return now.length;
    },
  };
}

const clockRowKey = "clock";
const questionsAtOnce = 10;
const pageSize = 1000;
/** In one call: the rest is for the next run. */
const mostExpired = 50 * tableLimits.operations;
const claimRange = { from: "push-", to: "push." };

function rowKeyOf(name: string): string {
  return `push-${name}`;
}
