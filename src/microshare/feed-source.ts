// Makes the reader of a feed, by its kind.
import type { FeedSource } from "../pipeline/ports.ts";
import type { MicroshareApi } from "./api.ts";
import { createDashboardFeed } from "./dashboard-feed.ts";
import type { FeedOptions } from "./feed-options.ts";
import { createShareFeed } from "./share-feed.ts";
import { createViewFeed, type ViewDeps } from "./view-feed.ts";

export type { DeviceCluster, FeedOptions } from "./feed-options.ts";
export type { ViewDeps } from "./view-feed.ts";

/** For one run: what it finds out about locations and ids is kept as long as the source lives. */
export function createFeedSource(api: MicroshareApi, feed: FeedOptions, deps: ViewDeps): FeedSource {
  if (feed.kind === "share") return createShareFeed(api, feed);
  return feed.kind === "view" ? createViewFeed(api, feed, deps) : createDashboardFeed(api, feed, deps);
}
