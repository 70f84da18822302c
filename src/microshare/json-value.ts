// Safe steps through parsed JSON whose form nobody promised.

export type JsonObject = Readonly<Record<string, unknown>>;

export const NO_MEMBERS: JsonObject = {};

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at a path of names, or undefined where the path ends early. Own members only. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (!isObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

/** A text that is there and not empty. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** The texts of an array; undefined where there is none. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] | undefined {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found.filter((item) => typeof item === "string") : undefined;
}
