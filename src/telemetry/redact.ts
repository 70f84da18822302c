// The last net against secrets in text: no caller relies on it.
import { secretPattern } from "../secret-forms.ts";

export type Redact = (text: string) => string;

/** Replaces each secret, in every form it could take, by `[secret]`. */
export function createRedact(secrets: readonly string[]): Redact {
  const pattern = secretPattern(secrets);
  return (text) => (pattern === undefined ? text : text.replace(pattern, "[secret]"));
}
