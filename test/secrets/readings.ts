// The ways to read bytes whose text may be escaped: for URLs, forms, JSON or HTML, and twice over.

export interface Reading {
  /** Empty for the bytes as they are; else what was undone, outermost first. */
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * The bytes as they are, and with one kind of escapes undone, or two after each other where `most` says so; each different result once. Undoing looks at nothing
 * but the escapes themselves, so it does not matter which characters a writer chose to escape.
 */
export function readingsOf(bytes: Buffer, most: 1 | 2): readonly Reading[] {
  const readings = new Map([[bytes.toString("latin1"), ""]]);
  for (let depth = 0; depth < most; depth += 1) {
    for (const [text, name] of Array.from(readings)) {
      for (const [kind, undo] of UNDO) {
        const undone = undo(text);
        if (!readings.has(undone)) readings.set(undone, name === "" ? kind : `${name}, then ${kind}`);
      }
    }
  }
  return [...readings].map(([text, name]) => ({ name, bytes: Buffer.from(text, "latin1") }));
}

/** On text with a character per byte. */
const UNDO: readonly (readonly [kind: string, undo: (text: string) => string])[] = [
  ["percent-encoded", undoPercent],
  ["as form text", (text) => undoPercent(text.replaceAll("+", " "))],
  ["escaped for JSON", undoJson],
  ["escaped for HTML", undoHtml],
];

function undoPercent(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

function undoJson(text: string): string {
  return text.replaceAll(/(?:\\u[0-9A-Fa-f]{4})+|\\["\\/bfnrt]/g, (escaped) =>
    oneByteEach(String(JSON.parse(`"${escaped}"`))),
  );
}

function undoHtml(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, decimal, hex, name) => {
    const named = typeof name === "string" ? NAMES.get(name.toLowerCase()) : undefined;
    if (named !== undefined) return named;
    const code = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code <= 0x10ffff ? oneByteEach(String.fromCodePoint(code)) : whole;
  });
}

const NAMES = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function oneByteEach(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
