// Just enough of Kafka's wire protocol to change answers on their way: requests' heads, and places inside answers.

export interface RequestHead {
  readonly key: number;
  readonly version: number;
  readonly correlationId: number;
  /** Where the body begins. */
  readonly bodyAt: number;
}

export const api = { produce: 0, metadata: 3, apiVersions: 18, saslHandshake: 17, saslAuthenticate: 36 } as const;

/** Of a request without its length. */
export function readHead(frame: Buffer): RequestHead {
  const clientIdBytes = Math.max(0, frame.readInt16BE(8));
  return {
    key: frame.readInt16BE(0),
    version: frame.readInt16BE(2),
    correlationId: frame.readInt32BE(4),
    bodyAt: 10 + clientIdBytes,
  };
}

export function framed(...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(body.length), body]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** Topic and partition of a produce request, versions 3 to 8, that has one of each. */
export function producedTo(frame: Buffer, bodyAt: number): { readonly topic: string; readonly partition: number } {
  const topicAt = bodyAt + 2 + Math.max(0, frame.readInt16BE(bodyAt)) + 2 + 4 + 4;
  const topicEnd = topicAt + 2 + frame.readInt16BE(topicAt);
  return { topic: frame.toString("utf8", topicAt + 2, topicEnd), partition: frame.readInt32BE(topicEnd + 4) };
}

/** A whole answer to a produce request of version 5 to 7. */
export function produceAnswer(
  correlationId: number,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  code: number,
): Buffer {
  const minusOne = Buffer.alloc(24, 0xff);
  return framed(
    int32(correlationId),
    int32(1),
    text(topic),
    int32(1),
    int32(partition),
    int16(code),
    minusOne,
    int32(0),
  );
}

/** Changes an answer to a produce request, with or without its error code and its time of silence. */
export function changeProduceAnswer(
  answer: Buffer,
  { code, throttleMs }: { code?: number; throttleMs?: number },
): Buffer {
  const changed = Buffer.from(answer);
  const topicEnd = 10 + changed.readInt16BE(8);
  if (code !== undefined) changed.writeInt16BE(code, topicEnd + 8);
  if (throttleMs !== undefined) changed.writeInt32BE(throttleMs, changed.length - 4);
  return changed;
}

/** Metadata of version 2: every broker is reached through `port`; topics that are `missing` are unknown. */
export function changeMetadata(answer: Buffer, port: number, missing: ReadonlySet<string>): Buffer {
  const changed = Buffer.from(answer);
  const skipText = (at: number): number => at + 2 + Math.max(0, changed.readInt16BE(at));
  let at = 8;
  for (let broker = changed.readInt32BE(4); broker > 0; broker -= 1) {
    at = skipText(at + 4);
    changed.writeInt32BE(port, at);
    at = skipText(at + 4);
  }
  at = skipText(at) + 4;
  let topics = changed.readInt32BE(at);
  for (at += 4; topics > 0; topics -= 1) {
    const nameEnd = skipText(at + 2);
    if (missing.has(changed.toString("utf8", at + 4, nameEnd))) changed.writeInt16BE(3, at);
    at = nameEnd + 1;
    let partitions = changed.readInt32BE(at);
    for (at += 4; partitions > 0; partitions -= 1) {
      at += 2 + 4 + 4;
      at += 4 + 4 * changed.readInt32BE(at);
      at += 4 + 4 * changed.readInt32BE(at);
    }
  }
  return changed;
}

/** Offers logging in, in an answer to ApiVersions of version 1 or 2, which ends with the time of silence. */
export function offerLogin(answer: Buffer): Buffer {
  const changed = Buffer.concat([
    answer.subarray(0, -4),
    ...[api.saslHandshake, api.saslAuthenticate].flatMap((key) => [int16(key), int16(0), int16(1)]),
    answer.subarray(-4),
  ]);
  changed.writeInt32BE(answer.readInt32BE(6) + 2, 6);
  return changed;
}
