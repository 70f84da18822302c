// Finds the records in the answer of a view, whose shape shows only in its content.
import { BridgeError } from "../errors.ts";
import { isObjectId, readId } from "./encodings.ts";
import type { Envelope, EnvelopeObject } from "./envelope.ts";
import type { Found } from "./found-record.ts";
import { bytesOf, elementSlices, memberSlice } from "./json-slices.ts";
import { isObject, NO_MEMBERS, textAt, textsAt, valueAt, type JsonObject } from "./json-value.ts";
import { ownTime, readClocks } from "./record-time.ts";

export interface ViewContext {
  /** Feed and page, for messages. */
  readonly what: string;
  readonly viewId: string;
  /** Of the data: what a view delivers carries no type of its own, or the view's. */
  readonly recType: string;
  /** Outer ids known to name no record; grows as pages give them away. Begins with the view's id. */
  readonly outerIds: Set<string>;
}

export interface ViewRecords {
  /** In the order of the answer. */
  readonly found: readonly Found[];
  /** What the view's limit counts, as far as it can be seen: objects, or the `line[]` entries in them. */
  readonly counted: number;
  /** Some object groups several records, so that objects cannot be compared with `totalCount`. */
  readonly grouped: boolean;
  /** Some object is a stored record as it is, and not made by the view. */
  readonly plain: boolean;
}

/** Throws `RESPONSE_UNREADABLE` for a view that counts, or returns something fixed: it has no records to forward. */
export function viewRecords({ objects, response }: Envelope, context: ViewContext): ViewRecords {
  learnOuterIds(response.body, objects, context.outerIds);
  const found: Found[] = [];
  let entries = 0;
  let groups = 0;
  for (const object of objects) {
    const data = valueAt(object.value, "data");
    const line = valueAt(data, "line");
    if (isObject(data) && Array.isArray(line)) {
      groups += 1;
      entries += line.length;
      for (const entry of lineEntries(response.body, object, data, line, context)) found.push(entry);
    } else {
      entries += 1;
      found.push(singleRecord(response.body, object, data, context));
    }
  }
  if (found.length === 1 && groups === 0 && isNoRecord(objects[0]?.value, found[0], context))
    throw noRecords(context.what, context.viewId);
  const plain = objects.some(({ value }) => isPlain(value, context.outerIds));
  return { found, counted: Math.max(objects.length, entries), grouped: groups > 0, plain };
}

/** What a view makes has the view's id, or says that it is derived. */
function isPlain(value: unknown, outerIds: ReadonlySet<string>): boolean {
  const outer = outerId(value);
  return outer !== undefined && !outerIds.has(outer) && textAt(value, "name") !== DERIVED;
}

const DERIVED = "Derived Data";

/** The outer id is often the view's, or else the same for all: then it names no record. */
function learnOuterIds(bytes: Buffer, objects: readonly EnvelopeObject[], outerIds: Set<string>): void {
  const first = outerId(objects[0]?.value);
  if (objects.length < 2 || first === undefined || outerIds.has(first)) return;
  if (!objects.every(({ value }) => outerId(value) === first)) return;
  const dataOf = ({ slice }: EnvelopeObject): Uint8Array => bytesOf(bytes, memberSlice(bytes, slice, "data") ?? slice);
  const [one, ...others] = objects.map(dataOf);
  // The same record may stand twice; it is one id for different data that gives a synthetic id away.
  if (one !== undefined && others.some((other) => Buffer.compare(one, other) !== 0)) outerIds.add(first);
}

function outerId(value: unknown): string | undefined {
  return readId(valueAt(value, "id")) ?? readId(valueAt(value, "_id"));
}

/** A whole stored document, a projection of one, or a record in plain form. */
function singleRecord(bytes: Uint8Array, { value, slice }: EnvelopeObject, data: unknown, context: ViewContext): Found {
  const body = (): Uint8Array => bytesOf(bytes, slice);
  if (!isObject(value)) return { kind: "rubbish", reason: "it is not a JSON object", body };
  const storedId = isObject(valueAt(data, "data")) ? readId(valueAt(data, "_id")) : undefined;
  if (isObject(data) && storedId !== undefined) {
    return {
      kind: "record",
      recType: textAt(data, "recType") ?? context.recType,
      id: storedId,
      head: data,
      payload: data["data"],
      place: textsAt(data, "data", "meta", "device") ?? [],
      body: () => bytesOf(bytes, memberSlice(bytes, slice, "data") ?? slice),
    };
  }
  const outer = outerId(value);
  const isOwn = outer !== undefined && !context.outerIds.has(outer);
  return {
    kind: "record",
    recType: context.recType,
    id: projectedId(data) ?? (isOwn ? outer : undefined),
    // The outer times of a derived object are those of the answer, not of the record.
    head: isOwn && textAt(value, "name") !== DERIVED ? value : isObject(data) ? data : NO_MEMBERS,
    payload: data,
    place: textsAt(data, "meta", "device") ?? textsAt(data, "_id", "tags") ?? [],
    body,
    // A derived object carries the time of the answer beside its data.
    ...(isOwn ? {} : { lastingBody: () => bytesOf(bytes, memberSlice(bytes, slice, "data") ?? slice) }),
  };
}

/** `data._id` of a grouping view is its group key; only an ObjectId is surely a record's. */
function projectedId(data: unknown): string | undefined {
  const id = readId(valueAt(data, "_id"));
  return id !== undefined && isObjectId(id) ? id : undefined;
}

/** One record per entry of a dashboard's time series; its place is the group's tags. */
function* lineEntries(
  bytes: Uint8Array,
  { slice }: EnvelopeObject,
  data: JsonObject,
  line: readonly unknown[],
  { recType }: ViewContext,
): Generator<Found, void, undefined> {
  const dataSlice = memberSlice(bytes, slice, "data") ?? slice;
  const lineSlice = memberSlice(bytes, dataSlice, "line") ?? dataSlice;
  const group = memberSlice(bytes, dataSlice, "_id");
  const tags = group === undefined ? undefined : memberSlice(bytes, group, "tags");
  const tagBytes = tags === undefined ? NO_TAGS : bytesOf(bytes, tags);
  const place = textsAt(data, "_id", "tags") ?? [];
  for (const [index, entrySlice] of elementSlices(bytes, lineSlice).entries()) {
    const entry = line[index];
    const body = (): Uint8Array => lineBody(recType, tagBytes, bytesOf(bytes, entrySlice));
    if (isObject(entry)) {
      yield { kind: "record", recType, id: readId(entry["record"]), head: entry, payload: entry, place, body };
    } else yield { kind: "rubbish", reason: "this entry of a line is not a JSON object", body };
  }
}

const NO_TAGS = Buffer.from("[]");

/** Puts type, place and content where plain records have them (docs/decisions/0003-dashboard-body.md). */
function lineBody(recType: string, tags: Uint8Array, entry: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(`{"recType":${JSON.stringify(recType)},"tags":`),
    tags,
    Buffer.from(`,"data":`),
    entry,
    Buffer.from("}"),
  ]);
}

/** A count, or static JSON: a single object without an id of its own and without any time. */
function isNoRecord(value: unknown, found: Found | undefined, { outerIds }: ViewContext): boolean {
  if (found?.kind !== "record" || ownTime(readClocks(found.head, found.payload, undefined)) !== undefined) return false;
  const outer = outerId(value);
  return isCount(valueAt(value, "data")) || (found.id === undefined && outer !== undefined && outerIds.has(outer));
}

/** The whole answer of a view that ends in `$count`. */
function isCount(data: unknown): boolean {
  return isObject(data) && Object.keys(data).every((name) => name === "count" || name === "_id") && "count" in data;
}

/** `what` names the feed. */
export function noRecords(what: string, viewId: string): BridgeError {
  return new BridgeError(
    "RESPONSE_UNREADABLE",
    `${what}: view ${viewId} returns a count or fixed content, not records`,
    {
      fix:
        "Set MICROSHARE_VIEW_ID to a view that returns records or a dashboard's time series: they carry an id or a time " +
        "each. Nothing was marked as done.",
    },
  );
}
