// Tells a quiet feed from one whose records the API hides for want of rights.
import { BridgeError } from "../errors.ts";
import type { Checkpoint } from "./ports.ts";
import type { PlannedSlice } from "./reading-plan.ts";

export interface Visibility {
  /** Called once for each slice, in order. */
  mayClose(slice: PlannedSlice): boolean;
  /** Throws `RIGHTS_FILTERED` when this feed has never shown a record and the API counted some in this run. */
  throwIfAllHidden(): void;
}

/**
 * The API filters by access after it counted: a listing that counts records and shows none may be other tenants'
 * records in a quiet hour, or a missing right. Once a feed has delivered anything, its rights are known to be good.
 * Until then, hidden records keep its windows open, so that nothing is passed over before the right is granted.
 */
export function visibility(feed: string, checkpoint: Checkpoint): Visibility {
  let seen = checkpoint.nextSegment > 0;
  let hidden = 0;
  return {
    mayClose(slice) {
      seen ||= slice.records.length > 0 || slice.unreadable.length > 0 || slice.filtered > 0;
      hidden += slice.hidden;
      return seen || hidden === 0;
    },
    throwIfAllHidden() {
      if (!seen && hidden > 0) throw allHidden(feed, hidden);
    },
  };
}

function allHidden(feed: string, hidden: number): BridgeError {
  return new BridgeError(
    "RIGHTS_FILTERED",
    `Feed ${feed}: the API counts ${hidden} records and shows none of them; this account seems to lack the right to read them`,
    {
      fix:
        "Check MICROSHARE_IDENTITY (which tenant the token acts for), MICROSHARE_REC_TYPE, and ask the data owner for a " +
        "rule that shares these records with read permission. Nothing was marked as done.",
    },
  );
}
