// The last net against secrets in text: no caller relies on it.
import { secretPattern } from "../secret-forms.ts";

export type Redact = (text: string) => string;

/** Replaces each secret, in every form it could take, and every signature of Azure by `[secret]`. */
export function createRedact(secrets: readonly string[]): Redact {
  const pattern = secretPattern(secrets);
  return (text) => (pattern === undefined ? text : text.replace(pattern, "[secret]")).replace(SIGNATURE, "$1[secret]");
}

/** Of a shared access signature: the SDKs make them from the keys, each good for an hour or more. */
const SIGNATURE = /(\bsig(?:=|%3D))[\w%+/=-]{20,}/gi;
