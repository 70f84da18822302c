// Where a share list was read last: a page number, and the page size that it counts in.
import { isObject } from "./json-value.ts";

export function writeHint(page: number, perPage: number): string {
  return JSON.stringify({ page, perPage });
}

/** The page for this page size; undefined for anything that cannot be used. A hint may be wrong: it is only a start. */
export function readHint(hint: string | undefined, perPage: number): number | undefined {
  const { page, perPage: size } = parse(hint);
  if (!isCount(page) || !isCount(size)) return undefined;
  return Math.floor(((page - 1) * size) / perPage) + 1;
}

function parse(hint = ""): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(hint);
    return isObject(value) ? value : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}
