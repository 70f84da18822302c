// Finds the exact bytes of values inside JSON text, so that an event's body is the record's own and never re-written.
// It throws a `SyntaxError` where a value has no end or an array is not a list of values with commas between them, and does
// not look into values: what they hold is for `JSON.parse` to judge.

/** Bytes `[start, end)` of one JSON value, without the white space around it. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/** The value of a member of an object; the last one where the name stands twice, as `JSON.parse` has it. */
export function memberSlice(bytes: Uint8Array, object: Slice, name: string): Slice | undefined {
  let found: Slice | undefined;
  walkMembers(bytes, object.start, name, (start) => {
    const end = endOfValue(bytes, start);
    found = { start, end };
    return end;
  });
  return found;
}

/** The elements of an array; none for any other value. */
export function elementSlices(bytes: Uint8Array, array: Slice): Slice[] {
  const elements: Slice[] = [];
  if (bytes[array.start] === OPEN_ARRAY) walkElements(bytes, array.start, elements);
  return elements;
}

/** The array under that name in the document's own object, and its elements, in one walk over the bytes. */
export function documentElements(
  bytes: Uint8Array,
  name: string,
): { readonly slice: Slice; readonly elements: readonly Slice[] } | undefined {
  let found: { readonly slice: Slice; readonly elements: readonly Slice[] } | undefined;
  const start = skipSpace(bytes, bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  walkMembers(bytes, start, name, (value) => {
    const elements: Slice[] = [];
    const isArray = bytes[value] === OPEN_ARRAY;
    const end = isArray ? walkElements(bytes, value, elements) : endOfValue(bytes, value);
    found = isArray ? { slice: { start: value, end }, elements } : undefined;
    return end;
  });
  return found;
}

/** A view, not a copy. */
export function bytesOf(bytes: Uint8Array, slice: Slice): Uint8Array {
  return bytes.subarray(slice.start, slice.end);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;

/** Calls `onMatch` with the start of each value under that name; it gives back the end. */
function walkMembers(bytes: Uint8Array, object: number, name: string, onMatch: (start: number) => number): void {
  if (bytes[object] !== OPEN_OBJECT) return;
  let at = skipSpace(bytes, object + 1);
  while (bytes[at] === QUOTE) {
    const keyEnd = endOfString(bytes, at);
    const colon = skipSpace(bytes, keyEnd);
    if (bytes[colon] !== COLON) throw new SyntaxError(`no colon at byte ${colon}`);
    const start = skipSpace(bytes, colon + 1);
    const end = isKey(bytes, at + 1, keyEnd - 1, name) ? onMatch(start) : endOfValue(bytes, start);
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
  }
}

/** Fills `elements` and gives back the end of the array. */
function walkElements(bytes: Uint8Array, open: number, elements: Slice[]): number {
  let at = skipSpace(bytes, open + 1);
  if (bytes[at] === CLOSE_ARRAY) return at + 1;
  for (;;) {
    const end = endOfValue(bytes, at);
    elements.push({ start: at, end });
    at = skipSpace(bytes, end);
    if (bytes[at] === CLOSE_ARRAY) return at + 1;
    if (bytes[at] !== COMMA) throw new SyntaxError(`no comma at byte ${at}`);
    at = skipSpace(bytes, at + 1);
  }
}

export function endOfValue(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return endOfString(bytes, start);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return endOfContainer(bytes, start);
  let at = start;
  while (at < bytes.length && !endsScalar(bytes[at])) at += 1;
  if (at === start) throw new SyntaxError(`no value at byte ${start}`);
  return at;
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || isSpace(byte);
}

function endOfContainer(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let depth = 0;
  for (let at = start; at < length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  throw new SyntaxError(`what opens at byte ${start} is never closed`);
}

/** A plain loop: names and texts are short, and the call into a native search costs more than it saves. */
function endOfString(bytes: Uint8Array, open: number): number {
  const { length } = bytes;
  for (let at = open + 1; at < length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at += 1;
  }
  throw new SyntaxError(`the string at byte ${open} has no end`);
}

export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export function isKey(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  // Names are compared as text only where they can differ from their bytes: with escapes or beyond ASCII.
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH || byte > 0x7f) return decodeKey(bytes, start, end) === name;
    if (byte !== name.charCodeAt(at - start)) return false;
  }
  return end - start === name.length;
}

function decodeKey(bytes: Uint8Array, start: number, end: number): unknown {
  return JSON.parse(`"${Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8")}"`);
}
