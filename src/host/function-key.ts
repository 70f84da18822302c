// The key that callers of a function show, compared so that the time it takes tells nothing about it.
import { hash, timingSafeEqual } from "node:crypto";

/** Where the Functions host looks for it: the header first, else the query parameter `code`. */
export function shownKey(header: string | undefined, query: () => URLSearchParams): string | undefined {
  return header ?? query().get("code") ?? undefined;
}

/** Tells whether what a caller shows is the key. Hashes have one length, whatever a caller sends. */
export function functionKeyCheck(key: string): (shown: string | undefined) => boolean {
  const expected = hashOf(key);
  return (shown) => timingSafeEqual(hashOf(shown ?? ""), expected) && shown !== undefined;
}

function hashOf(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
