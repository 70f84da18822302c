// Which parts a view is read in, and how a part that is too full is divided further.
import { BridgeError } from "../errors.ts";
import type { MicroshareApi } from "./api.ts";
import { findLocations } from "./device-locations.ts";
import type { FeedOptions } from "./feed-options.ts";
import { divided, listedNames, PART_NAMES, readPart, writePart, type PartName, type ViewPart } from "./view-parts.ts";
import type { ViewPlan } from "./view-plan.ts";
import type { Warnings } from "./warnings.ts";

export interface ViewDivision {
  /**
   * The parts to read, each with a progress of its own: each location with each listed category and metric. A location
   * that discovery no longer finds is asked for all the same, with a warning; a list in the settings is taken as it is.
   */
  parts(plan: ViewPlan, known: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /** Two or more narrower parts that together make up this one; undefined when the feed names none. */
  finerParts(plan: ViewPlan, part: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
}

/** Discovery is asked once for the life of the source. */
export function createViewDivision(api: MicroshareApi, feed: FeedOptions, warnings: Warnings): ViewDivision {
  const given = [...new Set(feed.locations)];
  let discovered: readonly string[] | undefined;

  async function discover(signal: AbortSignal): Promise<readonly string[]> {
    if (feed.deviceCluster === undefined) return [];
    return (discovered ??= await findLocations(api, feed.name, feed.deviceCluster, signal));
  }

  async function locationsToRead(known: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    if (given.length > 0) return given;
    if (feed.deviceCluster === undefined) throw noLocations(feed.name);
    const found = await discover(signal);
    const earlier = known.map((part) => readPart(part).loc1 ?? "");
    const vanished = [...new Set(earlier)].filter((location) => location !== "" && !found.includes(location));
    if (vanished.length > 0) warnings.add(locationsVanished(feed.name, vanished));
    return [...found, ...vanished];
  }

  return {
    async parts({ dividedBy }, known, signal) {
      let parts: readonly ViewPart[] = [{}];
      for (const name of dividedBy) {
        parts = divided(parts, name, name === "loc1" ? await locationsToRead(known, signal) : listedNames(feed, name));
      }
      return parts.map(writePart);
    },
    async finerParts({ placeholders }, text, signal) {
      const part = readPart(text);
      for (const name of PART_NAMES) {
        if (part[name] !== undefined || placeholders?.has(name) === false) continue;
        const names = name === "loc1" ? (given.length > 0 ? given : await discover(signal)) : listedNames(feed, name);
        if (names.length > 1 && mayNarrow(feed, name, names)) return divided([part], name, names).map(writePart);
      }
      return undefined;
    },
  };
}

/**
 * Only a pattern among the view's parameters covers several names at once, and a pattern is what the view then takes a
 * narrower name for as well: one with signs that mean something in a pattern could match nothing, and look empty.
 */
function mayNarrow(feed: FeedOptions, name: PartName, names: readonly string[]): boolean {
  return Object.hasOwn(feed.viewParameters, name) && !names.some((one) => /[*+?^$(){}|[\]\\]/.test(one));
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

function locationsVanished(feed: string, vanished: readonly string[]): BridgeError {
  const names = vanished.map((name) => JSON.stringify(name)).join(", ");
  return new BridgeError(
    "LOCATION_VANISHED",
    `Feed "${feed}": the device cluster no longer names ${names}; the feed still asks for ${vanished.length === 1 ? "it" : "them"}`,
    {
      fix:
        "Nothing to do where devices are only being replaced. To stop asking, name the locations to read in " +
        "MICROSHARE_LOCATIONS instead of MICROSHARE_DEVICE_CLUSTER.",
    },
  );
}
