// Which partition a partition key belongs to: the same choice as the service's gateway and the SDK's buffered producer.

/**
 * The service hashes the UTF-8 bytes of the key with Bob Jenkins' public-domain lookup3 (`hashlittle2`, both seeds 0)
 * and takes the low 16 bits of the two halves, as a signed number, modulo the partition count.
 */
export function partitionOfKey(key: string, partitionCount: number): number {
  const [primary, secondary] = lookup3(Buffer.from(key, "utf8"));
  const signed = ((primary ^ secondary) << 16) >> 16;
  return Math.abs(signed % partitionCount);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function lookup3(bytes: Buffer): readonly [number, number] {
  let a = (0xdeadbeef + bytes.length) | 0;
  let b = a;
  let c = a;
  if (bytes.length === 0) return [c, b];

  // Blocks of 12 bytes, little-endian; the last one is padded with zeros and mixed differently.
  const padded = Buffer.alloc(Math.ceil(bytes.length / 12) * 12);
  bytes.copy(padded);
  const last = padded.length - 12;
  for (let at = 0; at <= last; at += 12) {
    a = (a + padded.readInt32LE(at)) | 0;
    b = (b + padded.readInt32LE(at + 4)) | 0;
    c = (c + padded.readInt32LE(at + 8)) | 0;
    if (at === last) break;
    a = ((a - c) | 0) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 4);
    b = (b + a) | 0;
  }
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return [c, b];
}
