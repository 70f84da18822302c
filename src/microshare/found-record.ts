// A record as it was found in a response: where its parts stand, before anything is decided about it.
import type { JsonObject } from "./json-value.ts";

export type Found = FoundRecord | FoundRubbish;

export interface FoundRecord {
  readonly kind: "record";
  /** Of the data. */
  readonly recType: string;
  /** A real record id, never that of the view. */
  readonly id: string | undefined;
  /** Where `tstamp`, `createDate`, `checksum` and `owner` stand. */
  readonly head: JsonObject;
  /** What the record carries: its `data` (any JSON, nearly always an object), or the `line[]` entry. */
  readonly payload: unknown;
  /** Location path: the tags of a dashboard's group, else `data.meta.device`. */
  readonly place: readonly string[];
  body(): Uint8Array;
  /** The part of the body that is the same in every answer; absent where all of it is. */
  lastingBody?(): Uint8Array;
}

/** Something that stands where a record should. */
export interface FoundRubbish {
  readonly kind: "rubbish";
  readonly reason: string;
  body(): Uint8Array;
}
