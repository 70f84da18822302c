// One event as an AMQP 1.0 message (OASIS, part 3.2): the same sections in the same order as the SDK writes them.
import type { OutgoingEvent } from "../pipeline/records.ts";

export interface EventWriter {
  /** Bytes that `write` will write. */
  sizeOf(event: OutgoingEvent): number;
  /** Of those, what comes before the body. */
  headSizeOf(event: OutgoingEvent): number;
  /** All sections before the body. Returns where they end. */
  writeHead(event: OutgoingEvent, into: Buffer, at: number): number;
  /** Returns where the event ends. There must be room for it. */
  write(event: OutgoingEvent, into: Buffer, at: number): number;
}

/**
 * What the events of a load have in common (nearly all properties, the content type) is encoded once and copied; only id,
 * record key, version, correlation id and body are written anew for each.
 * @param withSubject the record type is the subject of the message too, as on Service Bus
 */
export function eventWriter(withSubject = false): EventWriter {
  let common: Common | undefined;
  const commonOf = (event: OutgoingEvent): Common => {
    if (common === undefined || !isSame(common, event)) common = encodeCommon(event, withSubject);
    return common;
  };
  const writer: EventWriter = {
    sizeOf(event) {
      const bodyBytes = event.body.byteLength;
      return writer.headSizeOf(event) + BODY.length + (bodyBytes < 256 ? 2 : 5) + bodyBytes;
    },
    headSizeOf(event) {
      const { before, between, shared } = commonOf(event);
      const { recordKey, version, correlationId } = event.properties;
      return (
        before.length +
        textBytes(event.eventId) +
        between.length +
        MAP_HEAD +
        shared.length +
        RECORD_KEY.length +
        textBytes(recordKey) +
        VERSION.length +
        textBytes(version) +
        (correlationId === undefined ? 0 : CORRELATION_ID.length + textBytes(correlationId))
      );
    },
    writeHead(event, into, start) {
      const { before, between, shared, entries } = commonOf(event);
      const { recordKey, version, correlationId } = event.properties;
      let at = start + before.copy(into, start);
      // The list's length goes in front of its fields, once they are written.
      const list = at;
      at = writeText(event.eventId, into, at);
      at += between.copy(into, at);
      into.writeUInt32BE(at - list + COUNT_BYTES, list - 2 * COUNT_BYTES);
      const map = at;
      at += MAP_HEAD + shared.copy(into, at + MAP_HEAD);
      at += RECORD_KEY.copy(into, at);
      at = writeText(recordKey, into, at);
      at += VERSION.copy(into, at);
      at = writeText(version, into, at);
      if (correlationId !== undefined) {
        at += CORRELATION_ID.copy(into, at);
        at = writeText(correlationId, into, at);
      }
      writeMapHead(into, map, at - map, 2 * (entries + (correlationId === undefined ? 2 : 3)));
      return at;
    },
    write(event, into, start) {
      const at = writer.writeHead(event, into, start);
      return writeBody(event.body, into, at + BODY.copy(into, at));
    },
  };
  return writer;
}

interface Common {
  readonly contentType: string;
  /** Of the properties that are not the event's own. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Header, annotations and the head of the properties section, up to the message id. */
  readonly before: Buffer;
  /** The fields between message id and the end of the section. */
  readonly between: Buffer;
  /** The application properties that are not the event's own, and how many they are. */
  readonly shared: Buffer;
  readonly entries: number;
}

/** An empty header, no annotations, and a list of seven fields, of which the first is the message id, the last the content type. */
const HEAD = Buffer.from("00537045005372d10000000400000000005373d00000000000000007", "hex");
/** Two fields without a value, then the subject, then two more. */
const NO_FIELDS = Buffer.from("4040", "hex");
const NO_SUBJECT = Buffer.from("40", "hex");
const COUNT_BYTES = 4;
/** Descriptor, type code, length and count of the application properties. */
const MAP_HEAD = 12;
const BODY = Buffer.from("005375", "hex");
const RECORD_KEY = encoded("recordKey");
const VERSION = encoded("version");
const CORRELATION_ID = encoded("correlationId");
const OWN = new Set(["recordKey", "version", "correlationId"]);

function encodeCommon({ contentType, properties }: OutgoingEvent, withSubject: boolean): Common {
  const type = Buffer.from(contentType, "latin1");
  if (type.length > 255) throw new RangeError(`a content type of ${type.length} bytes`);
  const shared: [string, unknown][] = Object.entries(properties).filter(
    ([name, value]) => !OWN.has(name) && value !== undefined,
  );
  return {
    contentType,
    values: new Map(shared),
    before: HEAD,
    between: Buffer.concat([
      NO_FIELDS,
      withSubject ? encoded(properties.recType) : NO_SUBJECT,
      NO_FIELDS,
      Buffer.from([0xa3, type.length]),
      type,
    ]),
    shared: Buffer.concat(shared.flatMap(([name, value]) => [encoded(name), encoded(value)])),
    entries: shared.length,
  };
}

/** Whether all but the own properties agree. It is asked twice for each event. */
function isSame({ contentType, values, entries }: Common, event: OutgoingEvent): boolean {
  if (contentType !== event.contentType) return false;
  const properties: Readonly<Record<string, unknown>> = Object(event.properties);
  let same = 0;
  for (const name in properties) {
    const value = properties[name];
    if (name === "recordKey" || name === "version" || name === "correlationId" || value === undefined) continue;
    if (values.get(name) !== value) return false;
    same += 1;
  }
  return same === entries;
}

/** Texts, truth values and whole numbers from 0: what properties are made of. */
function encoded(value: unknown): Buffer {
  if (value === true || value === false) return Buffer.from([value ? 0x41 : 0x42]);
  if (typeof value === "string") {
    const buffer = Buffer.alloc(textBytes(value));
    writeText(value, buffer, 0);
    return buffer;
  }
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new TypeError(`a property of an event is no text, truth value or whole number: ${typeof value}`);
  }
  const number = Buffer.from([0x70, 0, 0, 0, 0]);
  number.writeUInt32BE(value, 1);
  return number;
}

function textBytes(text: string): number {
  const bytes = Buffer.byteLength(text);
  return bytes + (bytes < 256 ? 2 : 5);
}

function writeText(text: string, into: Buffer, at: number): number {
  // Three bytes a character at most.
  const isShort = text.length <= 85 || Buffer.byteLength(text) < 256;
  const from = at + (isShort ? 2 : 5);
  const bytes = into.write(text, from);
  into[at] = isShort ? 0xa1 : 0xb1;
  if (isShort) into[at + 1] = bytes;
  else into.writeUInt32BE(bytes, at + 1);
  return from + bytes;
}

function writeMapHead(into: Buffer, at: number, bytes: number, values: number): void {
  into[at] = 0x00;
  into[at + 1] = 0x53;
  into[at + 2] = 0x74;
  into[at + 3] = 0xd1;
  // What follows the length itself.
  into.writeUInt32BE(bytes - MAP_HEAD + COUNT_BYTES, at + 4);
  into.writeUInt32BE(values, at + 8);
}

function writeBody(body: Uint8Array, into: Buffer, at: number): number {
  let from = at + 2;
  if (body.byteLength < 256) {
    into[at] = 0xa0;
    into[at + 1] = body.byteLength;
  } else {
    into[at] = 0xb0;
    from = into.writeUInt32BE(body.byteLength, at + 1);
  }
  into.set(body, from);
  return from + body.byteLength;
}
