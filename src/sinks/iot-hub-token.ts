// Shared access signatures for IoT Hub. Unlike those of Event Hubs, they are signed with the decoded bytes of the key.
import { createHmac } from "node:crypto";

/** What a signature is for, and by whom it is signed. */
export interface Signer {
  /** Host, or `host/devices/id` with the id encoded. */
  readonly resource: string;
  /** Base64. */
  readonly key: string;
  /** Name of a service policy; none for a device's own key. */
  readonly policy?: string;
}

/** Long enough for a run, short enough for one that leaks. */
const lifetimeMs = 60 * 60_000;
/** A signature that ends sooner is not used any more. */
const reserveMs = 5 * 60_000;

/** @param now in milliseconds since 1970. Returns a function that gives the header's value, made anew when it runs out. */
export function createSignatures({ resource, key, policy }: Signer, now: () => number): () => string {
  let made: { readonly text: string; readonly endsAt: number } | undefined;
  return () => {
    if (made === undefined || made.endsAt - now() < reserveMs) {
      const endsAt = now() + lifetimeMs;
      const expiry = String(Math.ceil(endsAt / 1000));
      const encoded = encodeURIComponent(resource);
      const signature = createHmac("sha256", Buffer.from(key, "base64"))
        .update(`${encoded}\n${expiry}`)
        .digest("base64");
      const by = policy === undefined ? "" : `&skn=${encodeURIComponent(policy)}`;
      const text = `SharedAccessSignature sr=${encoded}&sig=${encodeURIComponent(signature)}&se=${expiry}${by}`;
      made = { text, endsAt };
    }
    return made.text;
  };
}
