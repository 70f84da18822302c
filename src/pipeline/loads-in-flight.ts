// The loads of one route, read ahead as far as there is room, and counted until they are settled.
import type { InFlight } from "./in-flight.ts";
import { gatherLoads, type Load } from "./loads.ts";
import { readAhead } from "./read-ahead.ts";
import type { PlannedSlice } from "./reading-plan.ts";

export interface LoadsInFlight {
  readonly loads: AsyncIterable<Load>;
  /** False when so much is on its way that nothing may wait for the next load. */
  mayHoldBack(): boolean;
  /** For a slice that is settled: nobody needs its bytes any more. */
  letGo(slice: PlannedSlice): void;
  /** Lets go of everything, however the route ends. */
  close(): void;
}

/** `stop` is aborted when the loads are read no further; `loadBytes` as in `gatherLoads`. */
export function loadsInFlight(
  slices: AsyncIterable<PlannedSlice>,
  { inFlight, loadBytes }: { readonly inFlight: InFlight; readonly loadBytes: number },
  stop: AbortController,
): LoadsInFlight {
  const account = inFlight.open();
  const gathered = gatherLoads(slices, loadBytes, (slice) => account.hold(slice, slice.bytes));
  return {
    loads: readAhead(gathered, stop, (wanted) => inFlight.room(loadBytes, wanted)),
    mayHoldBack: () => inFlight.hasRoom(loadBytes),
    letGo: (slice) => account.letGo(slice),
    close: () => account.close(),
  };
}
