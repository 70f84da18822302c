// The query of a view call. Views are text templates: every parameter lands in JSON as it is.
import { BridgeError } from "../errors.ts";
import type { Window } from "../pipeline/records.ts";
import type { FeedOptions } from "./feed-options.ts";
import { percentEncode } from "./query-string.ts";
import { PART_NAMES, type PartName, type ViewPart } from "./view-parts.ts";

export type Query = readonly (readonly [name: string, value: string])[];

export interface ViewCall {
  /** The bounds to ask for. */
  readonly asked: Window;
  readonly page: number;
  readonly part: ViewPart;
}

/**
 * Everything a view may have a placeholder for; surplus parameters are harmless, a missing one is a 503. The user's own
 * parameters win over the defaults, and what the part is narrowed to wins over both. Throws `REQUEST_REJECTED` for a name
 * that would break the view's JSON.
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
  const given = [...Object.entries(feed.viewParameters), ...narrowing(call.part, feed.name)];
  return [...new Map([...own, ...defaults(feed), ...given, ...own])];
}

/** The names of all parameters of a call, when every part is narrowed to something under each of `dividedBy`. */
export function parameterNames(feed: FeedOptions, dividedBy: readonly PartName[]): ReadonlySet<string> {
  const part: ViewPart = Object.fromEntries(dividedBy.map((name) => [name, "any"]));
  return new Set(viewQuery(feed, { asked: { from: 0, to: 0 }, page: 1, part }).map(([name]) => name));
}

/** Where the view is called. */
export function viewPath(feed: FeedOptions): string {
  return `/share/${percentEncode(feed.viewRecType)}${feed.viewTrailingSlash ? "/" : ""}`;
}

function defaults(feed: FeedOptions): Query {
  return [
    ["recType", feed.recType],
    ["details", "true"],
    // One parameter that holds JSON text: a repeated one, or one without its quotes, is refused by the view.
    ...(feed.dataContext.length === 0 ? [] : [["dataContext", JSON.stringify(feed.dataContext)] as const]),
    ...(feed.kind === "dashboard" ? dashboardDefaults(feed) : []),
  ];
}

/** The parts of `data` that a dashboard has to be asked for, by record type, as the vendor's own pages ask for them. */
const FIELDS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ["io.microshare.lake.snapshot.hourly", ["current"]],
  ["io.microshare.lake.snapshot.daily", ["current"]],
  ["io.microshare.peoplecounter.unpacked.event.agg", ["daily_total", "meta", "change"]],
]);

/** A regular expression with its quotes. */
const ANY_OWNER = '"[a-zA-Z]"';

/**
 * A field that is not needed must be given all the same, by convention with its own name as value. `category` and
 * `metric` have no default: one would silently leave out every other kind of snapshot, while a view that needs them says
 * so.
 */
function dashboardDefaults({ recType }: FeedOptions): Query {
  const fields = ["field1", "field2", "field3", "field4", "field5", "field6"];
  return [
    ...fields.map((field, index) => [field, FIELDS_OF.get(recType)?.[index] ?? field] as const),
    ["ownerOrg", ANY_OWNER],
  ];
}

function narrowing(part: ViewPart, feed: string): Query {
  return PART_NAMES.flatMap((name) => {
    const value = part[name];
    return value === undefined ? [] : [[name, jsonSafe(value, name, feed)] as const];
  });
}

/** Whether a name can be asked for: see `jsonSafe`. */
function isJsonSafe(text: string): boolean {
  return JSON.stringify(text) === `"${text}"` && !text.includes("${");
}

/**
 * A name stands between the quotes of a JSON string. Whether the platform escapes what it puts there is not known:
 * escaped twice, a name would match nothing and look like an empty place; not escaped, it would break out. So a name
 * that needs escaping is refused, and the others go as they are.
 */
function jsonSafe(text: string, name: PartName, feed: string): string {
  if (isJsonSafe(text)) return text;
  const { what, fix } = REFUSED[name];
  throw new BridgeError(
    "REQUEST_REJECTED",
    `Feed "${feed}": ${what} ${JSON.stringify(text)} cannot be asked for: its name holds a quote, a backslash, a ` +
      "control character or ${, which would break the view's JSON",
    { fix },
  );
}

const REFUSED: Readonly<Record<PartName, { readonly what: string; readonly fix: string }>> = {
  loc1: {
    what: "location",
    fix:
      "Rename the location in Microshare, or take it out of MICROSHARE_LOCATIONS and read it through a feed of its own " +
      "whose MICROSHARE_VIEW_PARAMETERS give loc1 as the view needs it.",
  },
  category: { what: "category", fix: "Take it out of MICROSHARE_CATEGORIES (categories in FEEDS)." },
  metric: { what: "metric", fix: "Take it out of MICROSHARE_METRICS (metrics in FEEDS)." },
};
