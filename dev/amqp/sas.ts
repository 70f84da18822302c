// Checks shared access signatures and JWTs, and keeps what a connection has been granted.
import { createHmac } from "node:crypto";
import { covers, hostOf, pathOf } from "./paths.ts";

export type Right = "Send" | "Listen" | "Manage";

export interface SharedKey {
  readonly name: string;
  readonly key: string;
  /** Manage implies the other two. */
  readonly rights: readonly Right[];
  /** Set for a rule of one hub; else the rule belongs to the namespace. */
  readonly hub?: string;
}

/** The right to use everything below `path` until `expiresAt` (ms). */
export interface Claim {
  readonly path: string;
  readonly rights: readonly Right[];
  readonly expiresAt: number;
}

export interface TokenRules {
  readonly keys: readonly SharedKey[];
  /** Decides on tokens that are no shared access signature; without it they are refused. */
  readonly acceptJwt?: (token: string) => boolean;
  now(): number;
}

/** Returns the claim that a token grants on an audience, or why it is refused. */
export function checkToken(token: string, audience: string, rules: TokenRules): Claim | string {
  if (token.startsWith("SharedAccessSignature ")) {
    try {
      return checkSignature(token, audience, rules);
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      return "InvalidSignature: The token cannot be decoded.";
    }
  }
  if (rules.acceptJwt?.(token) !== true) return "InvalidToken: The token is invalid.";
  return { path: pathOf(audience), rights: ["Manage"], expiresAt: Number.POSITIVE_INFINITY };
}

/** The claim that allows `right` on a path at this time. `expired` when one would, had it not run out. */
export function findClaim(
  claims: Iterable<Claim>,
  path: string,
  right: Right,
  now: number,
): Claim | "expired" | undefined {
  let found: "expired" | undefined;
  for (const claim of claims) {
    if (!covers(claim.path, path)) continue;
    if (!claim.rights.includes(right) && !claim.rights.includes("Manage")) continue;
    if (claim.expiresAt > now) return claim;
    found = "expired";
  }
  return found;
}

function checkSignature(token: string, audience: string, rules: TokenRules): Claim | string {
  const fields = new Map(
    token
      .slice("SharedAccessSignature ".length)
      .split("&")
      .map((pair): [string, string] => {
        const at = pair.indexOf("=");
        return [pair.slice(0, at), pair.slice(at + 1)];
      }),
  );
  const resourceText = fields.get("sr") ?? "";
  const expiry = fields.get("se") ?? "";
  const keyName = decodeURIComponent(fields.get("skn") ?? "");
  const resource = decodeURIComponent(resourceText);
  const path = pathOf(resource);
  const key = rules.keys.find(
    (rule) => rule.name === keyName && (rule.hub === undefined || covers(rule.hub.toLowerCase(), path)),
  );
  // The signed text holds the resource as it stands in the token, still encoded.
  const expected = createHmac("sha256", key?.key ?? "")
    .update(`${resourceText}\n${expiry}`)
    .digest("base64");
  if (key === undefined || decodeURIComponent(fields.get("sig") ?? "") !== expected) {
    return `InvalidSignature: The token has an invalid signature. Resource:${resource}`;
  }
  if (!(Number(expiry) * 1000 > rules.now())) return `ExpiredToken: The token is expired. Resource:${resource}`;
  if (hostOf(resource) !== hostOf(audience) || !covers(path, pathOf(audience))) {
    return `InvalidAudience: The token is for another resource than ${audience}`;
  }
  return { path: pathOf(audience), rights: key.rights, expiresAt: Number(expiry) * 1000 };
}
