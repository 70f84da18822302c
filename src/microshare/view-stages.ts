// What the stages of a view's pipeline say about its limits, and about what one result stands for.
import { readNumber } from "./encodings.ts";
import { isObject, valueAt, type JsonObject } from "./json-value.ts";

/** What the platform applies behind the `$match` where the view's author gave no `$limit`. */
export const PLATFORM_LIMIT = 999;

export interface ViewLimits {
  /** Most records that reach the results; absent when the definition has a limit that cannot be read. */
  readonly records?: number;
  /** Most objects after grouping. */
  readonly groups?: number;
}

/**
 * `records`: each object, or each entry of a `line[]`, is one record that passed the limit, so that counting them shows
 * whether it struck. `groups`: an object may stand for any number of records, but none stands for none. `a selection`:
 * records are left out, or taken apart, behind the limit, so that even an empty answer may hide a cut. `a count`: there
 * are no records to forward. `unknown`: the query could not be read.
 */
export type ResultsStandFor = "records" | "groups" | "a selection" | "a count" | "unknown";

export function countedBy(stages: readonly JsonObject[]): {
  readonly limits: ViewLimits;
  readonly standsFor: ResultsStandFor;
} {
  const limits = stages.map((stage) => ("$limit" in stage ? (readNumber(stage["$limit"]) ?? Number.NaN) : undefined));
  const grouping = stages.findIndex((stage) => GROUPING.some((name) => name in stage));
  const isBefore = (index: number): boolean => grouping < 0 || index < grouping;
  const before = limits.filter((limit, index) => limit !== undefined && isBefore(index)).map(Number);
  const behind = limits.filter((limit, index) => limit !== undefined && !isBefore(index)).map(Number);
  return {
    limits: {
      // A limit behind the grouping alone may or may not replace the silent one before it: assume that it does not.
      ...(before.some(Number.isNaN) ? {} : { records: before.length === 0 ? PLATFORM_LIMIT : Math.min(...before) }),
      ...(behind.length === 0 || behind.some(Number.isNaN) ? {} : { groups: Math.min(...behind) }),
    },
    standsFor: standsFor(stages, limits, grouping),
  };
}

const GROUPING = ["$group", "$bucket", "$bucketAuto", "$sortByCount", "$facet", "$count"];

/** Stages behind the limit that give one document for each they get. */
const ONE_FOR_ONE = new Set([
  "$sort",
  "$project",
  "$addFields",
  "$set",
  "$unset",
  "$lookup",
  "$replaceRoot",
  "$replaceWith",
  "$limit",
]);

function standsFor(
  stages: readonly JsonObject[],
  limits: readonly (number | undefined)[],
  grouping: number,
): ResultsStandFor {
  // Where the author gave none, the platform's own follows the first match.
  const own = limits.findIndex((limit, index) => limit !== undefined && (grouping < 0 || index < grouping));
  const limitAt = own >= 0 ? own : stages.findIndex((stage) => "$match" in stage);
  let grouped = false;
  let result: ResultsStandFor = "records";
  for (const stage of stages.slice(limitAt + 1)) {
    const [name = "", ...others] = Object.keys(stage);
    if ("$count" in stage) return grouped ? "groups" : "a count";
    if (result === "a selection") continue;
    if (GROUPING.includes(name) && others.length === 0) {
      result = !grouped && pushesEachRecord(stage["$group"]) ? "records" : "groups";
      grouped = true;
    } else if (others.length > 0 || !ONE_FOR_ONE.has(name)) result = "a selection";
    else if (grouped && result === "records" && changesLine(name, stage[name])) result = "groups";
  }
  return result;
}

/** `line` gets one entry for each record: an object or the whole record; a bare field that is missing adds none. */
function pushesEachRecord(group: unknown): boolean {
  const pushed = valueAt(group, "line", "$push");
  return isObject(pushed) || pushed === "$$ROOT";
}

function changesLine(name: string, argument: unknown): boolean {
  if (name === "$sort" || name === "$limit") return false;
  if (name === "$lookup") return valueAt(argument, "as") === "line";
  if (name !== "$project")
    return !isObject(argument) || Object.keys(argument).some((path) => path.split(".")[0] === "line");
  const line = valueAt(argument, "line");
  return line !== 1 && line !== true && line !== "$line";
}
