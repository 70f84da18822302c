// Values larger than one property may be, spread over several: `parts`, `parts_2`, `parts_3` and so on.
import { tableLimits, type PropertyValue } from "./table-limits.ts";

/** Spreads a text. No piece ends between the two halves of a character outside the basic plane. */
export function splitText(name: string, text: string): Record<string, string> {
  const pieces: string[] = [];
  for (let from = 0; from < text.length || pieces.length === 0;) {
    let to = from + tableLimits.textCharacters;
    if (to < text.length && /[\uD800-\uDBFF]/.test(text.charAt(to - 1))) to -= 1;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return named(name, pieces);
}

/**
 * Spreads bytes. The pieces are Buffers: of any other view the storage SDK (13.3.2) writes the whole memory behind it
 * instead of the part it shows.
 */
export function splitBytes(name: string, bytes: Uint8Array): Record<string, Uint8Array> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < whole.length; from += tableLimits.binaryBytes) {
    pieces.push(whole.subarray(from, from + tableLimits.binaryBytes));
  }
  return named(name, pieces);
}

/** `undefined` when there is no such property, or a piece of it is no text. */
export function joinText(name: string, row: Readonly<Record<string, unknown>>): string | undefined {
  const pieces = piecesOf(name, row);
  return pieces.length > 0 && pieces.every((piece) => typeof piece === "string") ? pieces.join("") : undefined;
}

/** `undefined` when there is no such property, or a piece of it is no binary. */
export function joinBytes(name: string, row: Readonly<Record<string, unknown>>): Uint8Array | undefined {
  const pieces = piecesOf(name, row);
  if (!pieces.every((piece) => piece instanceof Uint8Array)) return undefined;
  return pieces.length > 1 ? Buffer.concat(pieces) : pieces[0];
}

function named<Value extends PropertyValue>(name: string, pieces: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(pieces.map((piece, index) => [pieceName(name, index), piece]));
}

function piecesOf(name: string, row: Readonly<Record<string, unknown>>): unknown[] {
  const pieces: unknown[] = [];
  for (let piece = row[name]; piece !== undefined; piece = row[pieceName(name, pieces.length)]) pieces.push(piece);
  return pieces;
}

function pieceName(name: string, index: number): string {
  return index === 0 ? name : `${name}_${index + 1}`;
}
