// Looks at the checkpoints of a world, past its bridge, and counts every watermark that has moved back.
import { RestError, TableClient } from "@azure/data-tables";

export interface Watermarks {
  /** Looks now. */
  look(): Promise<void>;
  readonly looks: number;
  /** With the route and both times. */
  readonly movedBack: readonly string[];
  /** Looks a last time and stops. */
  stop(): Promise<void>;
}

const EVERY_MS = 1000;

/** Looks once a second, beside the calls of `look`. */
export function watchWatermarks(storageConnectionString: string, table: string): Watermarks {
  const client = TableClient.fromConnectionString(storageConnectionString, table, { allowInsecureConnection: true });
  const highest = new Map<string, string>();
  const movedBack: string[] = [];
  let looks = 0;
  let turn: Promise<void> = Promise.resolve();

  async function lookNow(): Promise<void> {
    for (const [route, watermark] of await readWatermarks(client)) {
      const before = highest.get(route) ?? watermark;
      // ISO texts of one length: their order is that of the times.
      if (watermark < before) movedBack.push(`${route} from ${before} to ${watermark}`);
      else highest.set(route, watermark);
      looks += 1;
    }
  }
  /** One after the other, so that an answer that comes late is not taken for a step back. */
  const look = (): Promise<void> => (turn = turn.then(lookNow));
  const timer = setInterval(() => void look(), EVERY_MS);
  return {
    look,
    get looks() {
      return looks;
    },
    movedBack,
    async stop() {
      clearInterval(timer);
      await look();
    },
  };
}

async function readWatermarks(client: TableClient): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  try {
    const rows = client.listEntities({
      queryOptions: { filter: "RowKey eq 'checkpoint'", select: ["PartitionKey", "watermark"] },
    });
    for await (const row of rows) found.set(String(row.partitionKey), String(row["watermark"]));
  } catch (error) {
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error; // no table yet
  }
  return found;
}
