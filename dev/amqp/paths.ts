// Paths of addresses and audiences: what a link names, and what a token is good for.

/** The path of an address or `sb://host[:port]/path` audience: lower case, no slash at either end. */
export function pathOf(text: string): string {
  return text
    .replace(/^[a-z]+:\/\/[^/]*/i, "")
    .replace(/^\/+|\/+$/g, "")
    .toLowerCase();
}

/** Host of an audience, without the port; empty when it has none. */
export function hostOf(audience: string): string {
  return /^[a-z]+:\/\/([^/:]*)/i.exec(audience)?.[1]?.toLowerCase() ?? "";
}

/** A claim on a parent path covers its children; the empty path is the namespace. */
export function covers(parent: string, path: string): boolean {
  return parent === "" || path === parent || path.startsWith(`${parent}/`);
}
