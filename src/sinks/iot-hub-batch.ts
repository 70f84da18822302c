// Messages for one device: a batch in JSON, or one message with its properties in headers where it is too large for that.
import type { OutgoingEvent } from "../pipeline/records.ts";
import type { DeviceAccess } from "./iot-hub-devices.ts";
import type { SendRequest } from "./iot-hub-request.ts";
import type { LaneBatch } from "./send-lane.ts";
import { failureOf } from "./thrown-failure.ts";

/** Of a message as the hub measures it. */
export const mostMessageBytes = 256 * 1024;
/** Of the request that carries a batch: below the 256 KB of the service, and what Azure's own SDK for Java keeps to. */
const batchReserveBytes = 1025;

const jsonBatch = "application/vnd.microsoft.iothub.json";

export interface DeviceBatchOptions {
  readonly deviceId: string;
  readonly access: DeviceAccess;
  readonly request: SendRequest;
  /** Default: what the service takes. */
  readonly maxBytes?: number;
}

export function createDeviceBatch({
  deviceId,
  access,
  request,
  maxBytes = mostMessageBytes,
}: DeviceBatchOptions): LaneBatch {
  const path = `/devices/${encodeURIComponent(deviceId)}/messages/events`;
  const entries: string[] = [];
  let bytes = 2; // the brackets
  let alone: OutgoingEvent | undefined;

  async function send(signal: AbortSignal, mayStart: () => boolean): Promise<void> {
    const content =
      alone === undefined
        ? { headers: { "content-type": jsonBatch }, body: `[${entries.join(",")}]` }
        : { headers: propertiesOf(alone), body: alone.body };
    try {
      const authorization = access.authorization();
      const { host } = access;
      await request({ host, path, method: "POST", authorization, ...content, phase: "transfer", signal, mayStart });
    } catch (error) {
      const kind = failureOf(error)?.kind;
      if (kind === "unauthorized" || kind === "not-found") access.forget();
      throw error;
    }
  }

  return {
    maxBytes,
    get bytes() {
      return alone === undefined ? bytes : measured(alone);
    },
    tryAdd(event) {
      if (alone !== undefined) return false;
      const entry = entryOf(event);
      const more = Buffer.byteLength(entry) + (entries.length === 0 ? 0 : 1);
      if (bytes + more <= maxBytes - Math.min(batchReserveBytes, maxBytes / 16)) {
        entries.push(entry);
        bytes += more;
        return true;
      }
      if (entries.length > 0 || measured(event) > maxBytes) return false;
      alone = event;
      return true;
    },
    send,
  };
}

function entryOf(event: OutgoingEvent): string {
  const { body } = event;
  const base64 = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("base64");
  return JSON.stringify({ body: base64, base64Encoded: true, properties: propertiesOf(event) });
}

/** System properties, which routing queries and consumers need, and application properties. */
function propertiesOf({ eventId, contentType, properties }: OutgoingEvent): Record<string, string> {
  const own = Object.entries(properties).map(([name, value]): [string, string] => [
    `iothub-app-${name}`,
    allowedText(String(value)),
  ]);
  return {
    "iothub-messageid": eventId,
    "iothub-contenttype": contentType,
    "iothub-contentencoding": "utf-8",
    ...Object.fromEntries(own),
  };
}

/**
 * Over HTTPS the hub takes letters, digits and some signs in values; everything else is percent-encoded, and the percent
 * sign with it, so that decoding gives back what was there.
 */
export function allowedText(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll("(", "%28").replaceAll(")", "%29");
}

/** Body, values of system properties, names and values of application properties. */
function measured(event: OutgoingEvent): number {
  return Object.entries(propertiesOf(event)).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    event.body.byteLength,
  );
}
