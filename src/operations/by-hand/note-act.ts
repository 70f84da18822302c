// An operator's act as a row of the run history, beside the runs.
import type { CheckpointStore } from "../../pipeline/ports.ts";
import type { Instant } from "../../pipeline/records.ts";

export interface NoteDeps {
  readonly store: Pick<CheckpointStore, "recordRun">;
  readonly owner: string;
  now(): Instant;
}

/** Rows of acts have an `operation`, and no `outcome`: what reads the history for runs leaves them out by that. */
export async function noteAct(
  route: string,
  act: Readonly<Record<string, unknown>> & { readonly operation: string },
  deps: NoteDeps,
): Promise<void> {
  await deps.store.recordRun(route, { runId: deps.owner, at: deps.now(), summary: act });
}
