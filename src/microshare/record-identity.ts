// What makes a record the same record, and what tells a rewritten one from a repeated one.
import type { Instant } from "../pipeline/records.ts";
import { canonicalJson } from "./canonical-json.ts";
import { eventIdOf, hashOf, joinFields } from "./event-id.ts";
import type { FoundRecord } from "./found-record.ts";
import { textAt, valueAt } from "./json-value.ts";

export interface Identity {
  readonly key: string;
  readonly version: string;
  readonly eventId: string;
}

/**
 * Key: the real id, else `k:` and a hash of what names the record (see docs/decisions/0002-event-id.md); `time` is the
 * record's own. Version: the platform's checksum, else `h:` and a hash of the payload. The reason instead, in words,
 * where there is neither id nor time, or where the payload cannot be hashed.
 */
export function identify(found: FoundRecord, time: Instant | undefined): Identity | { readonly reason: string } {
  const key = found.id ?? derivedKey(found, time);
  if (key === undefined) return { reason: "it has neither an id nor a time: it could not be told from other records" };
  const version = textAt(found.head, "checksum") ?? payloadHash(found);
  if (version === undefined) return { reason: "it has no checksum and is nested too deep to be compared" };
  return { key, version, eventId: eventIdOf(found.recType, key, version) };
}

/**
 * The identity of a record whose derived key, version and all stand in the same page already, for the `count`th time:
 * two devices of one place may well report the same values for the same hour, and neither may be lost.
 */
export function identifyTwin(recType: string, { key, version }: Identity, count: number): Identity {
  const twin = `${key}#${count}`;
  return { key: twin, version, eventId: eventIdOf(recType, twin, version) };
}

/** Order is kept among records with the same one: the device's id, else its place, else the record's key. */
export function deviceOf(found: FoundRecord, key: string): string {
  const id = deviceId(found);
  if (id !== undefined) return id;
  const place = found.place.filter((name) => name !== "").join("/");
  return place === "" ? key : place;
}

function deviceId({ payload }: FoundRecord): string | undefined {
  return textAt(payload, "meta", "iot", "device_id") ?? textAt(payload, "device", "id") ?? textAt(payload, "device");
}

function derivedKey(found: FoundRecord, time: Instant | undefined): string | undefined {
  if (time === undefined) return undefined;
  const { payload } = found;
  const parts = [
    found.recType,
    joinFields(found.place),
    textAt(payload, "category") ?? textAt(payload, "meta", "snapshot", "category") ?? "",
    textAt(payload, "metric") ?? textAt(payload, "meta", "snapshot", "metric") ?? "",
    deviceId(found) ?? "",
    // One feedback message becomes a record per button, all with the same event and time.
    joinFields([nameAt(found, "event"), nameAt(found, "button")]),
    String(time),
  ];
  return `k:${hashOf(parts)}`;
}

/** A name that may be given as a number. */
function nameAt({ payload }: FoundRecord, member: string): string {
  const value = valueAt(payload, member);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function payloadHash({ payload }: FoundRecord): string | undefined {
  const text = canonicalJson(payload);
  return text === undefined ? undefined : `h:${hashOf([text])}`;
}
