// Asks a counting view how many records a window has, to find out whether reading missed some.
import { BridgeError } from "../errors.ts";
import type { PageRequest } from "../pipeline/ports.ts";
import type { Window } from "../pipeline/records.ts";
import type { MicroshareApi } from "./api.ts";
import { readNumber } from "./encodings.ts";
import { readEnvelope, type Envelope } from "./envelope.ts";
import type { FeedOptions } from "./feed-options.ts";
import { isObject, valueAt } from "./json-value.ts";
import { readViewDefinition, type ViewDefinition } from "./view-definition.ts";
import type { ViewDefinitions } from "./view-definitions.ts";
import { PART_NAMES, readPart } from "./view-parts.ts";
import { clockOf, type ViewPlan } from "./view-plan.ts";
import { viewPath, viewQuery } from "./view-query.ts";
import { PLATFORM_LIMIT } from "./view-stages.ts";
import type { Warnings } from "./warnings.ts";

/**
 * How many records lie in the window; `undefined` when the view cannot tell. Never more than there are, so that fewer
 * records read than counted always means that some were missed. `plan` is that of the feed's own view, absent for share
 * feeds. Trouble with the counting view is a warning, and the end of counting for this source.
 */
export type CountRecords = (request: PageRequest, plan?: ViewPlan) => Promise<number | undefined>;

export interface CountDeps {
  readonly definitions: ViewDefinitions;
  readonly warnings: Warnings;
}

/** Undefined when the feed names no counting view. */
export function createRecordCount(api: MicroshareApi, feed: FeedOptions, deps: CountDeps): CountRecords | undefined {
  const { countViewId } = feed;
  if (countViewId === undefined) return undefined;
  const counting: FeedOptions = { ...feed, viewId: countViewId };
  const { definitions, warnings } = deps;
  let isOver = false;
  let counter: Counter | undefined;

  return async (request, plan) => {
    if (isOver) return undefined;
    const { part, window, signal } = request;
    try {
      counter ??= await learnCounter(counting, definitions, signal);
      const obstacle = obstacleTo(feed, counter, part, plan);
      if (obstacle !== undefined) throw unusable(feed, obstacle);
      const query = viewQuery(counting, { asked: exactBounds(window, counter), page: 1, part: readPart(part) });
      const what = `Feed "${feed.name}", counting view ${countViewId}`;
      const answer = await api.get(viewPath(counting), query, { signal, feed: feed.name });
      const count = countIn(readEnvelope(answer, what));
      if (count === undefined) throw unusable(feed, "answers with something else than one count");
      // A count that reaches the limit only says that there are at least as many.
      return count >= counter.limit ? undefined : count;
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code === "OUT_OF_TIME") throw error;
      isOver = true;
      warnings.add(error.code === "COUNT_UNAVAILABLE" ? error : notCounted(feed, error));
      return undefined;
    }
  };
}

interface Counter {
  /** Absent when the definition cannot be read. */
  readonly definition: ViewDefinition | undefined;
  readonly limit: number;
}

async function learnCounter(feed: FeedOptions, definitions: ViewDefinitions, signal: AbortSignal): Promise<Counter> {
  const { name, viewRecType, viewId = "" } = feed;
  const found = await definitions.queryOf({ feed: name, viewRecType, viewId }, signal);
  const definition = found.kind === "query" ? readViewDefinition(found.query, feed.viewParameters) : undefined;
  return { definition, limit: definition?.limits.records ?? PLATFORM_LIMIT };
}

/**
 * Why its count says nothing about what the feed reads; completes "The counting view ...". It must go by the same clock
 * and be narrowed by everything the feed's own view is narrowed by, or it counts records that reading rightly leaves out.
 */
function obstacleTo(
  feed: FeedOptions,
  { definition }: Counter,
  part: string,
  plan: ViewPlan | undefined,
): string | undefined {
  if (definition !== undefined && definition.standsFor !== "a count") return "does not count: it has no $count";
  const counted = definition?.bounds === undefined ? undefined : clockOf(definition.bounds.field);
  const read = feed.kind === "share" ? "createDate" : feed.timeField === "auto" ? plan?.clock : feed.timeField;
  if (counted !== undefined && read !== undefined && counted !== read) {
    return `counts by ${counted}, while the feed is read by ${read}`;
  }
  const has = new Set(definition?.placeholders ?? COUNTED_BY_DEFAULT);
  const lacks = narrowedBy(feed, part, plan).filter((name) => !has.has(name));
  return lacks.length === 0 ? undefined : `has no placeholder ${lacks.join(", ")}, by which the feed is narrowed`;
}

/** Of the vendor's own counting view. */
const COUNTED_BY_DEFAULT = ["recType", "from", "to"];

/** Share feeds are narrowed by the bridge itself, which counts what it leaves out. The type may well stand in the view. */
function narrowedBy(feed: FeedOptions, part: string, plan: ViewPlan | undefined): readonly string[] {
  if (feed.kind === "share") return [];
  const narrowed = readPart(part);
  const names = [
    ...(feed.dataContext.length === 0 ? [] : ["dataContext"]),
    ...PART_NAMES.filter((name) => narrowed[name] !== undefined),
    ...Object.keys(feed.viewParameters).filter((name) => !/^field\d+$|^limit$/.test(name)),
  ];
  return [...new Set(names)].filter((name) => plan?.placeholders?.has(name) !== false);
}

/**
 * The count must be of this very window, so its bounds are not varied: an answer from the platform's cache may be too
 * low, and never too high. Where the definition does not tell, both bounds are taken to be inclusive, as the vendor's
 * are: if they are not, records at the edges go uncounted.
 */
function exactBounds({ from, to }: Window, { definition }: Counter): Window {
  const { fromInclusive = true, toInclusive = true } = definition?.bounds ?? {};
  return { from: fromInclusive ? from : from - 1, to: toInclusive ? to - 1 : to };
}

/** The one number in the one object; no object at all is how a pipeline counts none. */
function countIn({ objects, meta }: Envelope): number | undefined {
  const [only, ...others] = objects;
  if (only === undefined) return (meta.totalCount ?? 0) === 0 ? 0 : undefined;
  const data = valueAt(only.value, "data");
  if (others.length > 0 || !isObject(data)) return undefined;
  const numbers = Object.entries(data).flatMap(([name, value]) => (name === "_id" ? [] : [readNumber(value)]));
  return numbers.length === 1 ? numbers[0] : undefined;
}

function unusable(feed: FeedOptions, why: string): BridgeError {
  return new BridgeError(
    "COUNT_UNAVAILABLE",
    `Feed "${feed.name}": the counting view ${feed.countViewId} ${why}; the number of records read is not checked`,
    {
      fix:
        "Set MICROSHARE_COUNT_VIEW_ID (countViewId in FEEDS) to a view with a $match like that of the feed's view (same " +
        "time field, same placeholders), a $limit and a $count; or remove it.",
    },
  );
}

function notCounted(feed: FeedOptions, error: BridgeError): BridgeError {
  return new BridgeError(
    "COUNT_UNAVAILABLE",
    `${error.message} (a call to the counting view ${feed.countViewId}); the number of records read is not checked`,
    { fix: `${error.fix} Reading goes on without it.`, cause: error.cause },
  );
}
