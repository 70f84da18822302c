// Bearer tokens: who may read what, until when, by the simulator's clock.
import { hexOf } from "./prng.ts";
import { hourMs } from "./time-text.ts";
import type { Quirks } from "./types.ts";

export const tokenLifeMs = 48 * hourMs;

export interface Token {
  readonly text: string;
  readonly identity: string;
  readonly grantType: string;
  readonly scopes: readonly string[];
  /** First instant at which it is refused; `Infinity` for pipe and robot tokens. */
  readonly expiresAt: number;
  /** False under an identity with which nothing was shared: lists then come out empty. */
  readonly seesRecords: boolean;
}

export interface Tokens {
  issue(request: { identity: string | undefined; grantType: string; scope: string; now: number }): Token;
  /** The token of an `Authorization` header, when it may still read. */
  accept(authorization: string | undefined, now: number): Token | undefined;
  /** Refuses every token issued so far. */
  expireAll(): void;
}

/** `identities`: the one that owns the records first, then others of the same account. */
export function createTokens(seed: number, identities: readonly string[], quirks: Quirks): Tokens {
  const valid = new Map<string, Token>();
  let issued = 0;
  return {
    issue({ identity, grantType, scope, now }) {
      issued += 1;
      const actsUnder = identity !== undefined && identities.includes(identity) ? identity : quirks.defaultIdentity;
      const token: Token = {
        text: hexOf(64, seed, "token", issued),
        identity: actsUnder,
        grantType,
        scopes: scope.split(","),
        expiresAt: grantType === "password" ? now + tokenLifeMs : Number.POSITIVE_INFINITY,
        seesRecords: actsUnder === identities[0],
      };
      valid.set(token.text, token);
      return token;
    },
    accept(authorization, now) {
      const token = valid.get(/^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "");
      return token !== undefined && now < token.expiresAt && token.grantType !== "pipe" ? token : undefined;
    },
    expireAll: () => valid.clear(),
  };
}

/** Whether the scopes of a token cover all operations; `ALL:ALL` covers everything. */
export function hasScopes(token: Token, wanted: readonly string[]): boolean {
  return token.scopes.includes("ALL:ALL") || wanted.every((scope) => token.scopes.includes(scope));
}
