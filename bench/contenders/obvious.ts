// The obvious way, written as one would write it first, with nothing made slower than it has to be: fetch all pages, parse,
// drop repeats by a Set, send batches of a hundred, one at a time. With `rows`, a state row is kept for each record too.
import { TableClient, type TransactionAction } from "@azure/data-tables";
import { EventHubProducerClient } from "@azure/event-hubs";
import { measured, task } from "../measure.ts";

interface ApiRecord {
  readonly id: string;
}

interface ApiPage {
  readonly meta: { readonly totalPages: number };
  readonly objs: readonly ApiRecord[];
}

const BATCH = 100;
const withRows = process.argv[3] === "rows";
const { apiUrl, hub, storage, state, sets, pageSize } = task();
const producer = new EventHubProducerClient(hub);
const table = TableClient.fromConnectionString(storage, state, { allowInsecureConnection: true });

await measured(async () => {
  if (withRows) await table.createTable();
  const authorization = `Bearer ${await logIn()}`;
  for (const { recType } of sets) {
    const records = await fetchAll(recType, authorization);
    for (let from = 0; from < records.length; from += BATCH) {
      const batch = records.slice(from, from + BATCH);
      await producer.sendBatch(
        batch.map((record) => ({ body: record, messageId: record.id, properties: { recType } })),
      );
      if (withRows)
        await table.submitTransaction(batch.map((record): TransactionAction => ["upsert", row(record, recType)]));
    }
  }
});
await producer.close();

async function logIn(): Promise<string> {
  const answer = await fetch(`${apiUrl}/oauth2/token`, { method: "POST" });
  const { access_token: token }: { access_token: string } = Object(await answer.json());
  return token;
}

async function fetchAll(recType: string, authorization: string): Promise<readonly ApiRecord[]> {
  const seen = new Set<string>();
  const records: ApiRecord[] = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const query = `details=true&page=${page}&perPage=${pageSize}&sort=tstamp`;
    const answer = await fetch(`${apiUrl}/share/${recType}?${query}`, { headers: { authorization } });
    const { meta, objs }: ApiPage = Object(await answer.json());
    pages = meta.totalPages;
    for (const record of objs) {
      if (seen.has(record.id)) continue;
      seen.add(record.id);
      records.push(record);
    }
  }
  return records;
}

/** In transactions of a hundred, the cheapest way to write rows. */
function row({ id }: ApiRecord, recType: string) {
  return { partitionKey: recType, rowKey: id, delivered: true };
}
