// The facts of a finished log line, as attributes that queries can filter on.
import type { Attributes } from "@opentelemetry/api";

const SUMMARY = /^Microshare (\{.*\})$/s;
const OF_A_ROUTE = /^Route (\S+?):? /;

/** Of a summary its plain values (counts, outcome, route, code of the error); of other lines the route they begin with. */
export function lineAttributes(line: string): Attributes {
  const [, json] = SUMMARY.exec(line) ?? [];
  if (json !== undefined) return summaryAttributes(json);
  const [, route] = OF_A_ROUTE.exec(line) ?? [];
  return route === undefined ? {} : { route };
}

function summaryAttributes(json: string): Attributes {
  let summary: unknown;
  try {
    summary = JSON.parse(json);
  } catch (error) {
    // Blanking out a secret can have broken it; the line itself says all.
    if (!(error instanceof SyntaxError)) throw error;
    return { outcome: "unreadable" };
  }
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(Object(summary))) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") attributes[name] = value;
  }
  const { error } = Object(summary);
  const code: unknown = Object(error)["code"];
  return typeof code === "string" ? { ...attributes, errorCode: code } : attributes;
}
