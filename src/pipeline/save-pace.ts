// When a run in full swing saves its progress: storage is paid by the transaction, and a crash by what was not saved.
import type { Load } from "./loads.ts";
import type { RouteProgress } from "./route-progress.ts";
import type { Instant } from "./records.ts";

export interface SavePace {
  /** Counts the load, and says whether the progress should be saved now. */
  isDue(load: Load): boolean;
}

/** So long at most between two saves while there is anything to save: a slow feed is not at risk for longer than a fast one. */
const LONGEST_MS = 10_000;

export function savePace(
  progress: Pick<RouteProgress, "worthSaving">,
  { saveBytes, now }: { readonly saveBytes: number; readonly now: () => Instant },
): SavePace {
  let bytes = 0;
  let savedAt = now();
  return {
    isDue({ slices }) {
      for (const slice of slices) bytes += slice.bytes;
      if (!progress.worthSaving) return false;
      if (bytes < saveBytes && now() - savedAt < LONGEST_MS) return false;
      bytes = 0;
      savedAt = now();
      return true;
    },
  };
}
