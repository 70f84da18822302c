// Reads the body of a request into memory, up to a limit.
import type { IncomingMessage } from "node:http";

export type RequestBody =
  | { readonly kind: "read"; readonly bytes: Buffer }
  | { readonly kind: "too-large" }
  /** The caller went away in the middle of it. */
  | { readonly kind: "broken-off" };

/**
 * Keeps nothing beyond the limit, and nothing at all of a request that announces more. The rest is left to the server, which
 * reads it away: a caller that is cut off while it sends would not see the answer.
 */
export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<RequestBody> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return { kind: "too-large" };
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= maxBytes) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
        resolve({ kind: "too-large" });
      }
    });
    request.on("end", () => {
      const [only] = chunks;
      resolve({ kind: "read", bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size) });
    });
    // Whichever comes first counts: after `end` neither changes anything.
    request.on("error", () => resolve({ kind: "broken-off" }));
    request.on("close", () => resolve({ kind: "broken-off" }));
  });
}
