// What a feed reader has to know about its feed.
import type { TimeField } from "./record-time.ts";

export interface FeedOptions {
  /** For messages and counts. */
  readonly name: string;
  readonly kind: "share" | "view" | "dashboard";
  /** Of the data, never of the view. */
  readonly recType: string;
  /** Needed for views and dashboards. */
  readonly viewId?: string;
  /** Needed for views and dashboards: type of the view object itself. */
  readonly viewRecType: string;
  /** Placeholders of the view; values as they go into the query, not encoded. They win over the bridge's own defaults. */
  readonly viewParameters: Readonly<Record<string, string>>;
  /** The view's `$limit`. Default: as its definition says, or 999 where that cannot be read. */
  readonly viewLimit?: number;
  /** Whether the path of a view call ends in a slash. */
  readonly viewTrailingSlash: boolean;
  /** Names: a parameter of views, a filter on `data.meta.global` for share feeds. Empty for none. */
  readonly dataContext: readonly string[];
  /** Values for the view's placeholders `category` and `metric`, for feeds that name several; one query each. */
  readonly categories?: readonly string[];
  readonly metrics?: readonly string[];
  /** A view that counts records by the feed's clock, to check that none was missed. */
  readonly countViewId?: string;
  /** First location level of dashboards; one query each. For views, only to divide what is too full otherwise. */
  readonly locations?: readonly string[];
  /** Where locations are found when none are given. */
  readonly deviceCluster?: DeviceCluster;
  /** Only records whose `owner.org` contains it. */
  readonly ownerFilter?: string;
  /** By which clock the view filters; share feeds always go by storage time. */
  readonly timeField: TimeField;
  /** Records per page asked for. */
  readonly pageSize: number;
}

export interface DeviceCluster {
  /** The cluster's source type, which ends in `packed`. */
  readonly recType: string;
  readonly id: string;
}
