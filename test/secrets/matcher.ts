// Finds many short byte strings in a long one in a single pass: tests that move megabytes are searched as well.

export interface Pattern {
  /** At least four. */
  readonly bytes: Buffer;
}

/** Calls `onHit` for each place where a pattern stands, in ascending order. */
export type Match<Kind extends Pattern> = (bytes: Buffer, onHit: (pattern: Kind, at: number) => void) => void;

export function createMatcher<Kind extends Pattern>(patterns: readonly Kind[]): Match<Kind> {
  const short = patterns.find(({ bytes }) => bytes.length < 4);
  if (short !== undefined) throw new Error("too short to be told from other bytes");
  const byBeginning = Map.groupBy(patterns, ({ bytes }) => bytes.readUInt32BE(0));
  const beginnings = new Uint8Array(65_536);
  for (const { bytes } of patterns) beginnings[bytes.readUInt16BE(0)] = 1;
  return (bytes, onHit) => {
    const last = bytes.length - 4;
    for (let at = 0; at <= last; at += 1) {
      if (beginnings[((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)] === 0) continue;
      for (const pattern of byBeginning.get(bytes.readUInt32BE(at)) ?? []) {
        const { length } = pattern.bytes;
        if (at + length <= bytes.length && bytes.compare(pattern.bytes, 0, length, at, at + length) === 0)
          onHit(pattern, at);
      }
    }
  };
}
