// Reads a dashboard view: one part per location, each asked for on its own.
import { BridgeError } from "../errors.ts";
import type { FeedSource } from "../pipeline/ports.ts";
import type { MicroshareApi } from "./api.ts";
import { findLocations } from "./device-locations.ts";
import type { FeedOptions } from "./feed-options.ts";
import { createViewFeed, type ViewDeps } from "./view-feed.ts";

/** Locations as configured, else as the device cluster names them. Discovery is asked once for the life of the source. */
export function createDashboardFeed(api: MicroshareApi, feed: FeedOptions, deps: ViewDeps): FeedSource {
  const view = createViewFeed(api, feed, deps);
  const given = [...new Set(feed.locations)];
  let known: readonly string[] | undefined = given.length === 0 ? undefined : given;
  return {
    ascending: view.ascending,
    readPages: (request) => view.readPages(request),
    async parts(signal) {
      if (known !== undefined) return known;
      if (feed.deviceCluster !== undefined) known = await findLocations(api, feed.name, feed.deviceCluster, signal);
      // A view whose location is given by hand, or that has none.
      else if (Object.hasOwn(feed.viewParameters, "loc1")) known = [""];
      else throw noLocations(feed.name);
      return known;
    },
  };
}

function noLocations(feed: string): BridgeError {
  return new BridgeError(
    "SETTINGS_INVALID",
    `Feed "${feed}": a dashboard is read location by location, and none is given`,
    {
      fix: 'Set MICROSHARE_LOCATIONS (for example ["North Tower"]) or MICROSHARE_DEVICE_CLUSTER (recType/id).',
    },
  );
}
