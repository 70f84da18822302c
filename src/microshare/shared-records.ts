// Finds the records in an answer of the share list: each object is one, with its own id and type.
import { BridgeError } from "../errors.ts";
import { readId } from "./encodings.ts";
import type { Envelope, EnvelopeObject } from "./envelope.ts";
import { factsOf, type Found, type FoundRecord, type RecordFacts } from "./found-record.ts";
import { bytesOf } from "./json-slices.ts";
import { isObject, NO_MEMBERS, textAt, textsAt, type JsonObject } from "./json-value.ts";

/**
 * In the order of the answer. `recType` is for records that do not tell theirs, `what` names feed and page for messages.
 * Each is parsed once, for what it says about itself. Throws `RESPONSE_UNREADABLE` when the API sent short objects, which
 * carry no data, and a `SyntaxError` for an object that is no JSON.
 */
export function sharedRecords(envelope: Envelope, recType: string, what: string): Found[] {
  let short = 0;
  const found = envelope.objects.map((object): Found => {
    const { value } = object;
    if (isShort(value)) short += 1;
    if (isObject(value)) return sharedRecord(object, envelope.response.body, value, recType);
    const body = (): Uint8Array => bytesOf(envelope.response.body, object.slice);
    return { kind: "rubbish", reason: "it is not a JSON object", body };
  });
  if (short > 0 && short === found.length) throw onlyShort(what);
  return found;
}

/** One of them, `value` being its parsed JSON; `bytes` is what its slice lies in. */
export function sharedRecord(
  object: EnvelopeObject,
  bytes: Uint8Array,
  value: JsonObject,
  recType: string,
): FoundRecord {
  return new SharedRecord(object, bytes, value, recType);
}

/** Holds no parsed JSON. A class, so that a thousand of them share their methods. */
class SharedRecord implements FoundRecord {
  readonly kind = "record";
  readonly recType: string;
  readonly id: string | undefined;
  readonly facts: RecordFacts;
  readonly #object: EnvelopeObject;
  readonly #answer: Uint8Array;

  constructor(object: EnvelopeObject, answer: Uint8Array, value: JsonObject, recType: string) {
    this.recType = textAt(value, "recType") ?? recType;
    this.id = readId(value["id"]) ?? readId(value["_id"]);
    this.#object = object;
    this.#answer = answer;
    const { id, recType: own } = this;
    const place = placeIn(value);
    this.facts = factsOf({
      kind: "record",
      recType: own,
      id,
      head: value,
      payload: value["data"],
      place,
      body: () => answer,
    });
  }

  get head(): JsonObject {
    const { value } = this.#object;
    return isObject(value) ? value : NO_MEMBERS;
  }

  get payload(): unknown {
    return this.head["data"];
  }

  get place(): readonly string[] {
    return placeIn(this.head);
  }

  body(): Uint8Array {
    return bytesOf(this.#answer, this.#object.slice);
  }
}

function placeIn(value: JsonObject): readonly string[] {
  return textsAt(value, "data", "meta", "device") ?? [];
}

/** The form of `details=false`: a link instead of the data. Full records have no link. */
function isShort(value: unknown): boolean {
  return isObject(value) && !Object.hasOwn(value, "data") && textAt(value, "url") !== undefined;
}

function onlyShort(what: string): BridgeError {
  return new BridgeError(
    "RESPONSE_UNREADABLE",
    `${what}: the API sent short records without data, although full ones were asked for`,
    {
      fix:
        "Something between here and the API seems to drop the query parameter details=true: look at HTTPS_PROXY and " +
        "MICROSHARE_API_URL. Nothing was marked as done.",
    },
  );
}
