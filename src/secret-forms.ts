// Every form in which a secret may stand in a text, as one pattern to search for.

/** Shorter values are left alone: blanking out every "ab" would make messages useless without protecting anything. */
const MIN_SECRET_LENGTH = 4;

/**
 * Matches each secret as it is, percent-encoded (once or twice), as form text, as Base64 wherever that begins, as hex, and
 * escaped for JSON or HTML. Undefined when there is nothing to search for.
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
  const bytes = Buffer.from(secret, "utf8");
  const base64 = bytes.toString("base64");
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
    bytes.toString("base64url"),
    ...(secret.length < MIN_INNER_LENGTH ? [] : ([1, 2] as const).flatMap((offset) => innerBase64(bytes, offset))),
    encodeURIComponent(encoded),
    bytes.toString("hex"),
    JSON.stringify(secret).slice(1, -1),
    html,
    html.replaceAll("'", "&#39;"),
    html.replaceAll("'", "&#x27;"),
  ];
}

/** Of shorter ones too few characters are sure to tell them from other text. */
const MIN_INNER_LENGTH = 8;

/**
 * Base64 behind so many bytes of something else, such as the user name in a Basic header: without the characters that
 * share bits with what stands before or behind.
 */
function innerBase64(bytes: Buffer, offset: 1 | 2): string[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  const inner = text.slice(offset + 1, Math.floor(((offset + bytes.length) * 8) / 6));
  return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
}
