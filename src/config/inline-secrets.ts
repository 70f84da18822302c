// Secrets and SINKS: a secret never stands in the JSON itself, and those that it names must never be shown.
import { parseJson } from "./json-formats.ts";

/** The name of an app setting, as Azure takes it on every platform. */
export const SETTING_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Keys whose value would be a secret; `connectionStringSetting` and the like name another setting instead. */
const SECRET_KEY =
  /^(connection_?string|shared_?access_?(key|signature)|account_?key|primary_?key|secondary_?key|key|sas(_?token)?|token|access_?token|(client_?)?secret|password|passphrase|pwd|credentials?|sasl|private_?key)s?$/i;

/** Connection strings, signatures and references that Azure resolves only where they are a whole setting. */
const SECRET_TEXT =
  /SharedAccess|AccountKey=|\bsig=|(^|;)\s*(Endpoint|HostName)\s*=|password\s*=|@Microsoft\.(KeyVault|AppConfiguration)|:\/\/[^/\s]*@|-----BEGIN/i;

/** Keys of Azure services are base64 of 32 bytes and more. */
const PADDED_BASE64 = /^[A-Za-z0-9+/_-]{20,}={1,2}$/;
const LONG_BASE64 = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9+/]{40,}$/;

export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

export function looksLikeASecret(text: string): boolean {
  return SECRET_TEXT.test(text) || PADDED_BASE64.test(text) || LONG_BASE64.test(text);
}

/** What SINKS says about secrets: the settings that it names, and what stands in it although it must not. */
export interface SinkSecrets {
  readonly settings: readonly string[];
  readonly inline: readonly string[];
}

/** Never throws, whatever the text is. */
export function secretsInSinks(text: string): SinkSecrets {
  const json = parseJson(text);
  // What is no JSON may hold anything.
  if ("problem" in json) return { settings: [], inline: looksLikeASecret(text) ? [text] : [] };
  const settings = new Set<string>();
  const inline = new Set<string>();
  for (const [key, value] of texts("", json.value)) {
    if (looksLikeASecret(value) || isSecretKey(key)) inline.add(value);
    else if (/Settings?$/.test(key) && SETTING_NAME.test(value)) settings.add(value);
  }
  return { settings: [...settings], inline: [...inline] };
}

/** Every text of a JSON value, with the key it stands under. */
export function* texts(key: string, value: unknown): Generator<readonly [key: string, text: string]> {
  if (typeof value === "string") yield [key, value];
  else if (Array.isArray(value)) for (const item of value) yield* texts(key, item);
  else if (typeof value === "object" && value !== null)
    for (const [name, inner] of Object.entries(value)) yield* texts(name, inner);
}
