// The Terraform functions that infra/ uses. Another one fails the checks until it is added here.
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import {
  textOf,
  isList,
  isObject,
  isUnknown,
  TerraformRefusal,
  unknown,
  type Value,
  type ValueObject,
} from "./values.ts";

type TerraformFunction = (...args: readonly Value[]) => Value;

export const functions: Readonly<Record<string, TerraformFunction>> = {
  alltrue: (list) => elements(list).every((item) => item === true),
  anytrue: (list) => elements(list).some((item) => item === true),
  cidrhost: (range) => {
    const [address = "", bits = ""] = text(range).split("/");
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > most)
      throw new TerraformRefusal(`${text(range)} is not a CIDR range`);
    return address;
  },
  cidrsubnet: (range, bits, number) => {
    const [address = "", length = ""] = text(range).split("/");
    const newLength = Number(length) + numeric(bits);
    if (isIP(address) !== 4 || newLength > 32) throw new TerraformRefusal(`${text(range)} has no such subnet`);
    const first = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    const subnet = first + numeric(number) * 2 ** (32 - newLength);
    return `${[24, 16, 8, 0].map((shift) => Math.floor(subnet / 2 ** shift) % 256).join(".")}/${newLength}`;
  },
  coalesce: (...args) => {
    const found = args.find((arg) => arg !== null && arg !== "");
    if (found === undefined) throw new TerraformRefusal("coalesce of nothing");
    return found;
  },
  contains: (list, item) => elements(list).includes(item ?? null),
  concat: (...lists) => lists.flatMap(elements),
  floor: (number) => Math.floor(numeric(number)),
  join: (separator, list) =>
    elements(list)
      .map((item) => text(item))
      .join(text(separator)),
  jsonencode: (value) => JSON.stringify(value),
  keys: (map) => Object.keys(entries(map)).toSorted(),
  length: (value) => {
    if (typeof value === "string") return Array.from(value).length;
    return isList(value) ? value.length : Object.keys(entries(value)).length;
  },
  lower: (value) => text(value).toLowerCase(),
  merge: (...maps) => Object.assign({}, ...maps.map(entries)),
  regex: (pattern, value) => {
    const found = new RegExp(text(pattern)).exec(text(value));
    if (found === null) throw new TerraformRefusal("the pattern does not match");
    return found[0];
  },
  replace: (value, from, to) => text(value).replaceAll(text(from), text(to)),
  sha256: (value) => createHash("sha256").update(text(value)).digest("hex"),
  startswith: (value, start) => text(value).startsWith(text(start)),
  substr: (value, from, length) => text(value).slice(numeric(from), numeric(from) + numeric(length)),
  toset: (list) => [...new Set(elements(list))],
  trimprefix: (value, start) =>
    text(value).startsWith(text(start)) ? text(value).slice(text(start).length) : text(value),
  trimsuffix: (value, end) => (text(value).endsWith(text(end)) ? text(value).slice(0, -text(end).length) : text(value)),
  uuidv5: (space, name) => {
    if (space !== "url") throw new Error(`the space ${text(space)} of uuidv5 is not known here`);
    const hash = createHash("sha1").update(URL_SPACE).update(text(name)).digest();
    hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
    hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
    return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  },
  values: (map) =>
    Object.entries(entries(map))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, value]) => value),
};

/** RFC 9562, appendix A: the name space of URLs. */
const URL_SPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/** A function of something that only Azure knows is known to nobody else either. */
export function callFunction(name: string, args: readonly Value[]): Value {
  const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (known === undefined) throw new Error(`the function ${name} is not known here`);
  if (args.some(isUnknown)) return unknown(`${name}(...)`);
  return known(...args);
}

function text(value: Value | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return textOf(value);
  throw new TerraformRefusal("a string is needed");
}

function numeric(value: Value | undefined): number {
  if (typeof value === "number") return value;
  throw new TerraformRefusal("a number is needed");
}

function elements(value: Value | undefined): readonly Value[] {
  if (isList(value)) return value;
  throw new TerraformRefusal("a list is needed");
}

function entries(value: Value | undefined): ValueObject {
  if (isObject(value)) return value;
  throw new TerraformRefusal("a map is needed");
}
