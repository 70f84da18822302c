// Which event hub the records of a type go to, in a sink with a hub per record type.
import { createHash } from "node:crypto";
import { BridgeError } from "../errors.ts";

export interface HubNameOptions {
  /** In front of every name made from a type: tells the bridge's hubs from others in the namespace. Default none. */
  readonly prefix?: string;
  /** Hub by record type, where another name is wanted than the one made from the type. */
  readonly hubNames?: Readonly<Record<string, string>>;
  /** The hub for types that get none of their own. */
  readonly sharedHub?: string;
}

export interface HubNames {
  /** The hub of a type, or why it has none: another type has its name. */
  hubOf(recType: string): { readonly hub: string } | { readonly error: BridgeError };
  /** True for every hub that `hubOf` can give; others in the namespace are left alone. */
  isOurs(hub: string): boolean;
}

/** Names in the service are case-insensitive. */
export function sameHub(hub: string): string {
  return hub.toLowerCase();
}

/** Letters, digits, dots, hyphens and underscores, first and last a letter or digit, 256 characters at most. */
export function isHubName(name: string): boolean {
  return name.length <= mostCharacters && /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/iu.test(name);
}

const mostCharacters = 256;

/**
 * A record type that is a hub name in lower case keeps its name. Every other one is changed into one and gets the first
 * ten digits of its hash behind a hyphen, and so does a type that looks as if it had them already: the name depends on the
 * type alone, in every process, and no two types meet in one.
 *
 * @param prefix empty, or characters a hub name may begin with.
 */
export function hubNameFor(recType: string, prefix = ""): string {
  const plain = prefix + recType;
  const isPlain = isHubName(plain) && recType === recType.toLowerCase() && !/-[0-9a-f]{10}$/u.test(recType);
  if (isPlain) return plain;
  const hash = createHash("sha256").update(recType).digest("hex").slice(0, hashDigits);
  const readable = recType
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/gu, "-")
    .slice(0, mostCharacters - hashDigits - 1 - prefix.length)
    .replaceAll(/^[._-]+|[._-]+$/gu, "");
  return `${prefix}${readable === "" ? "type" : readable}-${hash}`;
}

const hashDigits = 10;

/** Throws `SETTINGS_INVALID` for a name the service would not take, and for two types set to one hub. */
export function createHubNames(options: HubNameOptions): HubNames {
  const { prefix = "", hubNames = {}, sharedHub } = options;
  checkNames(options);
  const typeByHub = new Map<string, string>();
  for (const [recType, hub] of Object.entries(hubNames)) {
    const other = typeByHub.get(sameHub(hub));
    if (other !== undefined) throw takenTwice(hub, other, recType, "SETTINGS_INVALID");
    typeByHub.set(sameHub(hub), recType);
  }
  const wanted = new Map(Object.entries(hubNames));
  const shared = sharedHub === undefined ? undefined : sameHub(sharedHub);
  const set = new Set([...typeByHub.keys(), ...(shared === undefined ? [] : [shared])]);

  return {
    hubOf(recType) {
      const hub = wanted.get(recType) ?? hubNameFor(recType, prefix);
      if (sameHub(hub) === shared) return { hub };
      const owner = typeByHub.get(sameHub(hub));
      if (owner === undefined) typeByHub.set(sameHub(hub), recType);
      if (owner === undefined || owner === recType) return { hub };
      return { error: takenTwice(hub, owner, recType, "SINK_REFUSED") };
    },
    isOurs: (hub) => set.has(sameHub(hub)) || sameHub(hub).startsWith(sameHub(prefix)),
  };
}

function checkNames({ prefix = "", hubNames = {}, sharedHub }: HubNameOptions): void {
  for (const name of [...Object.values(hubNames), ...(sharedHub === undefined ? [] : [sharedHub])]) {
    if (!isHubName(name)) throw notAName(`${JSON.stringify(name)} cannot be the name of an event hub`);
  }
  // Room is kept for a readable part and a hash.
  if (prefix !== "" && (!isHubName(`${prefix}a`) || prefix.length > mostPrefix)) {
    throw notAName(`${JSON.stringify(prefix)} cannot begin the name of an event hub`);
  }
}

const mostPrefix = 64;

function notAName(what: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", `${what}.`, {
    fix:
      "Use letters, digits, dots, hyphens and underscores, with a letter or digit first and last: 256 characters at " +
      `most, ${mostPrefix} for a prefix.`,
  });
}

function takenTwice(hub: string, one: string, other: string, code: "SETTINGS_INVALID" | "SINK_REFUSED"): BridgeError {
  return new BridgeError(code, `The record types ${one} and ${other} both have the event hub ${hub}.`, {
    fix:
      `Give one of them another hub in hubNames of the sink. Until then the records of ${other} are not sent, as they would ` +
      "mix with the other type's; none is lost.",
  });
}
