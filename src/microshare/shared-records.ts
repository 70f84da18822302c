// Finds the records in an answer of the share list: each object is one, with its own id and type.
import { BridgeError } from "../errors.ts";
import { readId } from "./encodings.ts";
import type { Envelope } from "./envelope.ts";
import type { Found } from "./found-record.ts";
import { bytesOf } from "./json-slices.ts";
import { isObject, textAt, textsAt } from "./json-value.ts";

/**
 * In the order of the answer. `recType` is for records that do not tell theirs, `what` names feed and page for messages.
 * Throws `RESPONSE_UNREADABLE` when the API sent short objects, which carry no data.
 */
export function sharedRecords({ objects, response }: Envelope, recType: string, what: string): Found[] {
  if (objects.length > 0 && objects.every(({ value }) => isShort(value))) throw onlyShort(what);
  return objects.map(({ value, slice }): Found => {
    const body = (): Uint8Array => bytesOf(response.body, slice);
    if (!isObject(value)) return { kind: "rubbish", reason: "it is not a JSON object", body };
    return {
      kind: "record",
      recType: textAt(value, "recType") ?? recType,
      id: readId(value["id"]) ?? readId(value["_id"]),
      head: value,
      payload: value["data"],
      place: textsAt(value, "data", "meta", "device") ?? [],
      body,
    };
  });
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
