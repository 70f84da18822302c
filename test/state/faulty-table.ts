// A table store that reaches Azurite through a proxy of faults, and the faults that storage is known for.
import { odata, type TableClient } from "@azure/data-tables";
import type { CheckpointStore, LeaseStore } from "../../src/pipeline/ports.ts";
import { routeKey } from "../../src/state/route-key.ts";
import { openTable, type StoragePolicy } from "../../src/state/storage-clients.ts";
import { tableCheckpoints } from "../../src/state/table-checkpoints.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { segmentChange } from "../contracts/checkpoint-samples.ts";
import { startFaultProxy, type Fault, type FaultProxy } from "./fault-proxy.ts";

/** Waits hardly between tries, but has time for a busy machine. */
export const eager: StoragePolicy = {
  retries: 2,
  firstDelayMs: 1,
  maxDelayMs: 2,
  tryTimeoutMs: 10_000,
  operationTimeoutMs: 15_000,
};

/** For answers that never come. */
export const impatient: StoragePolicy = { ...eager, tryTimeoutMs: 300 };

/** Done, but the connection drops before the answer. */
export const lostAnswer: Fault = async (_request, forward): Promise<"drop"> => {
  await forward();
  return "drop";
};
/** Done, but the answer never comes. */
export const lateAnswer: Fault = async (_request, forward): Promise<"hang"> => {
  await forward();
  return "hang";
};
export const drop: Fault = () => "drop";
export const hang: Fault = () => "hang";
export const passOn: Fault = (_request, forward) => forward();
export const busy: Fault = () => ({ status: 503, headers: { "content-type": "text/plain" }, body: "busy" });
export const webPage: Fault = () => ({
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<h1>Log in</h1>",
});

/** The table service's own way of refusing. */
export function refused(status: number, code: string): Fault {
  const body = JSON.stringify({ "odata.error": { code, message: { lang: "en-US", value: "no" } } });
  return () => ({ status, headers: { "content-type": "application/json;odata=minimalmetadata" }, body });
}

export interface FaultyTable {
  readonly connectionString: string;
  readonly proxy: FaultProxy;
  /** Through the proxy. */
  readonly store: CheckpointStore & LeaseStore;
  /** Past the proxy. */
  readonly direct: TableClient;
  /** Another client through the proxy. */
  readonly open: (tableName: string, policy?: StoragePolicy) => TableClient;
  readonly close: () => void;
}

export async function openFaultyTable(): Promise<FaultyTable> {
  const { connectionString, tableUrl } = await sharedAzurite();
  const proxy = await startFaultProxy(tableUrl);
  const through = connectionString.replace(/TableEndpoint=[^;]*/, `TableEndpoint=${proxy.url}`);
  const open = (tableName: string, policy = eager): TableClient =>
    openTable({ kind: "connection-string", connectionString: through }, tableName, policy);
  const name = uniqueName("faults");
  const direct = openTable({ kind: "connection-string", connectionString }, name);
  await direct.createTable();
  const store = tableCheckpoints(open(name), { operationTimeoutMs: eager.operationTimeoutMs });
  return { connectionString, proxy, store, direct, open, close: () => proxy.close() };
}
let routes = 0;

export function newRoute(): string {
  routes += 1;
  return `route ${routes}@hub`;
}

/** Saves that many segments of one id each: the numbers from `first`. Returns the last revision. */
export async function fill(
  store: CheckpointStore,
  route: string,
  segments: number,
  { first = 1, revision }: { first?: number; revision?: string } = {},
): Promise<string> {
  let last = revision;
  for (let number = first; number < first + segments; number += 1) {
    ({ revision: last } = await store.save(route, segmentChange(number), last));
  }
  return String(last);
}

export async function ledgerRowKeys(client: TableClient, route: string): Promise<string[]> {
  const filter = odata`PartitionKey eq ${routeKey(route)} and RowKey ge 'ledger-' and RowKey lt 'ledger.'`;
  const keys: string[] = [];
  const rows = client.listEntities({ queryOptions: { filter, select: ["RowKey"] } });
  for await (const { rowKey } of rows) keys.push(String(rowKey));
  return keys;
}
