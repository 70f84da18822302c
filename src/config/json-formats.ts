// Settings whose text is JSON, and one that may be.
import * as z from "zod";
import { parsedBy } from "./formats.ts";

/** JSON text of any shape. */
export function parseJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: "is not valid JSON" };
  }
}

/** A JSON array of texts, each non-empty and named once. */
export const textArray = parsedBy((text) => readTextArray(text));

/** A JSON array of texts as text, or one bare name. */
export const textArrayOrName = parsedBy((text) => {
  if (text.startsWith("[")) return readTextArray(text);
  if (/^["'{]/.test(text)) {
    return { problem: "is neither a JSON array nor a bare name", fix: `Write ["a","b"], or one name without quotes.` };
  }
  // Tags cannot hold a comma: the platform itself splits the place of a cluster at commas.
  if (text.includes(",")) {
    return { problem: "is one name with a comma in it", fix: `Write several names as a JSON array: ["a","b"].` };
  }
  return { value: [text] };
});

/** Names the bridge fills itself, with the setting that decides about each. */
const OWN_PARAMETERS: Readonly<Record<string, string>> = {
  id: "MICROSHARE_VIEW_ID",
  recType: "MICROSHARE_REC_TYPE",
  dataContext: "MICROSHARE_DATA_CONTEXT",
  from: "the window being read",
  to: "the window being read",
  page: "paging",
  perPage: "MICROSHARE_PAGE_SIZE",
};

const parameterValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.unknown()),
  z.record(z.string(), z.unknown()),
]);

/** A JSON object; texts stay as they are, everything else becomes JSON text, as views expect it. */
export const viewParameters = parsedBy((text) => {
  const json = parseJson(text);
  if ("problem" in json) return { ...json, fix: strippedQuotesFix("{", text) };
  const object = z.record(z.string(), parameterValue).safeParse(json.value);
  if (!object.success) return { problem: "is not a JSON object of names and values" };
  const parameters = new Map<string, string>();
  for (const [name, value] of Object.entries(object.data)) {
    const owner = Object.hasOwn(OWN_PARAMETERS, name) ? OWN_PARAMETERS[name] : undefined;
    if (owner !== undefined) {
      return { problem: `sets ${name}, which the bridge fills itself (${owner})`, fix: `Take ${name} out.` };
    }
    if (!/^[A-Za-z_][\w.-]*$/.test(name)) return { problem: "has a name that no placeholder can have" };
    parameters.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return { value: Object.fromEntries(parameters) };
});

function readTextArray(text: string): { value: readonly string[] } | { problem: string; fix?: string } {
  const json = parseJson(text);
  if ("problem" in json) {
    return {
      problem: /["']/.test(text) ? json.problem : `${json.problem}: it has no quotes`,
      fix: strippedQuotesFix("[", text),
    };
  }
  const array = z.array(z.string()).safeParse(json.value);
  if (!array.success) return { problem: "is JSON, but not an array of texts" };
  const wrong = array.data.findIndex(
    (item, index) => item.trim() !== item || item === "" || array.data.indexOf(item) < index,
  );
  if (wrong >= 0)
    return { problem: `has an entry (number ${wrong + 1}) that is empty, repeated, or has spaces around it` };
  return { value: array.data };
}

/** A shell that is given `["a","b"]` without quotes around it hands on `[a,b]`. */
function strippedQuotesFix(opening: "[" | "{", text: string): string {
  const example = opening === "[" ? `["a","b"]` : `{"category":"space"}`;
  return text.includes('"')
    ? `Write it in the form ${example}.`
    : `Write it in the form ${example}. A shell removes the inner double quotes unless the whole value stands in single quotes: '${example}'.`;
}
