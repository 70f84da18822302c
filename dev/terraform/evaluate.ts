// What a Terraform expression comes to, given what its references stand for.
import type { Expression, ForExpression } from "./expression.ts";
import { callFunction } from "./functions.ts";
import { textOf, isList, isObject, isUnknown, labelOf, TerraformRefusal, unknown, type Value } from "./values.ts";

/** What a reference stands for, and how many of its steps that takes; the rest is looked up in the value. */
export type Lookup = (root: string, steps: readonly (string | number)[]) => { value: Value; used: number };

/** Throws `TerraformRefusal` for what Terraform would refuse, and a plain error for what is not known here. */
export function evaluate(expression: Expression, lookup: Lookup): Value {
  const part = (inner: Expression): Value => evaluate(inner, lookup);
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "template":
      return expression.parts.map((inner) => templateText(part(inner))).join("");
    case "reference": {
      const { value, used } = lookup(expression.root, expression.steps);
      return walk(value, expression.steps.slice(used));
    }
    case "steps":
      return walk(part(expression.source), expression.steps);
    case "index": {
      const key = part(expression.key);
      if (typeof key !== "string" && typeof key !== "number")
        throw new TerraformRefusal("an index is a name or a number");
      return walk(part(expression.source), [key]);
    }
    case "binary":
      return binary(expression.operator, part(expression.left), part(expression.right));
    case "unary":
      return unary(expression.operator, part(expression.operand));
    case "conditional": {
      const test = part(expression.test);
      if (isUnknown(test)) return unknown("a choice");
      return part(test === true ? expression.yes : expression.no);
    }
    case "call":
      if (expression.name === "can") return can(expression.args, lookup);
      if (expression.name === "file") return readFile(expression.args.map(part), lookup);
      return callFunction(expression.name, expression.args.map(part));
    case "tuple":
      return expression.items.map(part);
    case "object":
      return Object.fromEntries(expression.items.map(({ key, value }) => [templateText(part(key)), part(value)]));
    case "for":
      return forEach(expression, lookup);
    default:
      return expression satisfies never;
  }
}

/** Whoever looks things up knows the files as well. */
function readFile([path]: readonly Value[], lookup: Lookup): Value {
  if (typeof path !== "string") throw new TerraformRefusal("file needs a path");
  return lookup(FILE, [path]).value;
}

/** The root under which `lookup` is asked for the text of a file. */
export const FILE = "$file";

function can([inner]: readonly Expression[], lookup: Lookup): boolean {
  if (inner === undefined) throw new Error("can needs an expression");
  try {
    evaluate(inner, lookup);
    return true;
  } catch (error) {
    if (error instanceof TerraformRefusal) return false;
    throw error;
  }
}

function forEach(expression: ForExpression, lookup: Lookup): Value {
  const source = evaluate(expression.source, lookup);
  if (isUnknown(source)) return unknown("a list");
  const pairs: [Value, Value][] = isList(source)
    ? [...source.entries()]
    : isObject(source)
      ? Object.entries(source)
      : [];
  const results: { key: string; value: Value }[] = [];
  for (const [key, value] of pairs) {
    const inner: Lookup = (root, steps) => {
      if (root === expression.valueName) return { value, used: 0 };
      if (root === expression.keyName) return { value: key, used: 0 };
      return lookup(root, steps);
    };
    if (expression.condition !== undefined && evaluate(expression.condition, inner) !== true) continue;
    const name = expression.key === undefined ? "" : templateText(evaluate(expression.key, inner));
    results.push({ key: name, value: evaluate(expression.value, inner) });
  }
  if (expression.key === undefined) return results.map(({ value }) => value);
  return Object.fromEntries(results.map(({ key, value }) => [key, value]));
}

function walk(value: Value, steps: readonly (string | number)[]): Value {
  let found = value;
  for (const step of steps) {
    if (isUnknown(found)) found = unknown(`${labelOf(found)}.${step}`);
    else if (isList(found) && typeof step === "number" && found[step] !== undefined) found = found[step];
    else if (isObject(found) && Object.hasOwn(found, step)) found = found[step] ?? null;
    else throw new TerraformRefusal(`there is no ${step}`);
  }
  return found;
}

/** Terraform evaluates both sides of `&&` and `||`, so that a side that fails is no way out. */
function binary(operator: string, left: Value, right: Value): Value {
  if (operator === "equal") return isUnknown(left) || isUnknown(right) ? unknown("a comparison") : same(left, right);
  if (operator === "notEqual")
    return isUnknown(left) || isUnknown(right) ? unknown("a comparison") : !same(left, right);
  if (isUnknown(left) || isUnknown(right)) return unknown(operator);
  if (operator === "logicalAnd") return truth(left) && truth(right);
  if (operator === "logicalOr") return truth(left) || truth(right);
  if (typeof left !== "number" || typeof right !== "number") throw new TerraformRefusal(`${operator} needs numbers`);
  switch (operator) {
    case "add":
      return left + right;
    case "subtract":
      return left - right;
    case "multiply":
      return left * right;
    case "greaterThan":
      return left > right;
    case "greaterThanOrEqual":
      return left >= right;
    case "lessThan":
      return left < right;
    case "lessThanOrEqual":
      return left <= right;
    default:
      throw new Error(`the operator ${operator} is not known here`);
  }
}

function unary(operator: string, operand: Value): Value {
  if (isUnknown(operand)) return unknown(operator);
  if (operator === "logicalNot") return !truth(operand);
  if (operator === "negate" && typeof operand === "number") return -operand;
  throw new TerraformRefusal(`${operator} does not go with this value`);
}

function truth(value: Value): boolean {
  if (typeof value === "boolean") return value;
  throw new TerraformRefusal("true or false is needed");
}

function same(left: Value, right: Value): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function templateText(value: Value): string {
  if (isUnknown(value)) return `<${labelOf(value)}>`;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return textOf(value);
  throw new TerraformRefusal("only a string, number or boolean goes into a text");
}
