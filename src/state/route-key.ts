// Route names as partition keys and blob paths: readable, safe in URLs, and one key for exactly one name.
import { BridgeError } from "../errors.ts";

/** Table Storage takes keys of up to 1 KiB, two bytes a character. */
const maxKeyLength = 512;

/**
 * The key under which a route's rows and blobs are kept. Letters, digits, `-`, `.` and `@` stay as they are; every other
 * byte of the UTF-8 text becomes `_` and two hex digits. So do dots at either end, which URLs and blob names mistake for
 * folders. Throws `SETTINGS_INVALID` for a name that is too long or no well-formed text.
 */
export function routeKey(route: string): string {
  const key = route === "" ? "_" : route.replaceAll(escaped, escape);
  if (key.length <= maxKeyLength && route.isWellFormed()) return key;
  throw new BridgeError("SETTINGS_INVALID", `The route ${route.slice(0, 80)}... cannot be a key of the state table.`, {
    fix: `Give the feed a shorter name of letters and digits: the key takes ${maxKeyLength} characters.`,
  });
}

/** The route that a key stands for: the inverse of `routeKey`. */
export function routeOfKey(key: string): string {
  if (key === "_") return "";
  return decodeURIComponent(key.replaceAll("%", "%25").replaceAll(/_([0-9a-f]{2})/g, "%$1"));
}

const escaped = /^\.+|\.+$|[^A-Za-z0-9.@-]+/g;

function escape(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `_${byte.toString(16).padStart(2, "0")}`).join("");
}
