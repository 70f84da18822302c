// A compact set of event ids: 16 bytes an id in one typed array, no object per id.

/** What the ledger knows about an event: nothing, the record in another version, or exactly this. */
export type Acquaintance = "new" | "new-version" | "delivered";

export interface EventIdSet {
  readonly size: number;
  /** `eventId` is 32 hex digits. */
  look(eventId: string): Acquaintance;
  add(eventId: string): void;
  /** Adds ids packed 16 bytes each. */
  addPacked(ids: Uint8Array): void;
}

/**
 * Open addressing with linear probing. The place of an id follows from the half that names its record, so all versions
 * of a record lie on one probe path and one walk tells a new record from a new version of a known one.
 */
export function createEventIdSet(expectedIds = 1024): EventIdSet {
  let capacity = Math.max(16, Math.ceil(expectedIds / FULLEST));
  let words = new Uint32Array(capacity * WORDS_PER_ID);
  let size = 0;
  const probe = new Uint32Array(WORDS_PER_ID);

  /** Walks to the id or the first empty slot. Returns the slot's first word, and through `walk` what was met. */
  function walk(a: number, b: number, c: number, d: number): { at: number; met: Acquaintance } {
    let slot = Math.floor((a / 2 ** 32) * capacity);
    let met: Acquaintance = "new";
    for (;;) {
      const at = slot * WORDS_PER_ID;
      const first = words[at];
      const second = words[at + 1];
      const third = words[at + 2];
      const fourth = words[at + 3];
      if (first === 0 && second === 0 && third === 0 && fourth === 0) return { at, met };
      if (first === a && second === b) {
        if (third === c && fourth === d) return { at, met: "delivered" };
        met = "new-version";
      }
      slot = slot + 1 === capacity ? 0 : slot + 1;
    }
  }

  function insert(a: number, b: number, c: number, d: number): void {
    if (size >= capacity * FULLEST) grow();
    const { at, met } = walk(a, b, c, d);
    if (met === "delivered") return;
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = d;
    size += 1;
  }

  function grow(): void {
    const old = words;
    capacity = Math.ceil(capacity * GROWTH);
    words = new Uint32Array(capacity * WORDS_PER_ID);
    size = 0;
    for (let at = 0; at < old.length; at += WORDS_PER_ID) {
      const [a = 0, b = 0, c = 0, d = 0] = old.subarray(at, at + WORDS_PER_ID);
      if (a !== 0 || b !== 0 || c !== 0 || d !== 0) insert(a, b, c, d);
    }
  }

  return {
    get size() {
      return size;
    },
    look(eventId) {
      readWords(eventId, probe);
      return walk(probe[0] ?? 0, probe[1] ?? 0, probe[2] ?? 0, probe[3] ?? 0).met;
    },
    add(eventId) {
      readWords(eventId, probe);
      insert(probe[0] ?? 0, probe[1] ?? 0, probe[2] ?? 0, probe[3] ?? 0);
    },
    addPacked(ids) {
      if (ids.byteLength % BYTES_PER_ID !== 0) throw new RangeError(`packed ids of ${ids.byteLength} bytes`);
      const view = new DataView(ids.buffer, ids.byteOffset, ids.byteLength);
      for (let at = 0; at < ids.byteLength; at += BYTES_PER_ID) {
        insert(view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12));
      }
    },
  };
}

/** Packs event ids as the ledger stores them: 16 bytes each, in the order given. */
export function packEventIds(eventIds: readonly string[]): Uint8Array {
  const packed = new Uint8Array(eventIds.length * BYTES_PER_ID);
  const view = new DataView(packed.buffer);
  const words = new Uint32Array(WORDS_PER_ID);
  eventIds.forEach((eventId, index) => {
    readWords(eventId, words);
    for (let place = 0; place < WORDS_PER_ID; place += 1) {
      view.setUint32(index * BYTES_PER_ID + place * 4, words[place] ?? 0);
    }
  });
  return packed;
}

export const BYTES_PER_ID = 16;
const WORDS_PER_ID = 4;
/** Above this share of used slots, linear probing gets slow. */
const FULLEST = 0.7;
const GROWTH = 1.5;

/** Digit by digit: this is asked several times for each record, and texts cut out of a text are garbage afterwards. */
function readWords(eventId: string, into: Uint32Array): void {
  if (eventId.length !== HEX_DIGITS) throw noEventId(eventId);
  for (let word = 0, at = 0; word < WORDS_PER_ID; word += 1) {
    let value = 0;
    for (const end = at + HEX_DIGITS / WORDS_PER_ID; at < end; at += 1) {
      const code = eventId.charCodeAt(at);
      const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
      if (digit < 0) throw noEventId(eventId);
      value = (value << 4) | digit;
    }
    into[word] = value;
  }
}

const HEX_DIGITS = 32;

function noEventId(eventId: string): RangeError {
  return new RangeError(`not an event id: ${eventId.slice(0, 40)}`);
}
