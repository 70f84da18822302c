// Gathers slices into loads: enough to fill batches and to be worth a checkpoint, little enough to hold.
import type { PlannedSlice } from "./reading-plan.ts";

export interface Load {
  readonly slices: readonly PlannedSlice[];
  /** Nothing follows: what was held back to fill batches has to go now. */
  readonly last: boolean;
}

/**
 * Yields slices in groups of at least `bytes` response bytes, in the order given. The last one may be smaller, or empty
 * where others came before it. When reading fails, what was read before is still yielded, so that it is sent and saved, and
 * then the error is thrown. `onSlice` is called with each slice as it comes.
 */
export async function* gatherLoads(
  slices: AsyncIterable<PlannedSlice>,
  bytes: number,
  onSlice?: (slice: PlannedSlice) => void,
): AsyncGenerator<Load, void, undefined> {
  let load: PlannedSlice[] = [];
  let yielded = false;
  let gathered = 0;
  let failure: { readonly error: unknown } | undefined;
  const iterator = slices[Symbol.asyncIterator]();
  try {
    for (;;) {
      let asked: IteratorResult<PlannedSlice, unknown>;
      try {
        asked = await iterator.next();
      } catch (error) {
        failure = { error };
        break;
      }
      if (asked.done === true) break;
      load.push(asked.value);
      onSlice?.(asked.value);
      gathered += asked.value.bytes;
      if (gathered >= bytes) {
        yielded = true;
        yield { slices: load, last: false };
        load = [];
        gathered = 0;
      }
    }
    if (yielded || load.length > 0) yield { slices: load, last: true };
    if (failure !== undefined) throw failure.error;
  } finally {
    await iterator.return?.();
  }
}
