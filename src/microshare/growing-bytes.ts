// Bytes gathered into one buffer, without leaving pieces or outgrown buffers behind for the garbage collector.

export interface GrowingBytes {
  readonly length: number;
  add(chunk: Uint8Array): void;
  /** All of it, in a buffer of its own. Nothing may be added any more. */
  take(): Buffer;
}

/** `expected` is how many bytes are thought to come: with as many, nothing is copied twice. */
export function growingBytes(expected: number): GrowingBytes {
  let bytes = new Uint8Array(Math.min(expected, MOST_AT_FIRST));
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(chunk) {
      const needed = length + chunk.length;
      // `transfer` gives the memory back at once; nobody else has seen this buffer.
      if (needed > bytes.length) {
        bytes = new Uint8Array(bytes.buffer.transfer(Math.max(needed, 2 * bytes.length, LEAST)));
      }
      bytes.set(chunk, length);
      length = needed;
    },
    take() {
      const { buffer } = bytes;
      return Buffer.from(length === bytes.length ? buffer : buffer.transfer(length));
    },
  };
}

const LEAST = 64 * 1024;

/** A server may announce what it likes: more than this has to come before it takes memory. */
const MOST_AT_FIRST = 16 * 1024 * 1024;
