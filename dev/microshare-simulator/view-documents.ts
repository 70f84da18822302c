// What flows through a view's pipeline: stored records until a stage makes new documents of them.
import { isoText } from "./time-text.ts";
import type { SimulatedRecord } from "./types.ts";

export type Doc = { readonly record: SimulatedRecord } | { readonly value: unknown };

export type Getter = (doc: Doc) => unknown;

/** A refusal of the pipeline, in the words of the database or the template language. Becomes a 503. */
export class ViewQueryError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ViewQueryError";
  }
}

/** Reads a dotted path. The paths that views match on are answered without parsing the record. */
export function getterOf(path: string): Getter {
  const quick = quickPaths.get(path);
  const keys = path.split(".");
  return (doc) => {
    if (!("record" in doc)) return walk(doc.value, keys);
    return quick === undefined ? walk(valueOf(doc), keys) : quick(doc.record);
  };
}

/** The whole document. */
export function valueOf(doc: Doc): unknown {
  return "record" in doc ? parsed(doc.record) : doc.value;
}

export function jsonOf(doc: Doc): string {
  return "record" in doc ? doc.record.json : JSON.stringify(doc.value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const quickPaths = new Map<string, (record: SimulatedRecord) => unknown>([
  ["_id", (record) => record.id],
  ["id", (record) => record.id],
  ["recType", (record) => record.recType],
  ["createDate", (record) => isoText(record.storedAt)],
  ["updateDate", (record) => isoText(record.changedAt)],
  ["tstamp", (record) => record.storedAt],
  ["owner.org", (record) => record.ownerOrg],
  ["tags", (record) => record.tags],
  ["data.meta.device", (record) => record.place],
  ["data.meta.device.0", (record) => record.place[0]],
  ["data.meta.device.1", (record) => record.place[1]],
  ["data.meta.device.2", (record) => record.place[2]],
  ["data.meta.global", (record) => record.global],
  ["data.meta.iot.time", (record) => record.iotTime],
  ["data.meta.snapshot.category", (record) => record.category],
  ["data.meta.snapshot.metric", (record) => record.metric],
]);

// A view reads many fields of one record in a row: keep the last one parsed, and no more.
let lastParsed: { readonly record: SimulatedRecord; readonly value: unknown } | undefined;

function parsed(record: SimulatedRecord): unknown {
  if (lastParsed?.record === record) return lastParsed.value;
  let value: unknown = {};
  try {
    value = JSON.parse(record.json);
  } catch (error) {
    // A raw record that is not JSON: no field of it can be read.
    if (!(error instanceof SyntaxError)) throw error;
  }
  lastParsed = { record, value };
  return value;
}

function walk(value: unknown, keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) {
    if (Array.isArray(current)) current = /^\d+$/.test(key) ? current[Number(key)] : undefined;
    else current = isObject(current) && Object.hasOwn(current, key) ? current[key] : undefined;
  }
  return current;
}
