// Errors of a window that is not, or cannot be shown to be, complete. Each stops its part where it is.
import { BridgeError } from "../errors.ts";
import type { Window } from "./records.ts";
import { describeWindow } from "./windows.ts";

/** What was read. */
export interface Place {
  readonly feed: string;
  readonly part: string;
  readonly window: Window;
}

export function miscounted(request: Place, counted: number, read: number): BridgeError {
  return new BridgeError(
    "WINDOW_INCOMPLETE",
    `Feed ${request.feed}: the counting view counts ${counted} records${placeOf(request)} in ` +
      `${describeWindow(request.window)}, and reading found ${read}`,
    {
      fix:
        "The next run reads the window again. If it stays so, compare the counting view with the view: both must match " +
        "the same records by the same time. To go on without this window, record it as a gap (see the guarantees).",
    },
  );
}

function placeOf(request: Place): string {
  return request.part === "" ? "" : ` at ${request.part}`;
}

export function saturated(request: Place, limit: number): BridgeError {
  return new BridgeError(
    "WINDOW_SATURATED",
    `Feed ${request.feed}: the view reached its limit of ${limit} records${placeOf(request)} in ${describeWindow(request.window)}, ` +
      "which cannot be split further; older records of it may be missing",
    {
      fix:
        "Ask the owner of the view for a larger $limit (and set MICROSHARE_VIEW_LIMIT to it), or read one location " +
        "or metric per feed. The watermark stays where it is until then, or until the gap is recorded and skipped.",
    },
  );
}

export function notWhole(request: Place, parts: readonly string[], missing: number): BridgeError {
  return new BridgeError(
    "WINDOW_INCOMPLETE",
    `Feed ${request.feed}: the view reached its limit${placeOf(request)} in ${describeWindow(request.window)}, and ` +
      `asked for ${parts.join(", ")} one by one it no longer shows ${missing} of the records it had shown: ` +
      "these are not all that it holds",
    {
      fix:
        "Add what is missing to the list of the feed (MICROSHARE_LOCATIONS, the device cluster, its categories or " +
        "metrics), or ask the owner of the view for a larger $limit and set MICROSHARE_VIEW_LIMIT to it. The watermark " +
        "stays where it is until then, or until the gap is recorded and skipped.",
    },
  );
}
