// Text substitution in a view's query, and what it refuses.
import { ViewQueryError } from "./view-documents.ts";

/** The names of all `${...}` placeholders, in order of first appearance. */
export function placeholdersOf(template: string): string[] {
  return [...new Set([...template.matchAll(placeholder)].map((match) => match[1] ?? ""))];
}

/**
 * Puts the query parameters in as they are, without escaping anything. Throws a `ViewQueryError` in the platform's
 * words for a missing parameter, for one given twice, and for a `$all` that does not get a JSON array.
 */
export function fillTemplate(template: string, parameters: URLSearchParams): string {
  for (const name of placeholdersOf(template)) {
    if (!parameters.has(name)) throw new ViewQueryError(`[Error: unresolvable property or identifier: ${name}]`);
    if (parameters.getAll(name).length > 1) throw needsArray();
  }
  for (const match of template.matchAll(/"\$all"\s*:\s*\$\{([^}]+)\}/g)) {
    if (!isJsonArray(parameters.get(match[1] ?? "") ?? "")) throw needsArray();
  }
  return template.replaceAll(placeholder, (_text, name: string) => parameters.get(name) ?? "");
}

const placeholder = /\$\{([^}]+)\}/g;

function needsArray(): ViewQueryError {
  return new ViewQueryError("Command failed with error 2 (BadValue): '$all needs an array'");
}

function isJsonArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
