// Reads the definition of a view, as far as it lets itself be read: placeholders, limits, clock, and what one result stands for.
import { isObject, type JsonObject } from "./json-value.ts";
import { windowBounds, type WindowBounds } from "./view-bounds.ts";
import { countedBy, PLATFORM_LIMIT, type ResultsStandFor, type ViewLimits } from "./view-stages.ts";

export interface ViewDefinition {
  /** Names of all `${placeholders}`, in order of appearance. */
  readonly placeholders: readonly string[];
  readonly limits: ViewLimits;
  readonly standsFor: ResultsStandFor;
  /** Absent where the definition does not tell clearly. */
  readonly bounds?: WindowBounds;
}

/**
 * `query` is `data.query` of a view: nearly always text, JSON once its placeholders are filled. `parameters` are those
 * the feed gives: a limit may be one of them. Undefined when there is no query to read.
 */
export function readViewDefinition(
  query: unknown,
  parameters: Readonly<Record<string, string>>,
): ViewDefinition | undefined {
  const text = typeof query === "string" ? query : query === undefined || query === null ? "" : JSON.stringify(query);
  if (text.trim() === "") return undefined;
  const placeholders = placeholdersOf(text);
  const stages = stagesOf(text, parameters);
  if (stages === undefined) return { placeholders, ...readByWords(text, parameters) };
  const bounds = windowBounds(stages);
  return { placeholders, ...countedBy(stages), ...(bounds === undefined ? {} : { bounds }) };
}

function placeholdersOf(text: string): readonly string[] {
  const names = [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name.trim());
  // The template language knows expressions too; only a plain name can be asked for.
  return [...new Set(names)].filter((name) => /^[A-Za-z_][\w.-]*$/.test(name));
}

const PLACEHOLDER = /\$\{([^{}]*)\}/g;

/** The pipeline; undefined when it is not JSON even with its placeholders filled. */
function stagesOf(text: string, parameters: Readonly<Record<string, string>>): readonly JsonObject[] | undefined {
  const value = parsed(filled(text, parameters));
  const pipeline = isObject(value) ? Object.values(value).find((member) => Array.isArray(member)) : value;
  if (!Array.isArray(pipeline)) return undefined;
  const stages = pipeline.filter(isObject);
  return stages.length === pipeline.length ? stages : undefined;
}

/**
 * Placeholders filled with the feed's parameters as the platform does it: as text, in strings and outside. One that the
 * feed does not give keeps its name, as a JSON string: the window's own bounds are found by theirs.
 */
function filled(text: string, parameters: Readonly<Record<string, string>>): string {
  let result = "";
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const placeholder = character === "$" ? /^\$\{([^{}]*)\}/.exec(text.slice(at, at + LONGEST_PLACEHOLDER)) : null;
    if (placeholder !== null) {
      const name = (placeholder[1] ?? "").trim();
      const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      result += inString ? (value ?? placeholder[0]) : outsideString(value, placeholder[0]);
      at += placeholder[0].length - 1;
      continue;
    }
    if (inString && character === "\\") {
      result += text.slice(at, at + 2);
      at += 1;
      continue;
    }
    if (character === '"') inString = !inString;
    result += character;
  }
  return result;
}

const LONGEST_PLACEHOLDER = 200;

function outsideString(value: string | undefined, placeholder: string): string {
  return value !== undefined && parsed(value) !== undefined ? value : JSON.stringify(placeholder);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** For a query that is no JSON: its limits by their spelling; whether results are single records stays open. */
function readByWords(
  text: string,
  parameters: Readonly<Record<string, string>>,
): Pick<ViewDefinition, "limits" | "standsFor"> {
  const grouping = text.search(/["']?\$(?:group|bucket|bucketAuto|sortByCount|facet)\b/);
  const numbers = [...text.matchAll(/["']?\$limit["']?\s*:\s*["']?(?:(\d{1,12})|\$\{\s*([\w.-]+)\s*\})/g)]
    // One behind the grouping cuts groups, not records.
    .filter(({ index }) => grouping < 0 || index < grouping)
    .map(([, digits, name = ""]) => Number(digits ?? (Object.hasOwn(parameters, name) ? parameters[name] : undefined)));
  const known = numbers.filter((number) => Number.isInteger(number) && number > 0);
  return {
    limits:
      known.length < numbers.length
        ? {}
        : { records: Math.min(...known, ...(known.length > 0 ? [] : [PLATFORM_LIMIT])) },
    standsFor: /["']?\$count["']?\s*:/.test(text) && grouping < 0 ? "a count" : "unknown",
  };
}
