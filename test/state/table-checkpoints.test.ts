// The checkpoint store on a real table (Azurite) keeps the promises of every store.
import { odata } from "@azure/data-tables";
import { openTable } from "../../src/state/storage-clients.ts";
import { routeKey } from "../../src/state/route-key.ts";
import { tableCheckpoints } from "../../src/state/table-checkpoints.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { hour } from "../contracts/checkpoint-samples.ts";
import { describeCheckpointStore } from "../contracts/checkpoint-store.ts";
import { describeLeaseStore, type LeaseStoreUnderTest } from "../contracts/lease-store.ts";

describeCheckpointStore("tableCheckpoints", openStore);
describeLeaseStore("tableCheckpoints", openStore);

async function openStore(): Promise<LeaseStoreUnderTest> {
  const { connectionString } = await sharedAzurite();
  const client = openTable({ kind: "connection-string", connectionString }, uniqueName("contract"));
  return {
    store: tableCheckpoints(client, { history: { mostRuns: 3, longestMs: 7 * 24 * hour } }),
    async deadLetterIds(route) {
      const filter = odata`PartitionKey eq ${routeKey(route)} and RowKey ge 'dead-letter-' and RowKey lt 'dead-letter.'`;
      const ids: string[] = [];
      for await (const { rowKey } of client.listEntities({ queryOptions: { filter } }))
        ids.push(String(rowKey).slice(12));
      return ids;
    },
  };
}
