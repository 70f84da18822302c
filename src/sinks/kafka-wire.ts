// Reads what the sink must know of Kafka's wire protocol: which batch a request carries, and what was answered to it.

/** A produce request with one partition of one topic, as this sink sends them. */
export interface ProduceRequest {
  readonly version: number;
  readonly correlationId: number;
  readonly topic: string;
  readonly partition: number;
}

export interface ProduceAnswer {
  /** Kafka's error code; 0 is stored. */
  readonly code: number;
  /** How long the broker asks the client to stay silent. */
  readonly throttleMs: number;
}

const produceKey = 0;

/** Versions whose layout is read here: with record batches, before the flexible ones. */
const oldestVersion = 3;
const newestVersion = 8;

/** From this version on the client is to wait; before, the broker has waited already. */
const clientWaitsFrom = 6;

/**
 * Reads a whole request, with its length in front; `undefined` for every other one. Layout: length, api key, version,
 * correlation id, client id, transactional id, acks, timeout, then the topics with their partitions
 * (kafka.apache.org/protocol, Produce versions 3 to 8).
 */
export function readProduceRequest(bytes: Buffer): ProduceRequest | undefined {
  if (bytes.length < 14 || bytes.readInt16BE(4) !== produceKey || bytes.readInt32BE(0) !== bytes.length - 4) {
    return undefined;
  }
  const version = bytes.readInt16BE(6);
  if (version < oldestVersion || version > newestVersion) return undefined;
  const correlationId = bytes.readInt32BE(8);
  const clientEnd = endOfText(bytes, 12);
  const topics = endOfText(bytes, clientEnd) + 2 + 4;
  const topicAt = topics + 4;
  const topicEnd = endOfText(bytes, topicAt);
  return {
    version,
    correlationId,
    topic: bytes.toString("utf8", topicAt + 2, topicEnd),
    partition: bytes.readInt32BE(topicEnd + 4),
  };
}

/** Reads the answer to such a request, without its length; `undefined` when it holds no partition. */
export function readProduceAnswer(bytes: Buffer, version: number): ProduceAnswer | undefined {
  const topics = bytes.readInt32BE(4);
  if (topics < 1) return undefined;
  const partitions = endOfText(bytes, 8);
  if (bytes.readInt32BE(partitions) < 1) return undefined;
  const throttleMs = bytes.readInt32BE(bytes.length - 4);
  return {
    code: bytes.readInt16BE(partitions + 4 + 4),
    throttleMs: version >= clientWaitsFrom ? Math.max(0, throttleMs) : 0,
  };
}

function endOfText(bytes: Buffer, at: number): number {
  return at + 2 + Math.max(0, bytes.readInt16BE(at));
}

/** Cuts a stream of bytes into frames, each with a length of 4 bytes in front, which is taken off. */
export function createFrames(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = 4;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < wanted) return;
    let bytes = Buffer.concat(chunks);
    while (bytes.length >= 4) {
      const end = 4 + bytes.readInt32BE(0);
      if (bytes.length < end) break;
      onFrame(bytes.subarray(4, end));
      bytes = bytes.subarray(end);
    }
    wanted = bytes.length >= 4 ? 4 + bytes.readInt32BE(0) : 4;
    chunks = [bytes];
    held = bytes.length;
  };
}
