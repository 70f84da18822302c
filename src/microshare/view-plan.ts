// What is known about a feed's view before it is called: from its definition and the settings.
import { BridgeError, type ErrorCode } from "../errors.ts";
import type { FeedOptions } from "./feed-options.ts";
import type { TimeField } from "./record-time.ts";
import { disagreements, limitUnknown, parametersMissing } from "./view-complaints.ts";
import { readViewDefinition } from "./view-definition.ts";
import type { ViewDefinitions, ViewQuery } from "./view-definitions.ts";
import { listedNames, PART_NAMES, type PartName } from "./view-parts.ts";
import { noRecords } from "./view-records.ts";
import { PLATFORM_LIMIT, type ResultsStandFor } from "./view-stages.ts";
import type { Warnings } from "./warnings.ts";

export interface ViewPlan {
  /** Records at which the view's limit has struck. */
  readonly limit: number;
  /** Objects at which a limit behind the grouping has struck. */
  readonly groupLimit?: number;
  readonly standsFor: ResultsStandFor;
  /** The clock by which the view's window filters, by its definition; absent where that does not tell. */
  readonly clock?: ViewClock;
  /** Absent when the definition cannot be read. */
  readonly placeholders?: ReadonlySet<string>;
  /** What every part is divided by from the start. */
  readonly dividedBy: readonly PartName[];
}

export type ViewClock = Exclude<TimeField, "auto">;

/**
 * Throws `VIEW_PARAMETER_MISSING` with the names of all placeholders that nothing fills, and `RESPONSE_UNREADABLE` for a
 * view that counts. Warns where the definition cannot be read and no limit is set, and where the settings contradict it.
 */
export async function planView(
  feed: FeedOptions,
  definitions: ViewDefinitions,
  warnings: Warnings,
  signal: AbortSignal,
): Promise<ViewPlan> {
  const { viewLimit } = feed;
  const found = await queryOf(feed, definitions, signal);
  const definition = found.kind === "query" ? readViewDefinition(found.query, feed.viewParameters) : undefined;
  if (definition === undefined) {
    if (viewLimit === undefined) warnings.add(limitUnknown(feed, found.kind === "query" ? "is empty" : found.why));
    return { limit: viewLimit ?? PLATFORM_LIMIT, standsFor: "unknown", dividedBy: dividedBy(feed, undefined) };
  }
  const placeholders = new Set(definition.placeholders);
  const divisions = dividedBy(feed, placeholders);
  const missing = parametersMissing(feed, divisions, definition.placeholders);
  if (missing !== undefined) throw missing;
  const { limits, standsFor, bounds } = definition;
  if (standsFor === "a count") throw noRecords(`Feed "${feed.name}"`, feed.viewId ?? "");
  const clock = CLOCKS.get(bounds?.field ?? "");
  for (const warning of disagreements(feed, { limits, placeholders, clock })) warnings.add(warning);
  return {
    limit: viewLimit ?? limits.records ?? PLATFORM_LIMIT,
    ...(limits.groups === undefined ? {} : { groupLimit: limits.groups }),
    standsFor,
    ...(clock === undefined ? {} : { clock }),
    placeholders,
    dividedBy: divisions,
  };
}

/** Fields of a stored record that are one of the clocks the bridge knows. */
const CLOCKS: ReadonlyMap<string, ViewClock> = new Map([
  ["createDate", "createDate"],
  ["tstamp", "createDate"],
  ["data.meta.iot.time", "data.meta.iot.time"],
  ["data.time", "data.time"],
]);

/** The clock behind a field of a view's window. */
export function clockOf(field: string): ViewClock | undefined {
  return CLOCKS.get(field);
}

/**
 * With a limit set, nothing of the definition is needed for sure: trouble with this one call must not stop the feed.
 * Without one, what may pass by itself stops it until the next run: the limit may be far below the one assumed.
 */
async function queryOf(feed: FeedOptions, definitions: ViewDefinitions, signal: AbortSignal): Promise<ViewQuery> {
  const view = { feed: feed.name, viewRecType: feed.viewRecType, viewId: feed.viewId ?? "" };
  try {
    return await definitions.queryOf(view, signal);
  } catch (error) {
    if (!(error instanceof BridgeError) || !ABOUT_ONE_CALL.has(error.code)) throw error;
    if (feed.viewLimit !== undefined) return { kind: "unreadable", why: "could not be fetched" };
    throw new BridgeError(error.code, error.message, {
      fix: `${error.fix} This was the call for the view's definition: it is not needed once MICROSHARE_VIEW_LIMIT is set.`,
      cause: error.cause,
    });
  }
}

/** Not among them: logins, the network and throttling, which the view itself would meet as well. */
const ABOUT_ONE_CALL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "API_UNAVAILABLE",
  "API_TIMEOUT",
  "RESPONSE_UNREADABLE",
  "RESPONSE_TOO_LARGE",
  "VIEW_PARAMETER_MISSING",
]);

/** A value in the view's parameters covers all names at once, so that a list only serves what is too full otherwise. */
function dividedBy(feed: FeedOptions, placeholders: ReadonlySet<string> | undefined): readonly PartName[] {
  return PART_NAMES.filter((name) => {
    if (Object.hasOwn(feed.viewParameters, name)) return false;
    if (name === "loc1") return feed.kind === "dashboard";
    return listedNames(feed, name).length > 0 && placeholders?.has(name) !== false;
  });
}
