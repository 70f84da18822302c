// Takes the personal fields of a record out of its JSON by cutting bytes: what stays is not re-written.
import { elementSlices, endOfValue, isKey, skipSpace, type Slice } from "./json-slices.ts";

/** Which members of an object go, and in which of them to look further. Lists are looked into element by element. */
interface Fields {
  readonly [name: string]: "remove" | Fields;
}

const account = { user: "remove" } as const;
const owner = { ...account, owners: account } as const;

/** Of a workflow step: e-mail addresses of those who work on an incident. */
const step = { assignee: "remove", claimee: "remove", cancelee: "remove" } as const;

/** What a record carries. A view may project the outer fields of a record into it; `origin` has other uses there. */
const payload = {
  creatorId: "remove",
  updaterId: "remove",
  owner,
  origin: { creatorId: "remove", remoteAddress: "remove", tokendata: "remove", data: { initiator: "remove" } },
  config: { originAssignee: "remove" },
  current: step,
  history: step,
} as const;

/** A view that shows stored documents without their id has the record one level deeper. */
const record: Fields = {
  creatorId: "remove",
  updaterId: "remove",
  owner,
  origin: "remove",
  data: { ...payload, data: payload },
};

/**
 * The same record without the e-mail and IP addresses of accounts and without the ids of tokens (the list is in
 * SECURITY.md). `body` is JSON text that `JSON.parse` takes, UTF-8. A member goes with its comma and the white space up to
 * the next member; everything else stays byte for byte. Where there is nothing to remove, it is `body` itself.
 */
export function removePersonalFields(body: Uint8Array): Uint8Array {
  const cuts: Slice[] = [];
  addCuts(body, skipSpace(body, 0), record, cuts);
  if (cuts.length === 0) return body;
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const { start, end } of cuts) {
    kept.push(body.subarray(at, start));
    at = end;
  }
  return Buffer.concat([...kept, body.subarray(at)]);
}

/** In ascending order, none inside another. */
function addCuts(bytes: Uint8Array, start: number, fields: Fields, cuts: Slice[]): void {
  if (bytes[start] === OPEN_OBJECT) return addMemberCuts(bytes, start, fields, cuts);
  // A list in a list is left alone: the platform shows none, and a hostile one could be nested without end.
  for (const element of elementSlices(bytes, { start, end: bytes.length })) {
    if (bytes[element.start] === OPEN_OBJECT) addMemberCuts(bytes, element.start, fields, cuts);
  }
}

function addMemberCuts(bytes: Uint8Array, object: number, fields: Fields, cuts: Slice[]): void {
  let cutFrom: number | undefined;
  let keptTo: number | undefined;
  let end = object + 1;
  for (let at = skipSpace(bytes, end); bytes[at] === QUOTE; at = nextMember(bytes, end)) {
    const nameEnd = endOfValue(bytes, at);
    const value = skipSpace(bytes, skipSpace(bytes, nameEnd) + 1);
    end = endOfValue(bytes, value);
    const found = fieldNamed(bytes, at + 1, nameEnd - 1, fields);
    if (found === "remove") {
      cutFrom ??= at;
      continue;
    }
    if (cutFrom !== undefined) cuts.push({ start: cutFrom, end: at });
    cutFrom = undefined;
    keptTo = end;
    if (found !== undefined) addCuts(bytes, value, found, cuts);
  }
  // The last ones go with the comma before them.
  if (cutFrom !== undefined) cuts.push({ start: keptTo ?? cutFrom, end });
}

function nextMember(bytes: Uint8Array, end: number): number {
  const at = skipSpace(bytes, end);
  return bytes[at] === COMMA ? skipSpace(bytes, at + 1) : at;
}

function fieldNamed(bytes: Uint8Array, start: number, end: number, fields: Fields): Fields[string] | undefined {
  for (const name in fields) if (isKey(bytes, start, end, name)) return fields[name];
  return undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
