// What is wrong between a view's definition and the settings of its feed, in words for the operator.
import { BridgeError } from "../errors.ts";
import type { FeedOptions } from "./feed-options.ts";
import type { ViewClock } from "./view-plan.ts";
import { listedNames, type PartName } from "./view-parts.ts";
import { parameterNames } from "./view-query.ts";
import { PLATFORM_LIMIT, type ViewLimits } from "./view-stages.ts";

/** `why` completes "The definition ...". */
export function limitUnknown(feed: FeedOptions, why: string): BridgeError {
  return new BridgeError(
    "VIEW_DEFINITION_UNREADABLE",
    `Feed "${feed.name}": the definition of view ${feed.viewId} ${why}, and no limit is set: ${PLATFORM_LIMIT} records ` +
      "are assumed, the platform's own silent limit. With a smaller $limit, records could be missing unseen",
    {
      fix:
        `Set MICROSHARE_VIEW_LIMIT (viewLimit in FEEDS) to the $limit in the view's definition, or to ${PLATFORM_LIMIT} when ` +
        "it has none; or ask the view's owner for the right to read the definition.",
    },
  );
}

/** The error that names all placeholders nothing fills; undefined when there are none. */
export function parametersMissing(
  feed: FeedOptions,
  dividedBy: readonly PartName[],
  placeholders: readonly string[],
): BridgeError | undefined {
  const sent = parameterNames(feed, dividedBy);
  const missing = placeholders.filter((name) => !sent.has(name));
  if (missing.length === 0) return undefined;
  const list = missing.map((name) => `"${name}"`).join(", ");
  const one = missing.length === 1;
  return new BridgeError(
    "VIEW_PARAMETER_MISSING",
    `Feed "${feed.name}": view ${feed.viewId} needs the parameter${one ? "" : "s"} ${list}, which ${one ? "is" : "are"} not set`,
    { fix: fixFor(missing) },
  );
}

const SETTINGS: ReadonlyMap<string, string> = new Map([
  ["dataContext", 'Set MICROSHARE_DATA_CONTEXT to the tags of the data, as a JSON array such as ["people"].'],
  ["loc1", "For loc1 set MICROSHARE_FEED_KIND to dashboard, and MICROSHARE_LOCATIONS or MICROSHARE_DEVICE_CLUSTER."],
]);

function fixFor(missing: readonly string[]): string {
  const others = missing.filter((name) => !SETTINGS.has(name)).map((name) => `"${name}"`);
  return [
    ...missing.flatMap((name) => SETTINGS.get(name) ?? []),
    ...(others.length === 0
      ? []
      : [`Add ${others.join(", ")} to MICROSHARE_VIEW_PARAMETERS, or to "viewParameters" of this feed in FEEDS.`]),
  ].join(" ");
}

/** Settings that the definition contradicts. The settings win: the definition may have been misread. */
export function disagreements(
  feed: FeedOptions,
  definition: {
    readonly limits: ViewLimits;
    readonly placeholders: ReadonlySet<string>;
    readonly clock: ViewClock | undefined;
  },
): readonly BridgeError[] {
  const { limits, placeholders, clock } = definition;
  const warnings: BridgeError[] = [];
  if (feed.viewLimit === undefined) {
    if (limits.records === undefined) warnings.push(limitUnknown(feed, "has a $limit that cannot be read"));
  } else if (limits.records !== undefined && limits.records !== feed.viewLimit) {
    warnings.push(limitDisagrees(feed, feed.viewLimit, limits.records));
  }
  if (clock !== undefined && feed.timeField !== "auto" && feed.timeField !== clock) {
    warnings.push(clockDisagrees(feed, clock));
  }
  for (const name of ["category", "metric"] as const) {
    if (listedNames(feed, name).length > 0 && !placeholders.has(name)) warnings.push(listUnused(feed, name));
  }
  return warnings;
}

function limitDisagrees({ name, viewId }: FeedOptions, set: number, defined: number): BridgeError {
  return new BridgeError(
    "VIEW_SETTING_DISAGREES",
    `Feed "${name}": MICROSHARE_VIEW_LIMIT is ${set}, but the definition of view ${viewId} says ${defined}; the setting is used`,
    {
      fix:
        set > defined
          ? `Set it to ${defined}, or remove it: with a larger one, records could be missing unseen.`
          : `Set it to ${defined}, or remove it: with a smaller one, windows are split more often than they must be.`,
    },
  );
}

function clockDisagrees({ name, viewId, timeField }: FeedOptions, clock: ViewClock): BridgeError {
  return new BridgeError(
    "VIEW_SETTING_DISAGREES",
    `Feed "${name}": MICROSHARE_TIME_FIELD is ${timeField}, but the window of view ${viewId} filters by ${clock}; the ` +
      "setting is used, and records whose two times fall into different windows are left out",
    { fix: `Set MICROSHARE_TIME_FIELD to ${clock} or auto.` },
  );
}

function listUnused({ name, viewId }: FeedOptions, part: "category" | "metric"): BridgeError {
  const setting = part === "category" ? "MICROSHARE_CATEGORIES" : "MICROSHARE_METRICS";
  return new BridgeError(
    "VIEW_SETTING_UNUSED",
    `Feed "${name}": ${setting} is set, but view ${viewId} has no placeholder ${part}, so it has no effect`,
    { fix: `Remove ${setting} from this feed, or read through a view that has the placeholder.` },
  );
}
