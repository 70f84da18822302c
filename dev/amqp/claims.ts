// Whether a connection has proven that it may do something.
import { tokenExpired, unauthorized, type AmqpFault } from "./conditions.ts";
import type { Peer } from "./links.ts";
import type { AmqpNamespace } from "./namespace.ts";
import { covers } from "./paths.ts";
import { findClaim, type Right } from "./sas.ts";

/** Why a client may not do this, or no longer. */
export function missingClaim(
  right: Right,
  path: string,
  peer: Peer,
  namespace: Pick<AmqpNamespace, "tokens">,
): AmqpFault | undefined {
  const claim = findClaim(peer.claims.values(), path, right, namespace.tokens.now());
  if (claim === "expired") return tokenExpired(path);
  return claim === undefined ? unauthorized(right, path) : undefined;
}

/** Runtime information is open to every client that may do anything with the entity. */
export function mayAskAbout(entity: string, peer: Peer, now: number): boolean {
  return [...peer.claims.values()].some(
    (claim) => claim.expiresAt > now && (covers(claim.path, entity) || covers(entity, claim.path)),
  );
}
