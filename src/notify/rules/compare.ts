// How a value of a record is held against the threshold of a rule: values of one kind only, as in RFC 9535.
import type { Comparison, RuleSettings } from "../../config/settings.ts";
import type { JSONValue } from "./rule-path.ts";

/** The first of the selected values that satisfies the rule. `undefined` when none does; `absent` is satisfied by none. */
export function matchOf(
  { comparison, threshold }: Pick<RuleSettings, "comparison" | "threshold">,
  values: readonly JSONValue[],
): { readonly value?: JSONValue } | undefined {
  const [first] = values;
  if (comparison === "absent") return values.length === 0 ? {} : undefined;
  if (comparison === "exists") return first === undefined ? undefined : { value: first };
  for (const value of values) if (holds(value, comparison, threshold)) return { value };
  return undefined;
}

function holds(value: JSONValue, comparison: Comparison, threshold: RuleSettings["threshold"]): boolean {
  if (comparison === "==") return value === threshold;
  if (comparison === "!=") return value !== threshold;
  if (typeof value === "number" && typeof threshold === "number") return isInOrder(value, comparison, threshold);
  if (typeof value === "string" && typeof threshold === "string") return isInOrder(value, comparison, threshold);
  return false;
}

function isInOrder<Value extends number | string>(value: Value, comparison: Comparison, threshold: Value): boolean {
  if (comparison === ">") return value > threshold;
  if (comparison === ">=") return value >= threshold;
  return comparison === "<" ? value < threshold : value <= threshold;
}
