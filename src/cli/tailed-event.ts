// One event of the hub as the command line shows it, and the filters for it.
import type { TailedEvent } from "../open-tail.ts";

export interface ShownEvent {
  readonly partition: string;
  readonly sequence: number;
  /** When the hub stored it, ISO 8601. */
  readonly enqueued: string;
  readonly eventId?: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  /** Parsed where it is JSON and short enough; else its beginning as text. */
  readonly body?: unknown;
  readonly bodyTruncated?: true;
}

export interface EventFilter {
  readonly feed?: string;
  readonly recType?: string;
  /** A device id or the name of a place, in any case. */
  readonly device?: string;
}

export function showEvent(partition: string, event: TailedEvent, mostCharacters: number): ShownEvent {
  const bytes = bodyBytes(event);
  const text = bytes.toString("utf8");
  const { messageId } = event;
  return {
    partition,
    sequence: event.sequenceNumber,
    enqueued: event.enqueuedTimeUtc.toISOString(),
    ...(typeof messageId === "string" ? { eventId: messageId } : {}),
    properties: event.properties ?? {},
    bytes: bytes.length,
    ...(text.length <= mostCharacters
      ? { body: parsed(text) }
      : { body: text.slice(0, mostCharacters), bodyTruncated: true }),
  };
}

/** Feed and type by the event's properties; the device by its body, which is where it stands. */
export function passes(event: TailedEvent, { feed, recType, device }: EventFilter): boolean {
  if (feed !== undefined && event.properties?.["feed"] !== feed) return false;
  if (recType !== undefined && event.properties?.["recType"] !== recType) return false;
  if (device === undefined) return true;
  const wanted = device.toLowerCase();
  return devicesIn(parsed(bodyBytes(event).toString("utf8"))).some((name) => name.toLowerCase() === wanted);
}

/** Texts under the names that devices and places have in records. */
export function devicesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(devicesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    ...(DEVICE_NAMES.test(name) ? textsIn(member) : []),
    ...devicesIn(member),
  ]);
}

const DEVICE_NAMES = /^(?:device|device_?id|dev_?eui|tags)$/i;

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.flatMap(textsIn) : [];
}

function bodyBytes({ body }: TailedEvent): Buffer {
  const given: unknown = body;
  if (given instanceof Uint8Array) return Buffer.from(given);
  return Buffer.from(typeof given === "string" ? given : JSON.stringify(given));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text;
  }
}
