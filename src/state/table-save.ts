// Saves the progress of a route in one transaction, and finds out what became of a save that was refused or not answered.
import { randomUUID } from "node:crypto";
import type { HeldLease, Saved } from "../pipeline/ports.ts";
import { checkpointRowKey } from "./checkpoint-row.ts";
import { isHeldBy } from "./lease-row.ts";
import { routeKey } from "./route-key.ts";
import { leaseLost, saveConflict } from "./save-errors.ts";
import { saveOperations, type Change, type SaveTerms } from "./save-operations.ts";
import type { StateTable, Submitted } from "./state-table.ts";
import { stateError } from "./storage-errors.ts";
import { lookAtLease, mostTries } from "./table-leases.ts";

export interface TableSave {
  readonly table: StateTable;
  readonly tableName: string;
  readonly route: string;
  readonly change: Change;
}

export type SavedWithLease = Saved & { readonly lease?: HeldLease };

/** See `CheckpointStore.save`. A save that got through although the lease is gone since is `LEASE_LOST` too. */
export async function saveToTable(
  save: TableSave,
  revision: string | undefined,
  lease: HeldLease | undefined,
): Promise<SavedWithLease> {
  const terms = { saveId: randomUUID(), revision };
  let held = lease;
  for (let tries = 1; ; tries += 1) {
    const outcome = await submit(save, { ...terms, lease: held });
    const done = savedAs(save.change, held, outcome.kind === "done" ? outcome.etags : []);
    if (done) return done;
    const found = await lookBack(save, terms.saveId, held);
    const saved = savedAs(save.change, found.lease, [found.revision, found.lease?.mark]);
    if (saved) return saved;
    // Refused only because a renewal of our own, whose answer we never saw, changed the mark: once more with that one.
    const renewed = outcome.kind === "conflict" && held?.mark !== found.lease?.mark;
    if (!renewed || tries === mostTries) throw notSaved(save, outcome);
    held = found.lease;
  }
}

function submit({ table, route, change }: TableSave, terms: SaveTerms): Promise<Submitted> {
  return table.submit(saveOperations(route, change, terms), doing(route));
}

/** `undefined` unless all marks that are needed are known. */
function savedAs(
  { checkpoint }: Change,
  lease: HeldLease | undefined,
  [revision, mark]: readonly (string | undefined)[],
): SavedWithLease | undefined {
  if (revision === undefined) return undefined;
  if (lease === undefined) return { checkpoint, revision };
  return mark === undefined ? undefined : { checkpoint, revision, lease: { ...lease, mark } };
}

/**
 * The first try may have been done and its answer lost, and the SDK's second try then refused: the row tells whose save
 * it holds. `revision` is set when it is ours, `lease` is ours as it is now. Throws `LEASE_LOST`.
 */
async function lookBack(
  { table, route }: TableSave,
  saveId: string,
  lease: HeldLease | undefined,
): Promise<{ readonly revision: string | undefined; readonly lease: HeldLease | undefined }> {
  const row = await table.get(routeKey(route), checkpointRowKey);
  const revision = row?.["saveId"] === saveId ? String(row["etag"]) : undefined;
  if (lease === undefined) return { revision, lease };
  const sight = await lookAtLease(table, route);
  if (sight.mark === undefined || !isHeldBy(sight, lease)) throw leaseLost(route, sight);
  return { revision, lease: { ...lease, mark: sight.mark } };
}

function notSaved({ route, tableName }: TableSave, outcome: Submitted): unknown {
  if (outcome.kind === "uncertain") return stateError(outcome.error, tableName, doing(route));
  return saveConflict(route, outcome.kind === "conflict" ? outcome.error : undefined);
}

function doing(route: string): string {
  return `save the progress of ${route}`;
}
