// The bearer token all calls share: kept in memory only, renewed before it expires, one login at a time.
import { BridgeError } from "../errors.ts";
import { outOfTime } from "./failure.ts";

export interface IssuedToken {
  readonly token: string;
  /** By this host's clock, milliseconds since 1970. */
  readonly expiresAt: number;
  /** Under which it acts, as its issuer says. */
  readonly identity?: unknown;
}

/** Gets a new token. Throws a `BridgeError`. */
export type Login = (signal: AbortSignal) => Promise<IssuedToken>;

export interface TokenSource {
  /** A token that should be good for some minutes. `who` begins the message when the signal is aborted meanwhile. */
  get(signal: AbortSignal, who: string): Promise<string>;
  /** The API refused this token. Nothing happens when it was replaced already. */
  drop(token: string): void;
  /** What the issuer said of the token held now. */
  held(): IssuedToken | undefined;
}

/** Longer than any run, so that a token does not expire in the middle of one. */
const RENEW_BEFORE_EXPIRY_MS = 15 * 60_000;

/** A refused login is not repeated for this long: several feeds share a run, and accounts may be locked after a few. */
const REMEMBER_REFUSAL_MS = 5 * 60_000;

/** When renewing fails while the old token is still good. */
const RENEW_AGAIN_AFTER_MS = 60_000;

/** Failures that another login of the same kind only repeats. */
const LASTING: readonly string[] = [
  "CREDENTIALS_REFUSED",
  "IDENTITY_MISMATCH",
  "LOGIN_UNREADABLE",
  "NOT_FOUND",
  "REQUEST_REJECTED",
];

export function createTokenSource({ login, now }: { readonly login: Login; readonly now: () => number }): TokenSource {
  let held: (IssuedToken & { readonly renewAt: number }) | undefined;
  let refusal: { readonly error: BridgeError; readonly until: number } | undefined;
  let flight: Flight | undefined;

  async function loginAndKeep(signal: AbortSignal): Promise<IssuedToken> {
    try {
      const issued = await login(signal);
      // A short-lived token is used for most of its life rather than renewed on every call.
      const early = Math.min(RENEW_BEFORE_EXPIRY_MS, (issued.expiresAt - now()) / 4);
      held = { ...issued, renewAt: issued.expiresAt - early };
      return issued;
    } catch (error) {
      if (error instanceof BridgeError && LASTING.includes(error.code)) {
        refusal = { error, until: now() + REMEMBER_REFUSAL_MS };
      }
      throw error;
    }
  }

  function takeOff(): Flight {
    const abort = new AbortController();
    const started: Flight = { landed: loginAndKeep(abort.signal), abort, waiting: 0 };
    const land = (): void => {
      if (flight === started) flight = undefined;
    };
    started.landed.then(land, land);
    return started;
  }

  /** Joins the login under way, or starts one. It is given up only when nobody waits for it any more. */
  async function renew(signal: AbortSignal, who: string): Promise<IssuedToken> {
    if (refusal !== undefined && now() < refusal.until) throw refusal.error;
    if (signal.aborted) throw outOfTime(who);
    flight ??= takeOff();
    const joined = flight;
    joined.waiting += 1;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        joined.waiting -= 1;
        if (joined.waiting === 0) {
          if (flight === joined) flight = undefined;
          joined.abort.abort();
        }
        reject(outOfTime(who));
      };
      signal.addEventListener("abort", leave, { once: true });
      const stay = (): void => signal.removeEventListener("abort", leave);
      joined.landed.finally(stay).then(resolve, reject);
    });
  }

  return {
    async get(signal, who) {
      if (held !== undefined && now() < held.renewAt) return held.token;
      try {
        return (await renew(signal, who)).token;
      } catch (error) {
        if (held === undefined || now() >= held.expiresAt) throw error;
        if (signal.aborted || !(error instanceof BridgeError)) throw error;
        held = { ...held, renewAt: now() + RENEW_AGAIN_AFTER_MS };
        return held.token;
      }
    },
    held: () => held,
    drop(token) {
      if (held?.token === token) held = undefined;
    },
  };
}

interface Flight {
  readonly landed: Promise<IssuedToken>;
  readonly abort: AbortController;
  waiting: number;
}
