// What a device sends: one message with its properties in headers, or a batch in JSON.

export interface StoredMessage {
  readonly deviceId: string;
  readonly messageId: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Application properties, without their prefix and as they came: always text. */
  readonly properties: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export const batchContentType = "application/vnd.microsoft.iothub.json";
const applicationPrefix = "iothub-app-";

/** Names and values that HTTPS may carry. */
const allowed = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]*$/;

/** @param headers names as they were written. Returns `undefined` when the hub would call it malformed. */
export function readMessages(
  deviceId: string,
  headers: readonly (readonly [string, string])[],
  isBatch: boolean,
  body: Buffer,
): readonly StoredMessage[] | undefined {
  if (!isBatch) {
    const message = messageOf(deviceId, headers, body);
    return message === undefined ? undefined : [message];
  }
  const messages = readBatch(body)?.map((entry) => {
    const { body: text, base64Encoded, properties } = entry;
    if (typeof text !== "string" || !isRecord(properties)) return undefined;
    return messageOf(
      deviceId,
      Object.entries(properties),
      Buffer.from(text, base64Encoded === true ? "base64" : "utf8"),
    );
  });
  if (messages === undefined || messages.length === 0) return undefined;
  const good = messages.filter((message) => message !== undefined);
  return good.length === messages.length ? good : undefined;
}

function readBatch(body: Buffer): readonly Readonly<Record<string, unknown>>[] | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    return Array.isArray(parsed) && parsed.every(isRecord) ? parsed : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function messageOf(
  deviceId: string,
  fields: readonly (readonly [string, unknown])[],
  body: Buffer,
): StoredMessage | undefined {
  const properties: Record<string, string> = {};
  const system = new Map<string, string>();
  for (const [field, value] of fields) {
    if (typeof value !== "string") return undefined;
    if (!field.toLowerCase().startsWith(applicationPrefix)) system.set(field.toLowerCase(), value);
    else if (allowed.test(field) && allowed.test(value)) properties[field.slice(applicationPrefix.length)] = value;
    else return undefined;
  }
  return {
    deviceId,
    messageId: system.get("iothub-messageid"),
    contentType: system.get("iothub-contenttype"),
    contentEncoding: system.get("iothub-contentencoding"),
    properties,
    body,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As the hub measures it: body, values of system properties, names and values of application properties. */
export function sizeOf(message: StoredMessage): number {
  const { messageId = "", contentType = "", contentEncoding = "", properties, body } = message;
  const system = messageId.length + contentType.length + contentEncoding.length;
  return Object.entries(properties).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    body.length + system,
  );
}
