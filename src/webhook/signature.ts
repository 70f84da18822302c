// Checks that a request was signed by somebody who knows the secret, and lately.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Instant } from "../pipeline/records.ts";

export const TIMESTAMP_HEADER = "x-webhook-timestamp";
export const SIGNATURE_HEADER = "x-webhook-signature";

export interface SignatureTerms {
  /** Any of them will do: two while callers change over. Never empty. */
  readonly secrets: readonly string[];
  /** How far the time of the signature may be from now, before or behind, in milliseconds. */
  readonly replayWindowMs: number;
}

export interface SignedRequest {
  /** Header values; null when absent. */
  readonly timestamp: string | null;
  readonly signature: string | null;
  /** The caller's id as it came, or an empty text. */
  readonly id: string;
  readonly body: Uint8Array;
}

export type SignatureVerdict =
  /** `signature` is the one that is right, in lower-case hexadecimal digits. */
  { readonly kind: "valid"; readonly signature: string } | { readonly kind: "invalid"; readonly detail: string };

/** More than one, separated by commas, for a caller that signs with the old and the new secret. */
const MOST_SIGNATURES = 4;

/**
 * A signature is `v1=` and the HMAC-SHA256, in hexadecimal digits, over the time stamp (seconds since 1970), a dot, the
 * caller's id (empty without one), a dot, and the body's bytes. Every secret is tried on every signature, whatever matched.
 */
export function checkSignature(request: SignedRequest, terms: SignatureTerms, now: Instant): SignatureVerdict {
  const { timestamp, signature } = request;
  if (timestamp === null || signature === null) {
    return invalid(`The headers ${TIMESTAMP_HEADER} and ${SIGNATURE_HEADER} are needed.`);
  }
  if (!/^\d{1,12}$/.test(timestamp)) {
    return invalid(`${TIMESTAMP_HEADER} must be the time in whole seconds since 1970-01-01 UTC.`);
  }
  const shown = signature.split(",").map((part) => /^\s*v1=([0-9a-f]{64})\s*$/i.exec(part)?.[1]?.toLowerCase());
  if (shown.length > MOST_SIGNATURES || shown.includes(undefined)) {
    return invalid(
      `${SIGNATURE_HEADER} must be v1= and 64 hexadecimal digits, up to ${MOST_SIGNATURES} with commas between.`,
    );
  }
  if (Math.abs(now - Number(timestamp) * 1000) > terms.replayWindowMs) {
    return invalid(
      `${TIMESTAMP_HEADER} is more than ${terms.replayWindowMs / 1000} s from the time here. Sign anew for each try.`,
    );
  }
  let right: string | undefined;
  for (const secret of terms.secrets) {
    const expected = signatureOf(secret, timestamp, request.id, request.body);
    for (const one of shown) if (one !== undefined && isEqual(one, expected)) right ??= expected;
  }
  return right === undefined ? invalid("The signature does not match.") : { kind: "valid", signature: right };
}

/** In lower-case hexadecimal digits. */
export function signatureOf(secret: string, timestamp: string, id: string, body: Uint8Array): string {
  return createHmac("sha256", secret).update(`${timestamp}.${id}.`).update(body).digest("hex");
}

function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, "latin1"), Buffer.from(other, "latin1"));
}

function invalid(detail: string): SignatureVerdict {
  return { kind: "invalid", detail };
}
