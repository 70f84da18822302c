// What the bridge keeps in storage, as an operator sees it: rows of the table, blobs of dead letters.
import { RestError, type TableClient } from "@azure/data-tables";
import type { ContainerClient } from "@azure/storage-blob";

export type Entity = Readonly<Record<string, unknown>>;

export interface DeadLetter {
  readonly row: Entity;
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StateUnderTest {
  readonly table: TableClient;
  tableExists(): Promise<boolean>;
  /** Rows of a feed's route whose key begins so, in key order; none when there is no table yet. */
  rows(feed: string, begin: string): Promise<readonly Entity[]>;
  /** Summaries of the run history, newest first. */
  history(feed?: string): Promise<readonly Entity[]>;
  watermark(feed?: string): Promise<string | undefined>;
  deadLetters(feed?: string): Promise<readonly DeadLetter[]>;
  /** As somebody may do by hand. */
  overwriteDeadLetter(letter: DeadLetter | undefined, body: Buffer, feed?: string): Promise<void>;
  /** Everything that storage holds: rows, and blobs with names, metadata and bodies. */
  contents(): Promise<readonly (string | Uint8Array)[]>;
}

export function openState(table: TableClient, container: ContainerClient): StateUnderTest {
  async function entities(filter?: string): Promise<readonly Entity[]> {
    const found: Entity[] = [];
    try {
      for await (const row of table.listEntities(filter === undefined ? {} : { queryOptions: { filter } }))
        found.push(row);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    return found;
  }

  async function rows(feed: string, begin: string): Promise<readonly Entity[]> {
    const all = await entities(`PartitionKey eq '${feed}@event-hub'`);
    return all.filter(({ rowKey }) => String(rowKey).startsWith(begin));
  }

  async function download(name: string): Promise<Omit<DeadLetter, "row">> {
    const blob = container.getBlobClient(name);
    const [body, { metadata = {} }] = await Promise.all([blob.downloadToBuffer(), blob.getProperties()]);
    return { body, metadata };
  }

  return {
    table,
    async tableExists() {
      try {
        await table.listEntities().byPage({ maxPageSize: 1 }).next();
        return true;
      } catch (error) {
        if (!isMissing(error)) throw error;
        return false;
      }
    },
    rows,
    async history(feed = "default") {
      const found = await rows(feed, "run-");
      return found.map((row): Entity => Object(JSON.parse(String(row["summary"]))));
    },
    async watermark(feed = "default") {
      const [row] = await rows(feed, "checkpoint");
      return row === undefined ? undefined : String(row["watermark"]);
    },
    async deadLetters(feed = "default") {
      const found = await rows(feed, "dead-letter-");
      const ids = found.map(({ rowKey }) => String(rowKey).slice("dead-letter-".length));
      return Promise.all(
        found.map(async (row, index) => ({ row, ...(await download(`${feed}@event-hub/${ids[index]}`)) })),
      );
    },
    async overwriteDeadLetter(letter, body, feed = "rooms") {
      const eventId = String(letter?.row["rowKey"]).slice("dead-letter-".length);
      await container.getBlockBlobClient(`${feed}@event-hub/${eventId}`).upload(body, body.byteLength);
    },
    async contents() {
      const stored = await entities();
      const names: string[] = [];
      if (await container.exists()) for await (const { name } of container.listBlobsFlat()) names.push(name);
      const letters = await Promise.all(names.map(download));
      const texts = [...stored, ...letters.map(({ metadata }) => metadata), names].map((one) => JSON.stringify(one));
      return [...texts, ...letters.map(({ body }) => body)];
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof RestError && error.statusCode === 404;
}
