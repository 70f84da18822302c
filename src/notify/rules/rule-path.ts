// Compiles the path of a rule, within limits on what it may cost for each record. Loaded only where there are rules.
import type { JSONPathQuery, JSONValue } from "json-p3";

export type { JSONValue } from "json-p3";

/** Every value that the path selects, at most `most` of them. */
export type RulePath = (record: JSONValue, most: number) => readonly JSONValue[];

export type CompiledPath =
  | { readonly kind: "valid"; readonly select: RulePath }
  /** Completes "path ...". */
  | { readonly kind: "invalid"; readonly problem: string };

/** Wildcards, slices, filters and descents: each goes over many values. */
const MOST_BRANCHES = 3;
/** Regular expressions can take for ever on a text made for it. */
const REFUSED_FUNCTIONS = ["match", "search"];
const DEEPEST = 100;

/**
 * The limits keep the work for one record in proportion to its size: one descent at most, no look back at the root from
 * inside a filter, no regular expressions.
 */
export async function pathCompiler(): Promise<(path: string) => CompiledPath> {
  const { default: jsonPath } = await import("json-p3");
  const environment = new jsonPath.JSONPathEnvironment({ strict: true, maxRecursionDepth: DEEPEST });
  for (const name of REFUSED_FUNCTIONS) environment.functionRegister.delete(name);
  return (path) => {
    const problem = problemWith(path);
    if (problem !== undefined) return { kind: "invalid", problem };
    try {
      return { kind: "valid", select: selector(environment.compile(path)) };
    } catch (error) {
      if (!(error instanceof jsonPath.JSONPathError)) throw error;
      return { kind: "invalid", problem: "is not a JSONPath (RFC 9535) that the bridge takes" };
    }
  };
}

function problemWith(path: string): string | undefined {
  const bare = path.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "''");
  if (/\b(?:match|search)\s*\(/.test(bare)) return "uses match or search, whose regular expressions may take for ever";
  if (bare.lastIndexOf("$") > 0) return "refers to the root ($) inside of a filter";
  if (bare.split("..").length > 2) return "descends (..) more than once";
  if ((bare.match(/\.\.|\*|\?|:/g)?.length ?? 0) > MOST_BRANCHES) {
    return `has more than ${MOST_BRANCHES} wildcards, slices, filters and descents`;
  }
  return undefined;
}

function selector(query: JSONPathQuery): RulePath {
  return (record, most) => {
    const values: JSONValue[] = [];
    for (const { value } of query.lazyQuery(record)) {
      values.push(value);
      if (values.length === most) break;
    }
    return values;
  };
}
