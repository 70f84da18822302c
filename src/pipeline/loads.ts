// Gathers slices into loads: enough to fill batches and to be worth a checkpoint, little enough to hold.
import type { PlannedSlice } from "./reading-plan.ts";

/**
 * Yields slices in groups of at least `bytes` response bytes (the last one may be smaller), in the order given. When
 * reading fails, what was read before is still yielded, so that it is sent and saved, and then the error is thrown.
 */
export async function* gatherLoads(
  slices: AsyncIterable<PlannedSlice>,
  bytes: number,
): AsyncGenerator<readonly PlannedSlice[], void, undefined> {
  let load: PlannedSlice[] = [];
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
      gathered += asked.value.bytes;
      if (gathered >= bytes) {
        yield load;
        load = [];
        gathered = 0;
      }
    }
    if (load.length > 0) yield load;
    if (failure !== undefined) throw failure.error;
  } finally {
    await iterator.return?.();
  }
}
