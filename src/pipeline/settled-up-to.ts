// Which part of what was read has settled, by the smaller of two clocks: the host's and the API's.
import { BridgeError } from "../errors.ts";
import type { PlannedSlice } from "./reading-plan.ts";
import type { Instant } from "./records.ts";

/** The time up to which a slice may count as done. Throws `CLOCK_SKEW` when the clocks are too far apart to know. */
export type SettledUpTo = (slice: PlannedSlice) => Instant;

/**
 * The plan ends at the host's now minus the settle delay. Where the API's clock, at the moment it answered, had not
 * come that far, the rest of the slice is still sent but counts as unread: the next run meets it again. From then on
 * nothing later of that part may count in this run, or a gap would be left behind it.
 */
export function settledUpTo(feed: string, settleDelayMs: number): SettledUpTo {
  const ceilings = new Map<string, Instant>();
  return (slice) => {
    const { answeredAt, skewMs, part } = slice;
    if (skewMs !== undefined && Math.abs(skewMs) > settleDelayMs + DATE_HEADER_STEP_MS) {
      throw skewed(feed, skewMs, settleDelayMs);
    }
    const earlier = ceilings.get(part) ?? Number.POSITIVE_INFINITY;
    if (answeredAt === undefined || slice.closedTo === undefined) return earlier;
    const settled = answeredAt - settleDelayMs;
    if (slice.purpose === "progress" && settled < slice.closedTo) ceilings.set(part, Math.min(earlier, settled));
    return Math.min(earlier, settled);
  };
}

/** The header has whole seconds. */
const DATE_HEADER_STEP_MS = 1000;

function skewed(feed: string, skewMs: number, settleDelayMs: number): BridgeError {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  return new BridgeError(
    "CLOCK_SKEW",
    `Feed ${feed}: this machine's clock is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} the Microshare API's, ` +
      `more than the settle delay of ${settleDelayMs / 1000} s`,
    {
      fix:
        "Set the machine's clock right (on Azure it is kept by the platform: look whether a proxy rewrites the Date " +
        "header), or set SETTLE_DELAY above the difference. Nothing was marked as done.",
    },
  );
}
