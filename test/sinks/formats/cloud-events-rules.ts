// The rules of CloudEvents 1.0 for the attributes of one event, as its specification states them.

/** Every rule that the attributes break; `data` and `data_base64` are not attributes. */
export function brokenRules(attributes: Readonly<Record<string, unknown>>): readonly string[] {
  const broken: string[] = [];
  const rule = (holds: boolean, text: string): void => void (holds || broken.push(text));
  for (const [name, value] of Object.entries(attributes)) {
    rule(/^[a-z0-9]+$/u.test(name), `${name}: lower-case letters and digits only`);
    rule(isValue(value), `${name}: text, boolean or 32-bit integer`);
    if (typeof value === "string")
      rule(isAttributeText(value), `${name}: no control characters, surrogates, noncharacters`);
  }
  const { specversion, id, source, type, subject, time, datacontenttype, dataschema } = attributes;
  rule(specversion === "1.0", "specversion: 1.0");
  rule(isText(id), "id: not empty");
  rule(isText(source) && isUriReference(source), "source: a URI-reference, not empty");
  rule(isText(type), "type: not empty");
  rule(subject === undefined || isText(subject), "subject: not empty, where present");
  rule(time === undefined || (isText(time) && isRfc3339(time)), "time: RFC 3339, where present");
  rule(datacontenttype === undefined || isMediaType(datacontenttype), "datacontenttype: a media type, where present");
  rule(dataschema === undefined || isText(dataschema), "dataschema: a URI, where present");
  return broken;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isValue(value: unknown): boolean {
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) <= 2 ** 31;
  return typeof value === "string" || typeof value === "boolean";
}

function isAttributeText(text: string): boolean {
  return Array.from(text).every((character) => {
    const code = character.codePointAt(0) ?? 0;
    const isControl = code <= 0x1f || (code >= 0x7f && code <= 0x9f);
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    const isNoncharacter = (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
    return !isControl && !isSurrogate && !isNoncharacter;
  });
}

/** The characters of RFC 3986, and percent only in front of two hex digits; that it parses shows against any base. */
function isUriReference(text: string): boolean {
  return /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[\da-f]{2})+$/iu.test(text) && URL.canParse(text, "https://base.example");
}

function isRfc3339(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/u.test(text) && !Number.isNaN(Date.parse(text));
}

function isMediaType(value: unknown): boolean {
  return typeof value === "string" && /^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w.+-]+)*$/u.test(value);
}
