// Decoded AMQP values as tests want to see them.

/** Ids may be numbers or bytes on the wire. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || Buffer.isBuffer(value) ? value.toString() : undefined;
}

/** Clients other than these SDKs may send values instead of bytes; those are shown as text. */
export function bodyOf(body: unknown): Buffer {
  if (typeof body === "object" && body !== null && "content" in body) {
    const { content } = body;
    if (Buffer.isBuffer(content)) return content;
    if (Array.isArray(content) && content.every((part) => Buffer.isBuffer(part))) return Buffer.concat(content);
  }
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body ?? null));
}
