// Who may ask: the holder of the access key, who signs each request with it, or of a token of Entra ID.
// Source of the signature: communication-common credential/communicationAccessKeyCredentialPolicy.js.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A request signed longer ago than this is a replay. The service's own figure was not tried. */
const SKEW_MS = 15 * 60_000;

export interface Doors {
  /** Base64. */
  readonly accessKey: string;
  /** Bearer tokens that are let in. */
  readonly tokens: readonly string[];
}

export function isAuthorized(
  request: IncomingMessage,
  body: Buffer,
  { accessKey, tokens }: Doors,
  now: number,
): boolean {
  const authorization = request.headers.authorization ?? "";
  const token = /^Bearer (.+)$/.exec(authorization)?.[1];
  if (token !== undefined) return tokens.includes(token);
  const signature = /^HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=(.+)$/.exec(
    authorization,
  )?.[1];
  const { "x-ms-date": date, "x-ms-content-sha256": hash, host } = request.headers;
  if (signature === undefined || typeof date !== "string" || typeof hash !== "string") return false;
  if (!(Math.abs(now - Date.parse(date)) <= SKEW_MS)) return false;
  if (hash !== createHash("sha256").update(body).digest("base64")) return false;
  const signed = `${request.method}\n${request.url}\n${date};${host};${hash}`;
  const expected = createHmac("sha256", Buffer.from(accessKey, "base64")).update(signed).digest();
  const given = Buffer.from(signature, "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
