// Cuts an encoded AMQP message into its sections without decoding them: what keeps the emulator fast.

/** Descriptor codes of the sections of an AMQP 1.0 message. */
export const sectionCode = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  data: 0x75,
} as const;

export interface Section {
  readonly code: number;
  readonly start: number;
  /** Where the described value begins: the offset of its type code. */
  readonly value: number;
  readonly end: number;
}

/** Throws a `RangeError` when the bytes are no AMQP message. */
export function readSections(bytes: Buffer): Section[] {
  const sections: Section[] = [];
  for (let start = 0; start < bytes.length;) {
    if (bytes[start] !== 0) throw new RangeError("not a described value");
    const value = skipValue(bytes, start + 1);
    const end = skipValue(bytes, value);
    if (end > bytes.length) throw new RangeError("section longer than its message");
    sections.push({ code: descriptorCode(bytes, start + 1), start, value, end });
    start = end;
  }
  return sections;
}

/** The content of a data section; a view, not a copy. */
export function dataOf(bytes: Buffer, section: Section): Buffer {
  const short = bytes[section.value] === 0xa0;
  return bytes.subarray(section.value + (short ? 2 : 5), section.end);
}

/** The raw key-value pairs of a map section, and how many values (keys and values) they hold. */
export function mapEntries(bytes: Buffer, section: Section): { readonly count: number; readonly entries: Buffer } {
  const short = bytes[section.value] === 0xc1;
  const at = section.value + 1;
  return short
    ? { count: bytes.readUInt8(at + 1), entries: bytes.subarray(at + 2, section.end) }
    : { count: bytes.readUInt32BE(at + 4), entries: bytes.subarray(at + 8, section.end) };
}

function descriptorCode(bytes: Buffer, at: number): number {
  if (bytes[at] === 0x53) return bytes.readUInt8(at + 1);
  if (bytes[at] === 0x80) return bytes.readUInt32BE(at + 5);
  throw new RangeError("descriptor is not a number");
}

/** Returns the offset behind the value at `at`. The upper half of a type code tells how long the value is. */
function skipValue(bytes: Buffer, at: number): number {
  const code = bytes.readUInt8(at);
  const next = at + 1;
  switch (code >> 4) {
    case 0x0:
      return skipValue(bytes, skipValue(bytes, next));
    case 0x4:
      return next;
    case 0x5:
      return next + 1;
    case 0x6:
      return next + 2;
    case 0x7:
      return next + 4;
    case 0x8:
      return next + 8;
    case 0x9:
      return next + 16;
    case 0xa:
    case 0xc:
    case 0xe:
      return next + 1 + bytes.readUInt8(next);
    case 0xb:
    case 0xd:
    case 0xf:
      return next + 4 + bytes.readUInt32BE(next);
    default:
      throw new RangeError(`unknown type code ${code}`);
  }
}
