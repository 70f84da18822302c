// The key that callers of a function show, compared so that the time it takes tells nothing about it.
import { createHash, timingSafeEqual } from "node:crypto";

/** Where the Functions host looks for it: the header first, else the query parameter `code`. */
export function shownKey(header: string | undefined, query: URLSearchParams): string | undefined {
  return header ?? query.get("code") ?? undefined;
}

/** Hashes have one length, whatever a caller sends. */
export function isFunctionKey(shown: string | undefined, key: string): boolean {
  return timingSafeEqual(hash(shown ?? ""), hash(key)) && shown !== undefined;
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
