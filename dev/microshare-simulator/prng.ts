// Randomness without state: each draw is a pure function of its parts, so that records can be made in any order.

type Part = number | string;

/** A number in [0, 1) that depends on nothing but the parts. */
export function roll(...parts: Part[]): number {
  return mixAll(parts) / 0x1_0000_0000;
}

/** A whole number in [least, most] that depends on nothing but the parts. */
export function rollBetween(least: number, most: number, ...parts: Part[]): number {
  return least + Math.floor((mixAll(parts) / 0x1_0000_0000) * (most - least + 1));
}

/** An unsigned 32-bit key: start further draws with it instead of long texts. */
export function keyOf(...parts: Part[]): number {
  return mixAll(parts);
}

/** Lower-case hex digits that depend on nothing but the parts. */
export function hexOf(digits: number, ...parts: Part[]): string {
  let text = "";
  const key = mixAll(parts);
  for (let index = 0; text.length < digits; index += 1) {
    text += mixAll([key, index, "hex"]).toString(16).padStart(8, "0");
  }
  return text.slice(0, digits);
}

function mixAll(parts: readonly Part[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    if (typeof part === "string") {
      for (let index = 0; index < part.length; index += 1) hash = Math.imul(hash ^ part.charCodeAt(index), 0x01000193);
      hash = scramble(hash ^ part.length);
    } else {
      // Both halves: milliseconds since 1970 need more than 32 bits.
      hash = scramble(scramble(hash ^ (part | 0)) ^ Math.floor(part / 0x1_0000_0000));
    }
  }
  return scramble(hash) >>> 0;
}

/** Spreads every input bit over all 32 output bits (the well-known murmur3 finaliser). */
function scramble(value: number): number {
  let hash = (value + 0x6d2b79f5) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
