// A record as it was found in a response: where its parts stand, before anything is decided about it.
import type { Instant } from "../pipeline/records.ts";
import { readInstant } from "./encodings.ts";
import { valueAt, type JsonObject } from "./json-value.ts";
import { deviceOf, identify, type Identity } from "./record-identity.ts";
import { ownTime, readClocks, type Clocks } from "./record-time.ts";

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
  /** Worked out already, while its JSON was at hand; then `head` and `payload` are parsed anew each time. */
  readonly facts?: RecordFacts;
  /** The part of the body that is the same in every answer; absent where all of it is. */
  lastingBody?(): Uint8Array;
}

/** What a record says about itself, whatever window it was read for. */
export interface RecordFacts {
  readonly clocks: Clocks;
  /** What share lists are sorted by. */
  readonly tstamp: Instant | undefined;
  /** Or why it has none. */
  readonly identity: Identity | { readonly reason: string };
  readonly device: string;
}

export function factsOf(found: FoundRecord): RecordFacts {
  const clocks = readClocks(found.head, found.payload, found.id);
  const identity = identify(found, ownTime(clocks));
  const tstamp = readInstant(valueAt(found.head, "tstamp"));
  return { clocks, tstamp, identity, device: "reason" in identity ? "" : deviceOf(found, identity.key) };
}

/** Something that stands where a record should. */
export interface FoundRubbish {
  readonly kind: "rubbish";
  readonly reason: string;
  body(): Uint8Array;
}
