// The lease of a route as a row of the state table, and back. A row that cannot be read is never free.
import { BridgeError } from "../errors.ts";
import type { HeldLease, LeaseSight } from "../pipeline/ports.ts";
import { routeKey } from "./route-key.ts";
import type { Row } from "./table-limits.ts";

export const leaseRowKey = "lease";

/** Counts up with every change of the row that an older bridge would misread. */
const leaseSchemaVersion = 1;

/** Who has the right: one of these per take-over, so owner and epoch together name one holding for ever. */
export type Holding = Pick<HeldLease, "owner" | "epoch">;

/**
 * `writeId` is unique: it tells the write that made the row what it is. When that was is in the service's own
 * `Timestamp`, for people only. A freed row keeps its last owner, also for people only.
 */
export function leaseRow(route: string, { owner, epoch }: Holding, status: "held" | "free", writeId: string): Row {
  const schemaVersion = leaseSchemaVersion;
  return { partitionKey: routeKey(route), rowKey: leaseRowKey, schemaVersion, status, owner, epoch, writeId };
}

/** `undefined` stands for no row: never taken. Throws `STATE_UNREADABLE` when any part of the row is missing or malformed. */
export function readLease(route: string, row: Readonly<Record<string, unknown>> | undefined): LeaseSight {
  if (row === undefined) return { free: true, epoch: 0 };
  const { schemaVersion, status, owner, epoch, etag } = row;
  const known = schemaVersion === leaseSchemaVersion && (status === "held" || status === "free");
  const named = typeof owner === "string" && owner !== "" && typeof etag === "string";
  if (known && named && typeof epoch === "number" && Number.isSafeInteger(epoch) && epoch > 0) {
    return { free: status === "free", ...(status === "free" ? {} : { owner }), epoch, mark: etag };
  }
  throw new BridgeError("STATE_UNREADABLE", `The lease of ${route} is malformed, or a newer bridge wrote it.`, {
    fix:
      `Deploy the version that wrote it. Otherwise stop every app that serves the route, then delete the row ${leaseRowKey} ` +
      `of partition ${routeKey(route)} in the state table: it holds no progress.`,
  });
}

/** True while a lease, as it was seen, is this holding's: its mark may have changed, by a write whose answer got lost. */
export function isHeldBy(sight: LeaseSight, { owner, epoch }: Holding): boolean {
  return !sight.free && sight.owner === owner && sight.epoch === epoch;
}
