// Keeps credentials and tokens out of every text that came from outside and goes into a message.
import { secretPattern } from "../secret-forms.ts";

/** Blanks out secrets in a text. */
export type HideSecrets = (text: string) => string;

export interface SecretFilter {
  readonly hide: HideSecrets;
  /** From now on this value is hidden too. */
  readonly remember: (secret: string) => void;
}

/** Tokens live for two days, so only a handful of old ones can still be echoed by a server. */
const MAX_REMEMBERED = 8;

/**
 * Hides the given values wherever they occur: as they are, percent-encoded, as form text, as Base64, and escaped for
 * JSON or HTML; and besides them everything that looks like a credential, since a server may quote one we never saw.
 */
export function createSecretFilter(fixed: readonly string[]): SecretFilter {
  let remembered: readonly string[] = [];
  let known = secretPattern(fixed);
  return {
    hide: (text) => hideCredentialLookalikes(known === undefined ? text : text.replace(known, "[hidden]")),
    remember: (secret) => {
      remembered = [secret, ...remembered.filter((other) => other !== secret)].slice(0, MAX_REMEMBERED);
      known = secretPattern([...fixed, ...remembered]);
    },
  };
}

/**
 * Hides what looks like a credential or an e-mail address: bearer tokens, JWTs, long hex, `password=...`,
 * `"access_token": "..."`. Repeats are bounded where a long foreign text could otherwise take quadratic time.
 */
export function hideCredentialLookalikes(text: string): string {
  return text
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]+/gi, "$1 [hidden]")
    .replace(/\beyJ[\w-]+(?:\.[\w-]*)*/g, "[hidden]")
    .replace(/\b[0-9a-f]{32,}\b/gi, "[hidden]")
    .replace(
      /\b((?:access_|refresh_|id_|csrf)?token|password|passwd|secret|client_id|client_secret|api_?key|sessionkey|play_session|username)(["']?\s*[=:]\s*["']?)[^\s"'&;,<>]+/gi,
      "$1$2[hidden]",
    )
    .replace(/[^\s@"'<>=:;,()]{1,64}@[^\s@"'<>=:;,()]{1,253}\.[a-z]{2,}/gi, "[hidden]");
}
