// Self-signed certificates for the local stand-ins, written without any outside tool.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface Certificate {
  readonly keyPem: string;
  /** Its own authority: give it to a client as `ca`, or as the file named by NODE_EXTRA_CA_CERTS. */
  readonly certPem: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Makes a fresh P-256 key and a certificate for `localhost` and `127.0.0.1`, valid from yesterday for a year.
 * Layout after RFC 5280; for tests and demos only.
 */
export function makeCertificate(nowMs: number = Date.now()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive, and no leading zero
  // Authorities are looked up by name: of two with one name a client that trusts both would find only one.
  const commonName = `localhost ${serial.toString("hex", 0, 4)}`;
  const name = sequence(set(sequence(oid("2.5.4.3"), tlv(0x0c, Buffer.from(commonName)))));
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    ecdsaWithSha256,
    name,
    sequence(time(nowMs - dayMs), time(nowMs + 365 * dayMs)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, extensions()),
  );
  const signature = sign("sha256", body, privateKey);
  return {
    keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certPem: pem(sequence(body, ecdsaWithSha256, bitString(signature))),
  };
}

function extensions(): Buffer {
  const names = sequence(tlv(0x82, Buffer.from("localhost")), tlv(0x87, Buffer.from([127, 0, 0, 1])));
  return sequence(
    extension("2.5.29.17", names), // subject alternative names
    extension("2.5.29.19", sequence(tlv(0x01, Buffer.from([0xff])))), // basic constraints: an authority
    extension("2.5.29.15", tlv(0x03, Buffer.from([2, 0x84]))), // key usage: signs data and certificates
    extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"))), // extended key usage: server
  );
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), tlv(0x04, value));
}

/** One DER element: tag, length in the shortest form, content. */
function tlv(tag: number, content: Buffer): Buffer {
  const length = content.length;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]; // nothing here reaches 64 KiB
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function set(...parts: readonly Buffer[]): Buffer {
  return tlv(0x31, Buffer.concat(parts));
}

function integer(bytes: Buffer): Buffer {
  return tlv(0x02, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return tlv(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

/** UTCTime, good until 2049. */
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return tlv(0x17, Buffer.from(`${digits}Z`));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tlv(0x06, Buffer.from(bytes));
}

const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
