// Leases in Azure Table Storage: one row per route, changed only by compare-and-swap of its ETag.
import { randomUUID } from "node:crypto";
import type { HeldLease, LeaseSight, LeaseStore } from "../pipeline/ports.ts";
import { isHeldBy, leaseRow, leaseRowKey, readLease, type Holding } from "./lease-row.ts";
import { routeKey } from "./route-key.ts";
import { leaseLost } from "./save-errors.ts";
import type { StateTable } from "./state-table.ts";
import { stateError } from "./storage-errors.ts";
import type { Operation } from "./table-limits.ts";

/**
 * The leases of the routes of a state table. Errors: `STATE_DENIED`, `STATE_UNAVAILABLE`, `STATE_UNREADABLE`, and
 * `LEASE_LOST` from `renew`.
 */
export function tableLeases(table: StateTable, tableName: string): LeaseStore {
  /** The new mark, or the row as it is now when it did not follow `mark`. */
  async function write(
    route: string,
    { holding, status, mark }: { holding: Holding; status: "held" | "free"; mark: string | undefined },
  ): Promise<string | LeaseSight> {
    const writeId = randomUUID();
    const doing = `write the lease of ${route}`;
    const row = leaseRow(route, holding, status, writeId);
    const operation: Operation = mark === undefined ? ["create", row] : ["update", row, mark];
    const outcome = await table.submit([operation], doing);
    const [etag] = outcome.kind === "done" ? outcome.etags : [];
    if (etag !== undefined) return etag;
    // Done at the first try, its answer lost, and the second try refused? The row tells whose write it holds.
    const now = await table.get(routeKey(route), leaseRowKey);
    const sight = readLease(route, now);
    if (sight.mark !== undefined && now?.["writeId"] === writeId) return sight.mark;
    if (outcome.kind === "uncertain") throw stateError(outcome.error, tableName, doing);
    return sight;
  }

  /** Writes a row that is ours whatever its mark; the row as it is when it is not ours. */
  async function rewrite(route: string, lease: HeldLease, status: "held" | "free"): Promise<string | LeaseSight> {
    let { mark } = lease;
    for (let tries = 1; ; tries += 1) {
      const written = await write(route, { holding: lease, status, mark });
      if (typeof written === "string" || written.mark === undefined || !isHeldBy(written, lease)) return written;
      if (tries === mostTries) return written;
      ({ mark } = written);
    }
  }

  return {
    look: (route) => lookAtLease(table, route),

    async take(route, seen, owner) {
      const epoch = seen.epoch + 1;
      const written = await write(route, { holding: { owner, epoch }, status: "held", mark: seen.mark });
      return typeof written === "string" ? { owner, epoch, mark: written } : undefined;
    },

    async renew(route, lease) {
      const written = await rewrite(route, lease, "held");
      if (typeof written !== "string") throw leaseLost(route, written);
      return { ...lease, mark: written };
    },

    async release(route, lease) {
      await rewrite(route, lease, "free");
    },
  };
}

export async function lookAtLease(table: StateTable, route: string): Promise<LeaseSight> {
  return readLease(route, await table.get(routeKey(route), leaseRowKey));
}

/** A renewal and a save of one run may meet, each changing the mark under the other; more than one such meeting is odd. */
export const mostTries = 3;
