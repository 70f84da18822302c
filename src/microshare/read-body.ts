// Reads one response body, decompressed, and stops as soon as it grows too large.
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { growingBytes } from "./growing-bytes.ts";

export type BodyOutcome =
  | { readonly kind: "complete"; readonly body: Buffer }
  /** `body` is what was read up to the limit. */
  | { readonly kind: "too-large"; readonly body: Buffer }
  /** The stream broke off or could not be decompressed; `body` is what was read until then. */
  | { readonly kind: "broken"; readonly body: Buffer; readonly cause: unknown };

export interface BodyOptions {
  readonly gzip: boolean;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** As the server announced them, before decompression. Saves copies, and is not relied on. */
  readonly announcedBytes?: number;
}

/**
 * Reads a stream to its end; `maxBytes` counts after decompression, so that a small answer cannot unfold into a large
 * one. The stream is destroyed unless it was read to its end. An aborted `signal` must already be wired into the stream.
 */
export async function readBody(stream: Readable, options: BodyOptions): Promise<BodyOutcome> {
  const { gzip, maxBytes, signal, announcedBytes = 0 } = options;
  // Each piece is copied where it belongs as it comes: kept until the end, the pieces would be twice the memory, and live
  // long enough for the garbage collector to leave them lying.
  const body = growingBytes(Math.min(gzip ? 0 : announcedBytes, maxBytes));
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      const room = maxBytes - body.length;
      body.add(chunk.length > room ? chunk.subarray(0, room) : chunk);
      if (chunk.length > room) throw new TooLarge();
    }
  };
  try {
    await (gzip ? pipeline(stream, createGunzip(), collect) : pipeline(stream, collect));
    return { kind: "complete", body: body.take() };
  } catch (error) {
    if (error instanceof TooLarge) return { kind: "too-large", body: body.take() };
    // Sockets, undici and zlib give errors with a code, an aborted signal its reason; anything else is a bug.
    if (signal.aborted || (error instanceof Error && "code" in error)) {
      return { kind: "broken", body: body.take(), cause: error };
    }
    throw error;
  }
}

class TooLarge extends Error {}
