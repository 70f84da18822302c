// JSON around bytes that are JSON already: they are copied as they are, never parsed and written again.
import { Buffer } from "node:buffer";

/**
 * `{...before,"name":<json>,...after}`. Texts and names are written as JSON; `undefined` members are left out, of `before`
 * at least one is there. `json` is trusted to be one JSON value in UTF-8.
 */
export function spliced(
  before: Readonly<Record<string, string | undefined>>,
  name: string,
  json: Uint8Array,
  after: Readonly<Record<string, string>> = {},
): Uint8Array {
  const head = members(before);
  const tail = members(after);
  return Buffer.concat([
    Buffer.from(`{${head},${JSON.stringify(name)}:`),
    json,
    Buffer.from(`${tail === "" ? "" : ","}${tail}}`),
  ]);
}

function members(texts: Readonly<Record<string, string | undefined>>): string {
  // Without the braces. Half of a surrogate pair, which UTF-8 cannot carry, is escaped by `JSON.stringify`.
  return JSON.stringify(texts).slice(1, -1);
}
