// By which clock a view's window filters, and whether its bounds are inclusive.
import { isObject, type JsonObject } from "./json-value.ts";

export interface WindowBounds {
  /** The field compared with `${from}` and `${to}`, in dot notation. */
  readonly field: string;
  /** A record of exactly that time is in the answer. */
  readonly fromInclusive: boolean;
  readonly toInclusive: boolean;
}

/**
 * Undefined unless each use of `${from}` and `${to}` in the pipeline's matches is a plain comparison, and all of them
 * are about one field: where the author looks at two clocks, neither alone says what a window holds.
 */
export function windowBounds(stages: readonly JsonObject[]): WindowBounds | undefined {
  const matches = stages.flatMap((stage) => ("$match" in stage ? [stage["$match"]] : []));
  const found = matches.flatMap((match) => comparisonsIn(match));
  const uses = [...JSON.stringify(matches).matchAll(/\$\{(?:from|to)\}/g)];
  const fields = new Set(found.map(({ field }) => field));
  const [field] = fields;
  if (field === undefined || fields.size > 1 || found.length < uses.length) return undefined;
  const from = found.filter(({ operator }) => operator === "$gt" || operator === "$gte");
  const to = found.filter(({ operator }) => operator === "$lt" || operator === "$lte");
  if (from.length === 0 || to.length === 0) return undefined;
  return {
    field,
    fromInclusive: from.every(({ operator }) => operator === "$gte"),
    toInclusive: to.every(({ operator }) => operator === "$lte"),
  };
}

interface Comparison {
  readonly field: string;
  readonly operator: string;
}

/** Only what must hold for every record: an `$or` is not followed, and its uses stay uncounted. */
function comparisonsIn(filter: unknown): readonly Comparison[] {
  if (!isObject(filter)) return [];
  return Object.entries(filter).flatMap(([field, condition]): readonly Comparison[] => {
    if (field === "$and") return Array.isArray(condition) ? condition.flatMap(comparisonsIn) : [];
    if (field.startsWith("$") || !isObject(condition)) return [];
    return Object.entries(condition).flatMap(([operator, operand]) => {
      const bound = boundIn(operand);
      const fits = (bound === "from" && /^\$gte?$/.test(operator)) || (bound === "to" && /^\$lte?$/.test(operator));
      return fits ? [{ field, operator }] : [];
    });
  });
}

/** `"${from}"`, or the same inside `{"$date": ...}`. */
function boundIn(operand: unknown): "from" | "to" | undefined {
  const text = isObject(operand) && Object.keys(operand).length === 1 ? operand["$date"] : operand;
  if (text === "${from}") return "from";
  return text === "${to}" ? "to" : undefined;
}
