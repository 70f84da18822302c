// Reads the envelope of a response: its counts, and each object both parsed and as the bytes it came in.
import { isUtf8 } from "node:buffer";
import { BridgeError } from "../errors.ts";
import type { ApiResponse } from "./api.ts";
import { readNumber } from "./encodings.ts";
import { documentElements, type Slice } from "./json-slices.ts";
import { isObject, valueAt } from "./json-value.ts";
import { parseJson } from "./parse-json.ts";

export interface Envelope {
  readonly response: ApiResponse;
  /** As the API counts; each is absent where it was not told. */
  readonly meta: EnvelopeMeta;
  readonly objects: readonly EnvelopeObject[];
  /** The bytes of all objects. */
  readonly objectsSlice: Slice;
}

export interface EnvelopeMeta {
  readonly totalCount: number | undefined;
  readonly totalPages: number | undefined;
  readonly currentPage: number | undefined;
  readonly perPage: number | undefined;
}

export interface EnvelopeObject {
  /** Of an envelope that was only opened, it is parsed anew each time: it throws a `SyntaxError` when it is no JSON. */
  readonly value: unknown;
  readonly slice: Slice;
}

/** `what` names feed and call for messages. Throws `RESPONSE_UNREADABLE` for anything but an envelope with `objs`. */
export function readEnvelope(response: ApiResponse, what: string): Envelope {
  const document = parseJson(response, what);
  const values = valueAt(document, "objs");
  if (!isObject(document) || !Array.isArray(values)) throw noObjects(what);
  const found = documentElements(response.body, "objs");
  if (found === undefined || found.elements.length !== values.length) {
    throw new Error(`${what}: ${values.length} objects were parsed and ${found?.elements.length} found`);
  }
  return {
    response,
    meta: metaOf(document),
    objects: found.elements.map((slice, index) => ({ slice, value: values[index] })),
    objectsSlice: found.slice,
  };
}

/**
 * The same without the values: a page of a thousand parsed records is several times as large as its bytes, and each is
 * needed for a moment only. Whoever asks for the values hands a `SyntaxError` to `readEnvelope`, which says what is wrong.
 */
export function openEnvelope(response: ApiResponse, what: string): Envelope {
  const { body } = response;
  try {
    const found = isUtf8(body) ? documentElements(body, "objs") : undefined;
    if (found === undefined) return readEnvelope(response, what);
    const { slice, elements } = found;
    const document: unknown = JSON.parse(textOf(body, textStart(body), slice.start) + "[]" + textOf(body, slice.end));
    const objects = elements.map((element) => new UnparsedObject(body, element));
    return { response, meta: metaOf(document), objects, objectsSlice: slice };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return readEnvelope(response, what);
  }
}

class UnparsedObject implements EnvelopeObject {
  readonly slice: Slice;
  readonly #body: Buffer;

  constructor(body: Buffer, slice: Slice) {
    this.#body = body;
    this.slice = slice;
  }

  get value(): unknown {
    return JSON.parse(textOf(this.#body, this.slice.start, this.slice.end));
  }
}

function textOf(body: Buffer, start: number, end?: number): string {
  return body.toString("utf8", start, end);
}

/** Behind a byte order mark. */
function textStart(body: Buffer): number {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
}

function metaOf(document: unknown): EnvelopeMeta {
  const meta = (name: string): number | undefined => readNumber(valueAt(document, "meta", name));
  return {
    totalCount: meta("totalCount"),
    totalPages: meta("totalPages"),
    currentPage: meta("currentPage"),
    perPage: meta("perPage"),
  };
}

function noObjects(what: string): BridgeError {
  return new BridgeError(
    "RESPONSE_UNREADABLE",
    `${what}: the answer is JSON, but not a list of records: it has no objs`,
    {
      fix:
        "Check MICROSHARE_API_URL: it must be the data API's address, with its path prefix if there is one " +
        "(for example https://host/api). Nothing was marked as done.",
    },
  );
}
