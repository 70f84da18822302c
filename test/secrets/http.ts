// Requests as they came over the wire, as places to look for secrets in.
import { constants, gunzipSync, inflateSync } from "node:zlib";
import type { Outgoing } from "./search.ts";

export interface HeardRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  /** Name, value, name, value ... as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

/** Places: `target`, `header <name>`, `body` (decompressed). */
export function outgoingOfRequest(channel: string, request: HeardRequest): readonly Outgoing[] {
  const { method, target, rawHeaders, body } = request;
  const headers: Outgoing[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    headers.push({ channel, place: `header ${name.toLowerCase()}`, content: value });
  }
  const encoding = headers.find(({ place }) => place === "header content-encoding")?.content;
  return [
    { channel, place: "target", content: `${method} ${target}` },
    ...headers,
    { channel, place: "body", content: decompressed(body, String(encoding)) },
  ];
}

function decompressed(body: Uint8Array, encoding: string): Uint8Array {
  const decompress = encoding === "gzip" ? gunzipSync : encoding === "deflate" ? inflateSync : undefined;
  // What was cut off is read as far as it goes.
  return decompress === undefined ? body : decompress(body, { finishFlush: constants.Z_SYNC_FLUSH });
}

/** Requests of one connection, out of what the client sent. The last one may have been cut off. */
export function requestsIn(bytes: Buffer): readonly HeardRequest[] {
  const requests: HeardRequest[] = [];
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf("\r\n\r\n", at);
    const [first = "", ...lines] = bytes.toString("latin1", at, headEnd < 0 ? bytes.length : headEnd).split("\r\n");
    const [method = "", target = ""] = first.split(" ");
    const headers = lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    });
    const start = headEnd < 0 ? bytes.length : headEnd + 4;
    const { body, end } = bodyAt(bytes, start, new Map(headers.map(([name, value]) => [name.toLowerCase(), value])));
    requests.push({ method, target, rawHeaders: headers.flat(), body });
    at = end;
  }
  return requests;
}

function bodyAt(
  bytes: Buffer,
  start: number,
  headers: ReadonlyMap<string, string>,
): { readonly body: Buffer; readonly end: number } {
  if (headers.get("transfer-encoding")?.toLowerCase() !== "chunked") {
    const end = Math.min(bytes.length, start + Number(headers.get("content-length") ?? 0));
    return { body: bytes.subarray(start, end), end };
  }
  const chunks: Buffer[] = [];
  let at = start;
  while (at < bytes.length) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return { body: Buffer.concat(chunks), end: bytes.length };
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
    if (size === 0) break;
  }
  return { body: Buffer.concat(chunks), end: Math.min(at, bytes.length) };
}
