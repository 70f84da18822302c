// The query of a view call. Views are text templates: every parameter lands in JSON as it is.
import { BridgeError } from "../errors.ts";
import type { Window } from "../pipeline/records.ts";
import type { FeedOptions } from "./feed-options.ts";
import { percentEncode } from "./query-string.ts";

export type Query = readonly (readonly [name: string, value: string])[];

export interface ViewCall {
  /** The bounds to ask for. */
  readonly asked: Window;
  readonly page: number;
  /** The location of a dashboard; empty for none. */
  readonly location: string;
}

/**
 * Everything a view may have a placeholder for; surplus parameters are harmless, a missing one is a 503. The user's own
 * parameters win over the defaults. Throws `REQUEST_REJECTED` for a location that would break the view's JSON.
 */
export function viewQuery(feed: FeedOptions, call: ViewCall): Query {
  const own = [
    ["id", feed.viewId ?? ""],
    // Exactly this form: views may compare it as text with the stored one.
    ["from", new Date(call.asked.from).toISOString()],
    ["to", new Date(call.asked.to).toISOString()],
    ["page", String(call.page)],
    ["perPage", String(feed.pageSize)],
  ] as const;
  return [...new Map([...own, ...defaults(feed, call.location), ...Object.entries(feed.viewParameters), ...own])];
}

/** Where the view is called. */
export function viewPath(feed: FeedOptions): string {
  return `/share/${percentEncode(feed.viewRecType)}${feed.viewTrailingSlash ? "/" : ""}`;
}

function defaults(feed: FeedOptions, location: string): Query {
  return [
    ["recType", feed.recType],
    ["details", "true"],
    // One parameter that holds JSON text: a repeated one, or one without its quotes, is refused by the view.
    ...(feed.dataContext.length === 0 ? [] : [["dataContext", JSON.stringify(feed.dataContext)] as const]),
    ...(feed.kind === "dashboard" ? dashboardDefaults(feed, location) : []),
  ];
}

/** The parts of `data` that a dashboard has to be asked for, by record type, as the vendor's own pages ask for them. */
const FIELDS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ["io.microshare.lake.snapshot.hourly", ["current"]],
  ["io.microshare.lake.snapshot.daily", ["current"]],
  ["io.microshare.peoplecounter.unpacked.event.agg", ["daily_total", "meta", "change"]],
]);

/**
 * A field that is not needed must be given all the same, by convention with its own name as value. `category` and
 * `metric` have no default: one would silently leave out every other kind of snapshot, while a view that needs them says
 * so. `ownerOrg` is a regular expression with its quotes; this one matches every owner.
 */
function dashboardDefaults({ name, recType }: FeedOptions, location: string): Query {
  const fields = ["field1", "field2", "field3", "field4", "field5", "field6"];
  return [
    ...fields.map((field, index) => [field, FIELDS_OF.get(recType)?.[index] ?? field] as const),
    ["ownerOrg", '"[a-zA-Z]"'],
    ...(location === "" ? [] : [["loc1", jsonSafe(location, name)] as const]),
  ];
}

/**
 * A location stands between the quotes of a JSON string. Whether the platform escapes what it puts there is not known:
 * escaped twice, a name would match nothing and look like an empty place; not escaped, it would break out. So a name
 * that needs escaping is refused, and the others go as they are.
 */
function jsonSafe(location: string, feed: string): string {
  if (JSON.stringify(location) === `"${location}"` && !location.includes("${")) return location;
  throw new BridgeError(
    "REQUEST_REJECTED",
    `Feed "${feed}": location ${JSON.stringify(location)} cannot be asked for: its name holds a quote, a backslash, a ` +
      "control character or ${, which would break the view's JSON",
    {
      fix:
        "Rename the location in Microshare, or take it out of MICROSHARE_LOCATIONS and read it through a feed of its own " +
        "whose MICROSHARE_VIEW_PARAMETERS give loc1 as the view needs it.",
    },
  );
}
