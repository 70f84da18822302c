// Reads the envelope of a response: its counts, and each object both parsed and as the bytes it came in.
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
  readonly value: unknown;
  readonly slice: Slice;
}

/** `what` names feed and call for messages. Throws `RESPONSE_UNREADABLE` for anything but an envelope with `objs`. */
export function readEnvelope(response: ApiResponse, what: string): Envelope {
  const document = parseJson(response, what);
  const values = valueAt(document, "objs");
  if (!isObject(document) || !Array.isArray(values)) throw noObjects(what);
  const meta = (name: string): number | undefined => readNumber(valueAt(document, "meta", name));
  const found = documentElements(response.body, "objs");
  if (found === undefined || found.elements.length !== values.length) {
    throw new Error(`${what}: ${values.length} objects were parsed and ${found?.elements.length} found`);
  }
  return {
    response,
    meta: {
      totalCount: meta("totalCount"),
      totalPages: meta("totalPages"),
      currentPage: meta("currentPage"),
      perPage: meta("perPage"),
    },
    objects: found.elements.map((slice, index) => ({ slice, value: values[index] })),
    objectsSlice: found.slice,
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
