// The names of all routes that ever ran, as rows of one partition of the state table: one call tells them all.
import type { TableClient } from "@azure/data-tables";
import type { RouteIndex } from "../pipeline/ports.ts";
import { routeKey, routeOfKey } from "./route-key.ts";
import { stateTable } from "./state-table.ts";
import { storagePolicy } from "./storage-clients.ts";
import { stateError } from "./storage-errors.ts";
import { tableLimits, type Operation } from "./table-limits.ts";

/** No route has this key: an underscore in one is followed by two hex digits. */
export const routeIndexPartition = "_routes";

/** The service gives so many rows in one answer: more routes than an app can have. */
const pageSize = 1000;

/** Throws `STATE_DENIED` and `STATE_UNAVAILABLE`. */
export function tableRouteIndex(
  client: TableClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs } = {},
): RouteIndex {
  const table = stateTable(client, operationTimeoutMs);
  return {
    async list() {
      const routes: string[] = [];
      // Every key that `routeKey` gives lies in between.
      for await (const rows of table.pages(routeIndexPartition, { from: "", to: "~", pageSize, select: ["RowKey"] })) {
        routes.push(...rows.map((row) => routeOfKey(String(row["rowKey"]))));
      }
      return routes;
    },
    async add(routes) {
      const rows = routes.map((route): Operation => [
        "merge",
        { partitionKey: routeIndexPartition, rowKey: routeKey(route) },
      ]);
      for (let from = 0; from < rows.length; from += tableLimits.operations) {
        const outcome = await table.submit(rows.slice(from, from + tableLimits.operations), "note the routes");
        if (outcome.kind !== "done") throw stateError(outcome.error, client.tableName, "note the routes");
      }
    },
  };
}
