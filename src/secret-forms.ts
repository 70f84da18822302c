// Every form in which a secret may stand in a text, as one pattern to search for.

/** Shorter values are left alone: blanking out every "ab" would make messages useless without protecting anything. */
const MIN_SECRET_LENGTH = 4;

/**
 * Matches each secret as it is, percent-encoded, as form text, as Base64, and escaped for JSON or HTML. Undefined when
 * there is nothing to search for.
 */
export function secretPattern(secrets: readonly string[]): RegExp | undefined {
  const forms = [...new Set(secrets.flatMap(writtenForms))];
  if (forms.length === 0) return undefined;
  // Longest first: else hiding a short secret would leave the rest of a longer one that begins with it.
  const sorted = forms.toSorted((one, other) => other.length - one.length);
  return new RegExp(sorted.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)).join("|"), "gi");
}

function writtenForms(secret: string): string[] {
  if (secret.length < MIN_SECRET_LENGTH) return [];
  const encoded = encodeURIComponent(secret);
  const strictly = encoded.replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const base64 = Buffer.from(secret, "utf8").toString("base64");
  const html = secret
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
  return [
    secret,
    encoded,
    strictly,
    encoded.replaceAll("%20", "+"),
    strictly.replaceAll("%20", "+"),
    base64,
    base64.replace(/=+$/, ""),
    Buffer.from(secret, "utf8").toString("base64url"),
    JSON.stringify(secret).slice(1, -1),
    html,
    html.replaceAll("'", "&#39;"),
    html.replaceAll("'", "&#x27;"),
  ];
}
