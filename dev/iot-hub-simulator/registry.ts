// `/devices/{id}` for service policies: reading and creating devices.
import { refusals, type Answer } from "./answers.ts";
import type { Device, Hub } from "./hub.ts";

const deviceIdForm = /^[A-Za-z0-9\-.%_*?!(),:=@$']{1,128}$/;

export function readDevice(hub: Hub, deviceId: string): Answer {
  hub.stats.reads++;
  const device = hub.devices.get(deviceId);
  return device === undefined ? refusals.deviceNotFound() : { status: 200, body: describe(device) };
}

/** Creates only: an update would need `If-Match`. Keys are generated where none are given. */
export function createDevice(hub: Hub, deviceId: string, body: Buffer): Answer {
  hub.stats.creations++;
  const wanted = parse(body);
  if (wanted?.["deviceId"] !== deviceId || !deviceIdForm.test(deviceId)) return refusals.malformed();
  if (hub.devices.has(deviceId)) return refusals.deviceExists();
  return { status: 200, body: describe(hub.add(deviceId)) };
}

function describe({ deviceId, key, status }: Device): unknown {
  const [type, primaryKey] = key === "" ? ["certificateAuthority", null] : ["sas", key];
  return { deviceId, status, authentication: { type, symmetricKey: { primaryKey, secondaryKey: primaryKey } } };
}

function parse(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: Readonly<Record<string, unknown>> | null = JSON.parse(body.toString("utf8"));
    return parsed ?? undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
