// Buffers for encoded batches, used again: a new megabyte for each batch would leave the memory full of old ones.

export interface BatchBuffers {
  /** At least so many bytes, with anything in them. */
  take(bytes: number): Buffer;
  /** Only when nobody reads it any more. A buffer that never comes back is simply garbage. */
  giveBack(buffer: Buffer): void;
}

/** What a send in full batches needs at most; a batch of a larger hub gets a buffer of its own. */
const BUFFER_BYTES = 1024 * 1024;

/** Keeps at most `most` buffers. */
export function createBatchBuffers(most: number): BatchBuffers {
  const free: Buffer[] = [];
  return {
    take(bytes) {
      if (bytes > BUFFER_BYTES) return Buffer.allocUnsafeSlow(bytes);
      return free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    },
    giveBack(buffer) {
      if (buffer.length === BUFFER_BYTES && free.length < most) free.push(buffer);
    },
  };
}
