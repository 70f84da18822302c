// Reads connection strings of Azure namespaces: the SDKs' own errors would repeat the whole string.

/** Parts by name in lower case. */
export function connectionStringParts(connectionString: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of connectionString.split(";")) {
    const at = part.indexOf("=");
    if (at > 0) parts.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  return parts;
}

/** Host of `sb://host[:port]/`. */
export function namespaceHost(endpoint: string | undefined): string | undefined {
  return /^sb:\/\/([^/?#\s]+)\/?$/u.exec(endpoint ?? "")?.[1];
}

export function hasLogin(parts: ReadonlyMap<string, string>): boolean {
  return (parts.has("sharedaccesskeyname") && parts.has("sharedaccesskey")) || parts.has("sharedaccesssignature");
}

/** The SDK looks for these exact letters: plain TCP instead of TLS. */
export function isForEmulator(parts: ReadonlyMap<string, string>): boolean {
  return parts.get("usedevelopmentemulator") === "true";
}
