// `$match` of a view: turns a filter into a test, with the operators the platform's views use.
import { getterOf, isObject, ViewQueryError } from "./view-documents.ts";
import type { Doc } from "./view-documents.ts";

export type Test = (doc: Doc) => boolean;

export function compileMatch(filter: unknown): Test {
  if (!isObject(filter)) throw new ViewQueryError("the match filter must be an expression in an object");
  const tests = Object.entries(filter).map(([path, condition]): Test => {
    if (path === "$and" || path === "$or") return compileList(path, condition);
    if (path.startsWith("$")) throw new ViewQueryError(`unknown top level operator: ${path}`);
    const read = getterOf(path);
    const test = compileCondition(condition);
    return (doc) => test(read(doc));
  });
  return (doc) => tests.every((test) => test(doc));
}

/** Orders what the database orders: numbers by value, texts by character. Undefined for anything else. */
export function compareValues(one: unknown, other: unknown): number | undefined {
  if (typeof one === "number" && typeof other === "number") return one - other;
  if (typeof one !== "string" || typeof other !== "string") return undefined;
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function compileList(operator: "$and" | "$or", condition: unknown): Test {
  if (!Array.isArray(condition)) throw new ViewQueryError(`${operator} argument must be an array`);
  const tests = condition.map(compileMatch);
  return (doc) => (operator === "$and" ? tests.every((test) => test(doc)) : tests.some((test) => test(doc)));
}

function compileCondition(condition: unknown): (value: unknown) => boolean {
  const operand = dateOperand(condition);
  if (!isObject(operand)) return (value) => contains(value, operand);
  const tests = Object.entries(operand).map(([operator, argument]) => compileOperator(operator, dateOperand(argument)));
  return (value) => tests.every((test) => test(value));
}

function compileOperator(operator: string, argument: unknown): (value: unknown) => boolean {
  switch (operator) {
    case "$eq":
      return (value) => contains(value, argument);
    case "$ne":
      return (value) => !contains(value, argument);
    case "$gt":
      return (value) => (compareValues(value, argument) ?? 0) > 0;
    case "$gte":
      return (value) => (compareValues(value, argument) ?? -1) >= 0;
    case "$lt":
      return (value) => (compareValues(value, argument) ?? 0) < 0;
    case "$lte":
      return (value) => (compareValues(value, argument) ?? 1) <= 0;
    case "$exists":
      return (value) => (value !== undefined) === Boolean(argument);
    case "$in":
    case "$all":
      return compileArrayOperator(operator, argument);
    case "$regex":
      return compileRegex(argument);
    default:
      throw new ViewQueryError(`unknown operator: ${operator}`);
  }
}

function compileArrayOperator(operator: "$in" | "$all", argument: unknown): (value: unknown) => boolean {
  if (!Array.isArray(argument)) throw new ViewQueryError(`'${operator} needs an array'`);
  const wanted: readonly unknown[] = argument;
  if (operator === "$in") return (value) => wanted.some((item) => contains(value, item));
  return (value) => wanted.length > 0 && wanted.every((item) => contains(value, item));
}

function compileRegex(argument: unknown): (value: unknown) => boolean {
  if (typeof argument !== "string") throw new ViewQueryError("$regex has to be a string");
  let pattern: RegExp;
  try {
    pattern = new RegExp(argument);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ViewQueryError("Regular expression is invalid");
  }
  return (value) => typeof value === "string" && pattern.test(value);
}

/** Equality as in the database: an array also equals each of its elements. */
function contains(value: unknown, wanted: unknown): boolean {
  return value === wanted || (Array.isArray(value) && value.includes(wanted));
}

/** `{"$date": ...}` becomes the ISO text that `createDate` is compared with; anything else stays what it is. */
export function dateOperand(value: unknown): unknown {
  if (!isObject(value) || !("$date" in value)) return value;
  const date = value["$date"];
  const instant = typeof date === "number" || typeof date === "string" ? new Date(date) : new Date(Number.NaN);
  if (Number.isNaN(instant.getTime())) throw new ViewQueryError(`JSON reader expected a date string: ${String(date)}`);
  return instant.toISOString();
}
