// The size limits of Table Storage, checked before anything is sent: the service counts encoded bytes, and so do we.
import { BridgeError } from "../errors.ts";

export type PropertyValue = string | number | Uint8Array;

/** A row as it is written. */
export type Row = { readonly partitionKey: string; readonly rowKey: string } & Readonly<Record<string, PropertyValue>>;

/**
 * One operation of an entity-group transaction. An update names the ETag it follows; it and an upsert replace the whole
 * row. A merge keeps the properties it does not name, and creates a row that is missing.
 */
export type Operation =
  | readonly ["create", Row]
  | readonly ["upsert" | "merge", Row]
  | readonly ["update", Row, string]
  | readonly ["delete", { readonly partitionKey: string; readonly rowKey: string }];

/** learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model; 3 properties are the system's. */
export const tableLimits = {
  operations: 100,
  /** The request has to stay below. */
  requestBytes: 4 * 1024 * 1024,
  entityBytes: 1024 * 1024,
  properties: 252,
  /** Two bytes each: 64 KiB. */
  textCharacters: 32 * 1024,
  binaryBytes: 64 * 1024,
};

/** Throws `STATE_TOO_LARGE` when the service would refuse these operations for their size. */
export function assertFits(operations: readonly Operation[], doing: string): void {
  const tooLarge = (what: string) =>
    new BridgeError("STATE_TOO_LARGE", `Could not ${doing}: ${what}.`, {
      fix: "Use fewer locations in one feed (split it into several) or a shorter WINDOW, so that one save holds less.",
    });
  if (operations.length > tableLimits.operations) {
    throw tooLarge(`${operations.length} rows in one save, Table Storage takes ${tableLimits.operations}`);
  }
  let total = envelopeBytes;
  for (const operation of operations) {
    const { rowKey } = operation[1];
    const { stored, sent } = operation[0] === "delete" ? { stored: 0, sent: 0 } : rowSize(operation[1], tooLarge);
    // The emulator, unlike the service, holds the JSON form against the limit of a row; it is the larger one for binaries.
    const bytes = Math.max(stored, sent);
    if (bytes > tableLimits.entityBytes) {
      throw tooLarge(`the row ${rowKey} has ${bytes} bytes, Table Storage takes ${tableLimits.entityBytes}`);
    }
    total += sent + framingBytes + 3 * (operation[1].partitionKey.length + rowKey.length);
  }
  if (total >= tableLimits.requestBytes) {
    throw tooLarge(`the save has ${total} bytes, Table Storage takes less than ${tableLimits.requestBytes}`);
  }
}

/** Boundaries and headers around all operations and around each: more than the SDK writes, host name included. */
const envelopeBytes = 1024;
const framingBytes = 1024;

/**
 * Bytes of a row as the service stores and counts it (2 per character of keys, names and texts, 8 more per property)
 * and as it is sent (JSON, binaries in base64).
 */
function rowSize(row: Row, tooLarge: (what: string) => BridgeError): { stored: number; sent: number } {
  const { partitionKey, rowKey, ...properties } = row;
  const names = Object.entries(properties);
  if (names.length > tableLimits.properties) {
    throw tooLarge(`the row ${rowKey} has ${names.length} properties, Table Storage takes ${tableLimits.properties}`);
  }
  let stored = 4 + 2 * (partitionKey.length + rowKey.length);
  let sent = 64 + jsonBytes(partitionKey) + jsonBytes(rowKey);
  for (const [name, value] of names) {
    const limit = typeof value === "string" ? tableLimits.textCharacters : tableLimits.binaryBytes;
    const length = typeof value === "number" ? 0 : value.length;
    if (length > limit) throw tooLarge(`${name} in the row ${rowKey} has a length of ${length}, the limit is ${limit}`);
    stored += 8 + 2 * name.length + (typeof value === "string" ? 2 * length + 4 : length + 8);
    sent += jsonBytes(name) + 2 + valueBytes(name, value);
  }
  return { stored, sent };
}

function valueBytes(name: string, value: PropertyValue): number {
  if (typeof value === "string") return jsonBytes(value);
  if (typeof value === "number") return 24;
  // Base64, and a second property that names the type.
  return Math.ceil(value.length / 3) * 4 + 2 + name.length + `"@odata.type":"Edm.Binary",`.length;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
