// One text for all spellings of the same JSON value: sorted names, no white space.
import { isObject } from "./json-value.ts";

/** MongoDB nests at most 100 levels; much more than this would overflow the call stack. */
const MAX_DEPTH = 500;

/** Undefined when the value is nested too deep to be written. */
export function canonicalJson(value: unknown): string | undefined {
  return write(value, MAX_DEPTH);
}

function write(value: unknown, levelsLeft: number): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (levelsLeft === 0) return undefined;
  return isObject(value) ? writeObject(value, levelsLeft - 1) : writeArray(value, levelsLeft - 1);
}

function writeObject(object: Readonly<Record<string, unknown>>, levelsLeft: number): string | undefined {
  let text = "{";
  for (const name of Object.keys(object).toSorted()) {
    const member = write(object[name], levelsLeft);
    if (member === undefined) return undefined;
    text += `${text.length > 1 ? "," : ""}${JSON.stringify(name)}:${member}`;
  }
  return `${text}}`;
}

function writeArray(array: object, levelsLeft: number): string | undefined {
  let text = "[";
  for (const value of Object.values(array)) {
    const item = write(value, levelsLeft);
    if (item === undefined) return undefined;
    text += `${text.length > 1 ? "," : ""}${item}`;
  }
  return `${text}]`;
}
