// Tells from the pages of a window whether the view's limit struck, or may have.
import type { FeedRecord, Instant, Page, Window } from "../pipeline/records.ts";
import type { ViewAnswer } from "./view-pages.ts";
import type { ViewPlan } from "./view-plan.ts";
import type { ResultsStandFor } from "./view-stages.ts";

export interface LimitSigns {
  /** Counts one page. Once the limit was reached there is no need to read on. */
  add(page: ViewAnswer, records: readonly FeedRecord[]): Pick<Page, "saturated"> | undefined;
  /** For the last page. */
  inTheEnd(): Pick<Page, "doubtful">;
}

/**
 * A limit shows in what is counted only where one object, or one entry of a `line[]`, stands for one record. Where it
 * may not, the window is `doubtful`: it is read again in halves, which costs two calls more, so the doubt must be worth
 * it. By what one result stands for:
 * - `records`: counting them is proof; never doubtful.
 * - `groups`: doubtful as soon as there is one; none means no records at all.
 * - `a selection`: always doubtful, since all that is left may have been cut before it was selected from.
 * - `unknown` (no definition): objects without lines, and entries that name the record behind them, are taken for
 *   records, as every documented view has them. Other entries could each be made of several records. A cut takes the
 *   oldest records and leaves at least a limit's worth, so it is believed to be possible when the entries reach a
 *   quarter of the limit, or when the older half of the window is bare. The vendor's dashboards, read by the hour, pass.
 */
export function noLimitSigns(plan: ViewPlan, window: Window): LimitSigns {
  let counted = 0;
  let objects = 0;
  let anonymousEntries = false;
  let oldest: Instant = Number.POSITIVE_INFINITY;

  const isDoubtful: Readonly<Record<ResultsStandFor, () => boolean>> = {
    records: () => false,
    "a count": () => false,
    groups: () => objects > 0,
    "a selection": () => true,
    unknown: () =>
      anonymousEntries && (counted * 4 >= plan.limit || (oldest < window.to && oldest >= middleOf(window))),
  };

  return {
    add({ envelope, seen }, records) {
      counted += seen.counted;
      objects += envelope.objects.length;
      anonymousEntries ||= seen.grouped && seen.found.some((one) => one.kind === "record" && one.id === undefined);
      for (const { time } of records) oldest = Math.min(oldest, time);
      if (counted >= plan.limit) return { saturated: { limit: plan.limit } };
      if (plan.groupLimit !== undefined && objects >= plan.groupLimit) return { saturated: { limit: plan.groupLimit } };
      return undefined;
    },
    inTheEnd: () => (isDoubtful[plan.standsFor]() ? { doubtful: true } : {}),
  };
}

/** A single millisecond has no older half. */
function middleOf({ from, to }: Window): Instant {
  return from + Math.max(1, (to - from) / 2);
}
