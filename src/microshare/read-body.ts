// Reads one response body, decompressed, and stops as soon as it grows too large.
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

export type BodyOutcome =
  | { readonly kind: "complete"; readonly body: Buffer }
  /** `body` is what was read up to the limit. */
  | { readonly kind: "too-large"; readonly body: Buffer }
  /** The stream broke off or could not be decompressed; `body` is what was read until then. */
  | { readonly kind: "broken"; readonly body: Buffer; readonly cause: unknown };

/**
 * Reads a stream to its end; `maxBytes` counts after decompression, so that a small answer cannot unfold into a large
 * one. The stream is destroyed unless it was read to its end. An aborted `signal` must already be wired into the stream.
 */
export async function readBody(
  stream: Readable,
  options: { readonly gzip: boolean; readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<BodyOutcome> {
  const { gzip, maxBytes, signal } = options;
  const chunks: Buffer[] = [];
  let bytes = 0;
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        chunks.push(chunk.subarray(0, maxBytes - (bytes - chunk.length)));
        throw new TooLarge();
      }
      chunks.push(chunk);
    }
  };
  try {
    await (gzip ? pipeline(stream, createGunzip(), collect) : pipeline(stream, collect));
    return { kind: "complete", body: Buffer.concat(chunks) };
  } catch (error) {
    const body = Buffer.concat(chunks);
    if (error instanceof TooLarge) return { kind: "too-large", body };
    // Sockets, undici and zlib give errors with a code, an aborted signal its reason; anything else is a bug.
    if (signal.aborted || (error instanceof Error && "code" in error)) return { kind: "broken", body, cause: error };
    throw error;
  }
}

class TooLarge extends Error {}
