// Whether a value is of the type that its variable declares.
import type { JsonObject } from "./configuration.ts";
import { textOf, isList, isObject, isUnknown, type Value } from "./values.ts";

/** Completes the sentence "var.x ..."; undefined when the value fits. */
export function typeProblem(variable: JsonObject, value: Value): string | undefined {
  if (value === null) return variable["nullable"] === false ? "must not be null" : undefined;
  const type = textOf(variable["type"]).replace(/^\$\{(.*)\}$/, "$1");
  return fits(type, value) ? undefined : `is not of the type ${type}`;
}

function fits(type: string, value: Value): boolean {
  if (isUnknown(value)) return true;
  const [, outer = "", inner = ""] = /^(list|set|map)\((.*)\)$/.exec(type) ?? [];
  if (outer === "map") return isObject(value) && Object.values(value).every((item) => fits(inner, item));
  if (outer !== "") return isList(value) && value.every((item) => fits(inner, item));
  if (type === "string") return typeof value === "string";
  if (type === "number") return typeof value === "number";
  if (type === "bool") return typeof value === "boolean";
  throw new Error(`the type ${type} is not known here`);
}
