// Checks the shared access signatures of devices and service policies.
import { createHmac } from "node:crypto";

export interface Signature {
  /** Decoded: `host/devices/id`, or the host alone. */
  readonly resource: string;
  /** Of a service policy; absent for a device's own key. */
  readonly policy: string | undefined;
  readonly expiresAt: number;
  /** True when it was made with this key. */
  isBy(key: string): boolean;
}

/** `undefined` when the header is no signature. */
export function readSignature(header: string | undefined): Signature | undefined {
  if (header?.startsWith("SharedAccessSignature ") !== true) return undefined;
  const fields = new Map(
    header
      .slice("SharedAccessSignature ".length)
      .split("&")
      .map((pair): [string, string] => [
        pair.slice(0, pair.indexOf("=")),
        decoded(pair.slice(pair.indexOf("=") + 1)) ?? "",
      ]),
  );
  const encodedResource = /(?:^|[ &])sr=([^&]*)/.exec(header)?.[1] ?? "";
  const expiry = fields.get("se") ?? "";
  return {
    resource: (fields.get("sr") ?? "").toLowerCase(),
    policy: fields.get("skn"),
    expiresAt: Number(expiry) * 1000,
    // Unlike Event Hubs and Service Bus: the key is base64, and its bytes are what signs.
    isBy: (key) =>
      createHmac("sha256", Buffer.from(key, "base64")).update(`${encodedResource}\n${expiry}`).digest("base64") ===
      fields.get("sig"),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
}
