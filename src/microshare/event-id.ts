// The event id: what the ledger keeps and consumers drop repeats by (docs/decisions/0002-event-id.md).
import { hash } from "node:crypto";

/**
 * 32 lower-case hex digits. The first 16 depend on record type and key alone, so that a new version of a known record
 * is recognised by them; the last 16 depend on the version too.
 */
export function eventIdOf(recType: string, key: string, version: string): string {
  return hashOf([recType, key]).slice(0, 16) + hashOf([recType, key, version]).slice(0, 16);
}

/** For what has neither key nor version: the same bytes get the same id. */
export function eventIdOfBytes(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex").slice(0, 32);
}

/** SHA-256 in hex. */
export function hashOf(fields: readonly string[]): string {
  return hash("sha256", joinFields(fields), "hex");
}

/** One text; each field carries its length, so that ["ab", "c"] and ["a", "bc"] differ. */
export function joinFields(fields: readonly string[]): string {
  let text = "";
  for (const field of fields) text += `${field.length}:${field}`;
  return text;
}
