// One save as the operations of one entity-group transaction.
import type { CheckpointStore, HeldLease } from "../pipeline/ports.ts";
import { checkpointRow } from "./checkpoint-row.ts";
import { deadLetterRow } from "./dead-letter-row.ts";
import { leaseRow } from "./lease-row.ts";
import { ledgerRows } from "./ledger-rows.ts";
import { routeKey } from "./route-key.ts";
import type { Operation } from "./table-limits.ts";

/** What a save changes. */
export type Change = Parameters<CheckpointStore["save"]>[1];

/** What a save follows, and under which unique id it is made. */
export interface SaveTerms {
  readonly saveId: string;
  readonly revision: string | undefined;
  readonly lease?: HeldLease | undefined;
}

/** The checkpoint comes first, without a revision it must not exist yet; the lease, where there is one, comes second. */
export function saveOperations(
  route: string,
  { checkpoint, segment, deadLetters }: Change,
  { saveId, revision, lease }: SaveTerms,
): readonly Operation[] {
  const row = checkpointRow(route, checkpoint, saveId);
  const held: Operation[] = lease ? [["update", leaseRow(route, lease, "held", saveId), lease.mark]] : [];
  // The checkpoint names the segment that comes after this one.
  const number = Math.max(0, checkpoint.nextSegment - 1);
  const segments = segment === undefined ? [] : ledgerRows(routeKey(route), segment, number, saveId);
  // The same letter may stand twice in a save, and may be there from a run that the ledger has forgotten.
  const letters = new Map(deadLetters.map((letter) => [letter.eventId, deadLetterRow(route, letter)]));
  return [
    revision === undefined ? ["create", row] : ["update", row, revision],
    ...held,
    ...segments.map((ledger): Operation => ["create", ledger]),
    ...Array.from(letters.values(), (letter): Operation => ["merge", letter]),
  ];
}
