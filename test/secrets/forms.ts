// The forms in which a secret could stand in bytes that leave, once their escapes are undone (`readings.ts`).

export interface Form {
  /** Told when it is found. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** Shorter pieces are found by chance in any larger amount of bytes. */
const LEAST_BYTES = 6;

/**
 * As it is, as UTF-16, as Base64 wherever that begins, as hex, and as the numbers of its bytes. Base64 also of its escaped
 * forms, which no reading undoes. Whatever stands before a secret, its Base64 is one of three: `user:password` in a Basic
 * header is found as well.
 */
export function formsOf(secret: string): readonly Form[] {
  const utf8 = Buffer.from(secret, "utf8");
  const utf16 = Buffer.from(secret, "utf16le");
  const escaped = [encodeURIComponent(secret), String(new URLSearchParams([["", secret]])).slice(1)];
  const json = JSON.stringify(secret).slice(1, -1);
  const all: Form[] = [
    { name: "as it is", bytes: utf8 },
    { name: "UTF-16, little end first", bytes: utf16 },
    { name: "UTF-16, big end first", bytes: Buffer.from(utf16).swap16() },
    ...base64Forms("Base64", utf8),
    ...base64Forms("Base64 of UTF-16", utf16),
    ...escaped.flatMap((text) => base64Forms("Base64, percent-encoded inside", Buffer.from(text))),
    ...base64Forms("Base64, escaped for JSON inside", Buffer.from(json)),
    ...byteTexts("UTF-8", utf8),
    ...byteTexts("UTF-16", utf16),
  ];
  const distinct = new Map<string, Form>();
  for (const form of all) {
    const key = form.bytes.toString("latin1");
    if (form.bytes.length >= Math.min(LEAST_BYTES, utf8.length) && !distinct.has(key)) distinct.set(key, form);
  }
  return [...distinct.values()];
}

/**
 * The characters that are the same whatever stands before and behind: three bytes make four characters, so one that
 * shares its bits with a neighbour is cut off.
 */
function base64Forms(name: string, bytes: Buffer): readonly Form[] {
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const inner = text.slice([0, 2, 3][offset], Math.floor(((offset + bytes.length) * 8) / 6));
    const forUrls = inner.replaceAll("+", "-").replaceAll("/", "_");
    return [inner, forUrls].map((one) => ({ name, bytes: Buffer.from(one) }));
  });
}

/** Hex, and how Node prints a Buffer or writes it as JSON. */
function byteTexts(name: string, bytes: Buffer): readonly Form[] {
  const pairs = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  const hex = [pairs.join(""), pairs.join(" "), pairs.join(":"), pairs.join("-")];
  const decimals = [[...bytes].join(), [...bytes].join(", "), [...bytes].join(" ")];
  return [
    ...[...hex, ...hex.map((one) => one.toUpperCase())].map((one) => ({
      name: `hex of ${name}`,
      bytes: Buffer.from(one),
    })),
    ...decimals.map((one) => ({ name: `numbers of ${name}`, bytes: Buffer.from(one) })),
  ];
}
