// The stages of a view's pipeline after the first `$match`, and the silent limit of 999.
import { getterOf, isObject, valueOf, ViewQueryError } from "./view-documents.ts";
import type { Doc } from "./view-documents.ts";
import { compareValues, compileMatch } from "./view-match.ts";

/** What a pipeline without a `$limit` of its own gets right after its `$match`. */
export const silentLimit = 999;

/** One stage: an object with one key. */
export type Stage = Readonly<Record<string, unknown>>;

/** Runs a pipeline over records that come newest first. Throws a `ViewQueryError` for what the database refuses. */
export function runPipeline(stages: readonly Stage[], newestFirst: Iterable<Doc>): Doc[] {
  let docs: Iterable<Doc> = newestFirst;
  for (const stage of withLimit(stages)) docs = runStage(stage, docs);
  return [...docs];
}

export function parsePipeline(text: string): Stage[] {
  let stages: unknown;
  try {
    stages = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ViewQueryError("com.mongodb.util.JSONParseException: the view query is not valid JSON");
  }
  if (!Array.isArray(stages) || !stages.every(isObject))
    throw new ViewQueryError("a pipeline must be an array of stages");
  return stages;
}

/** Whether results stand for single records: nothing grouped or counted. */
export function listsRecords(stages: readonly Stage[]): boolean {
  return !stages.some((stage) => "$group" in stage || "$count" in stage);
}

function withLimit(stages: readonly Stage[]): readonly Stage[] {
  if (stages.some((stage) => "$limit" in stage)) return stages;
  const afterMatch = stages.findIndex((stage) => "$match" in stage) + 1;
  return [...stages.slice(0, afterMatch), { $limit: silentLimit }, ...stages.slice(afterMatch)];
}

function runStage(stage: Stage, docs: Iterable<Doc>): Iterable<Doc> {
  const [name, argument] = Object.entries(stage)[0] ?? ["", undefined];
  switch (name) {
    case "$match":
      return filter(docs, compileMatch(argument));
    case "$limit":
      return take(docs, positive(name, argument));
    case "$skip":
      return [...docs].slice(positive(name, argument));
    case "$sort":
      return sort(docs, argument);
    case "$project":
      return [...docs].map((doc) => ({ value: project(doc, argument) }));
    case "$group":
      return group(docs, argument);
    case "$count": {
      const count = [...docs].length;
      return count === 0 ? [] : [{ value: { [String(argument)]: count } }];
    }
    default:
      throw new ViewQueryError(`Unrecognized pipeline stage name: '${name}'`);
  }
}

function* filter(docs: Iterable<Doc>, test: (doc: Doc) => boolean): Iterable<Doc> {
  for (const doc of docs) if (test(doc)) yield doc;
}

/** Stops reading as soon as it has enough: a limit makes a query over a large lake cheap. */
function* take(docs: Iterable<Doc>, most: number): Iterable<Doc> {
  let left = most;
  for (const doc of docs) {
    yield doc;
    left -= 1;
    if (left === 0) return;
  }
}

function positive(name: string, argument: unknown): number {
  if (typeof argument === "number" && Number.isInteger(argument) && argument > 0) return argument;
  throw new ViewQueryError(`the ${name} must be a positive number`);
}

function sort(docs: Iterable<Doc>, argument: unknown): Doc[] {
  if (!isObject(argument)) throw new ViewQueryError("the $sort key specification must be an object");
  const keys = Object.entries(argument).map(([path, direction]) => ({
    read: getterOf(path),
    sign: direction === -1 ? -1 : 1,
  }));
  return [...docs].toSorted((one, other) => {
    for (const { read, sign } of keys) {
      const order = sign * (compareValues(read(one), read(other)) ?? 0);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function project(doc: Doc, argument: unknown): unknown {
  if (!isObject(argument)) throw new ViewQueryError("$project specification must be an object");
  const result: Record<string, unknown> = {};
  // The source record's id comes along unless it is switched off.
  if (!("_id" in argument)) result["_id"] = getterOf("_id")(doc);
  for (const [name, wanted] of Object.entries(argument)) {
    if (wanted === 0 || wanted === false) continue;
    const value = wanted === 1 || wanted === true ? getterOf(name)(doc) : evaluate(wanted, doc);
    if (value !== undefined) place(result, name.split("."), value);
  }
  return result;
}

function place(target: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [key = "", ...rest] = keys;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  const next = isObject(inner) ? inner : {};
  target[key] = next;
  place(next, rest, value);
}

function group(docs: Iterable<Doc>, argument: unknown): Doc[] {
  if (!isObject(argument) || !("_id" in argument))
    throw new ViewQueryError("a group specification must include an _id");
  const { _id: keyExpression, ...accumulators } = argument;
  const groups = new Map<string, { id: unknown; docs: Doc[] }>();
  for (const doc of docs) {
    const id = evaluate(keyExpression, doc);
    const key = JSON.stringify(id ?? null);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { id: id ?? null, docs: [doc] });
    else known.docs.push(doc);
  }
  return [...groups.values()].map((members) => {
    const value: Record<string, unknown> = { _id: members.id };
    for (const [name, accumulator] of Object.entries(accumulators)) value[name] = accumulate(accumulator, members.docs);
    return { value };
  });
}

function accumulate(accumulator: unknown, docs: readonly Doc[]): unknown {
  const [operator, expression] = isObject(accumulator) ? (Object.entries(accumulator)[0] ?? ["", 0]) : ["", 0];
  const values = docs.map((doc) => evaluate(expression, doc)).filter((value) => value !== undefined);
  switch (operator) {
    case "$push":
      return values;
    case "$sum":
      return values.reduce((sum: number, value) => sum + (typeof value === "number" ? value : 0), 0);
    case "$first":
      return values[0];
    case "$last":
      return values.at(-1);
    default:
      throw new ViewQueryError(`unknown group operator '${operator}'`);
  }
}

/** `$path` reads, objects are worked out field by field (absent ones left out), everything else stands for itself. */
function evaluate(expression: unknown, doc: Doc): unknown {
  if (typeof expression === "string") {
    if (expression === "$$ROOT") return valueOf(doc);
    return expression.startsWith("$") ? getterOf(expression.slice(1))(doc) : expression;
  }
  if (!isObject(expression)) return expression;
  const result: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(expression)) {
    const value = evaluate(part, doc);
    if (value !== undefined) result[name] = value;
  }
  return result;
}
