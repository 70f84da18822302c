// Positions of a hub, read back from the JSON of a row.
import type { HubPositions } from "../pipeline/ports.ts";

/** `undefined` for anything that no bridge has written. */
export function readHubPositions(value: unknown): HubPositions | undefined {
  const { hub, partitions } = fieldsOf(value);
  if (typeof hub !== "string" || typeof partitions !== "object" || partitions === null) return undefined;
  if (Array.isArray(partitions)) return undefined;
  const ends: [string, number][] = [];
  for (const [partition, end] of Object.entries(partitions)) {
    if (typeof end !== "number" || !Number.isSafeInteger(end) || end < -1) return undefined;
    ends.push([partition, end]);
  }
  return { hub, partitions: Object.fromEntries(ends) };
}

/** `undefined` for text that is no JSON. */
export function parsedJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
