// Makes the reader of a feed, by its kind.
import type { FeedSource } from "../pipeline/ports.ts";
import type { MicroshareApi } from "./api.ts";
import type { FeedOptions } from "./feed-options.ts";
import { createShareFeed } from "./share-feed.ts";
import type { FeedDeps } from "./feed-deps.ts";
import { createViewFeed } from "./view-feed.ts";

export type { DeviceCluster, FeedOptions } from "./feed-options.ts";
export type { FeedDeps } from "./feed-deps.ts";
export { createViewDefinitions } from "./view-definitions.ts";

/** For one run: what it finds out about locations and ids is kept as long as the source lives. */
export function createFeedSource(api: MicroshareApi, feed: FeedOptions, deps: FeedDeps): FeedSource {
  return feed.kind === "share" ? createShareFeed(api, feed, deps) : createViewFeed(api, feed, deps);
}
