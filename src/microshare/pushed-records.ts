// Records as the platform pushes them, in its streaming envelope, told apart and placed in time as polling does it.
import type { FeedSource } from "../pipeline/ports.ts";
import type { FeedRecord, Page } from "../pipeline/records.ts";
import { BridgeError } from "../errors.ts";
import { readId } from "./encodings.ts";
import type { FeedOptions } from "./feed-options.ts";
import { toPageRecords } from "./feed-records.ts";
import { elementSlices, endOfValue, memberSlice, skipSpace } from "./json-slices.ts";
import { isObject, textAt, valueAt } from "./json-value.ts";
import { removePersonalFields } from "./personal-fields.ts";
import { clockOf, type Clocks, type Placement } from "./record-time.ts";
import { sharedRecord } from "./shared-records.ts";

/** What one feed makes of pushed envelopes. The counts add up to those given. */
export interface PushedRecords {
  readonly records: readonly FeedRecord[];
  /** Left out by a setting of the feed. */
  readonly filtered: number;
  /** Cannot be told apart, or placed in time, exactly as polling will do it. */
  readonly unsure: number;
}

export interface PushFeedOptions extends Pick<
  FeedOptions,
  "kind" | "recType" | "dataContext" | "ownerFilter" | "timeField"
> {
  readonly removePersonalFields: boolean;
}

/** Type of the record in an envelope; `undefined` where none is told. */
export function recTypeOf(envelope: unknown): string | undefined {
  return textAt(envelope, "obj", "recType") ?? textAt(envelope, "recType");
}

/**
 * The records of the envelopes chosen, for one feed. `text` is one envelope or an array of them, and `chosen` gives the
 * numbers of those to read, from 0, with their parsed JSON. Only a record that shows its own id, the platform's checksum
 * and the time that the feed goes by is sure to have the event id and the window that polling finds: of any other one
 * `unsure` counts. Its body is `obj` as it came, byte for byte.
 */
export function pushedRecords(
  text: string,
  chosen: ReadonlyMap<number, unknown>,
  feed: PushFeedOptions,
): PushedRecords {
  const bytes = Buffer.from(text);
  const whole = { start: skipSpace(bytes, 0), end: 0 };
  whole.end = endOfValue(bytes, whole.start);
  const isList = text.trimStart().startsWith("[");
  const envelopes = isList ? elementSlices(bytes, whole) : [whole];
  const found = [...chosen].flatMap(([number, envelope]) => {
    const slice = envelopes[number] && memberSlice(bytes, envelopes[number], "obj");
    const value = valueAt(envelope, "obj");
    if (slice === undefined || !isObject(value) || !isSure(value)) return [];
    return [sharedRecord({ value, slice }, bytes, value, feed.recType)];
  });
  const clock = feed.kind === "share" ? "createDate" : feed.timeField;
  const place = (clocks: Clocks): Placement => {
    const time = clock === "auto" ? undefined : clockOf(clocks, clock);
    return time === undefined ? { kind: "timeless" } : { kind: "inside", time };
  };
  const { ownerFilter, dataContext } = feed;
  const owned =
    ownerFilter === undefined ? found : found.filter(({ head }) => textAt(head, "owner", "org") !== undefined);
  const { records, filtered } = toPageRecords(owned, {
    what: "Pushed records",
    place,
    ...(ownerFilter === undefined ? {} : { ownerFilter }),
    dataContext,
  });
  const unsure = chosen.size - records.length - filtered;
  return { records: feed.removePersonalFields ? records.map(withoutPersonalFields) : records, filtered, unsure };
}

/** Without one of these an identity is made of what the record holds, and the stream writes that in other ways. */
function isSure(obj: unknown): boolean {
  const id = readId(valueAt(obj, "id")) ?? readId(valueAt(obj, "_id"));
  return id !== undefined && textAt(obj, "checksum") !== undefined && isObject(valueAt(obj, "data"));
}

function withoutPersonalFields(record: FeedRecord): FeedRecord {
  return { ...record, body: removePersonalFields(record.body) };
}

/**
 * A view with push, as polling reads it: its records must show their own ids and checksums, as the stream does, or one
 * record would get two event ids. Throws `PUSH_NOT_SAFE` for the first page where one does not.
 */
export function viewWithVersions(source: FeedSource, feed: string): FeedSource {
  return {
    ...source,
    async *readPages(request) {
      for await (const page of source.readPages(request)) {
        if (page.records.some(isDerived)) throw noVersions(feed);
        yield page satisfies Page;
      }
    },
  };
}

/** See `record-identity.ts`. */
function isDerived({ key, version }: FeedRecord): boolean {
  return key.startsWith("k:") || version.startsWith("h:");
}

function noVersions(feed: string): BridgeError {
  return new BridgeError(
    "PUSH_NOT_SAFE",
    `Feed "${feed}": push is on, but the view shows records without their id or checksum: one that is pushed would be ` +
      "another event than the same one polled. Nothing was sent",
    { fix: "Let the view pass records through whole (id and checksum), or set push to false for the feed." },
  );
}
