// For a target that has no key of its own: one row per event, claimed before it is delivered and marked done after.
import { RestError, TableClient } from "@azure/data-tables";
import { setTimeout } from "node:timers/promises";

export interface DoneTable {
  /**
   * Delivers unless this event was delivered before. Throws what `deliver` throws, with the claim given back, and
   * `EventClaimed` when another instance has been at it for too long: the queue hands the message over again.
   */
  once(eventId: string, deliver: () => Promise<void>): Promise<"delivered" | "already done">;
}

/** Another instance is delivering this event, or died while it did. */
export class EventClaimed extends Error {}

export interface DoneTableOptions {
  readonly connectionString: string;
  readonly table: string;
  /** After so long a claim counts as that of a dead instance. Longer than the function's time limit. */
  readonly claimMs?: number;
  /**
   * How long to wait for another instance. Below the five minutes for which the host keeps a message locked; ten deliveries of
   * a message, after which the queue sets it aside, together outlast a claim.
   */
  readonly patienceMs?: number;
  readonly now?: () => number;
  readonly wait?: (ms: number) => Promise<unknown>;
}

const defaultClaimMs = 15 * 60_000;
const defaultPatienceMs = 4 * 60_000;
const lookAgainMs = 5_000;

export async function openDoneTable(options: DoneTableOptions): Promise<DoneTable> {
  const { connectionString, table, claimMs = defaultClaimMs, patienceMs = defaultPatienceMs } = options;
  const { now = Date.now, wait = setTimeout } = options;
  // Only the local stand-in for storage has no TLS.
  const allowInsecureConnection = /DefaultEndpointsProtocol=http(?:;|$)|UseDevelopmentStorage=true/u.test(
    connectionString,
  );
  const client = TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection });
  await client.createTable();

  async function claim(key: Key): Promise<Claim> {
    const row = { ...key, state: "claimed", claimedAt: new Date(now()) };
    try {
      return { kind: "ours", etag: etagOf(await client.createEntity(row)) };
    } catch (error) {
      if (!hasStatus(error, 409)) throw error;
    }
    try {
      const known = await client.getEntity<{ state: string; claimedAt: Date }>(key.partitionKey, key.rowKey);
      if (known.state === "done") return { kind: "done" };
      if (now() - known.claimedAt.getTime() < claimMs) return { kind: "theirs" };
      // Its owner died on the way: whether it had delivered, nobody knows. This is the one case of a repeat.
      return { kind: "ours", etag: etagOf(await client.updateEntity(row, "Replace", { etag: known.etag })) };
    } catch (error) {
      // Given back, or taken over by a third one, in this moment.
      if (hasStatus(error, 404) || hasStatus(error, 412)) return { kind: "theirs" };
      throw error;
    }
  }

  async function claimOrWait(key: Key): Promise<Exclude<Claim, { kind: "theirs" }>> {
    for (let waitedMs = 0; ; waitedMs += lookAgainMs) {
      const claimed = await claim(key);
      if (claimed.kind !== "theirs") return claimed;
      if (waitedMs >= patienceMs) throw new EventClaimed(`Event ${key.rowKey} is being delivered.`);
      await wait(lookAgainMs);
    }
  }

  return {
    async once(eventId, deliver) {
      // Spread over 256 partitions of the table.
      const key = { partitionKey: eventId.slice(0, 2), rowKey: eventId };
      const claimed = await claimOrWait(key);
      if (claimed.kind === "done") return "already done";
      const { etag } = claimed;
      try {
        await deliver();
      } catch (error) {
        await client.deleteEntity(key.partitionKey, key.rowKey, { etag });
        throw error;
      }
      await client.updateEntity({ ...key, state: "done", doneAt: new Date(now()) }, "Replace", { etag });
      return "delivered";
    },
  };
}

type Claim = { readonly kind: "ours"; readonly etag: string } | { readonly kind: "done" } | { readonly kind: "theirs" };

interface Key {
  readonly partitionKey: string;
  readonly rowKey: string;
}

function etagOf({ etag }: { readonly etag?: string }): string {
  if (etag === undefined) throw new Error("the table service named no ETag");
  return etag;
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof RestError && error.statusCode === status;
}
