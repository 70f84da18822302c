// Names of devices for record types and Microshare devices.
import { createHash } from "node:crypto";
import type { OutgoingEvent } from "../pipeline/records.ts";

/** `record-type`: one device per record type. `device`: one per Microshare device. Else one device for everything. */
export type DeviceNaming = "record-type" | "device" | { readonly all: string };

export function deviceIdsBy(naming: DeviceNaming): (event: OutgoingEvent) => string {
  if (naming === "record-type") return ({ properties }) => deviceIdOf(properties.recType);
  return naming === "device" ? ({ orderKey }) => deviceIdOf(orderKey) : () => naming.all;
}

/** What every tool and protocol around IoT Hub takes; the service itself takes more. */
const plain = /^[A-Za-z0-9\-._]{1,128}$/u;
const longest = 128;

/** The name itself where it can be a device id; else one made from it, the same every time, that no other name gets. */
export function deviceIdOf(name: string): string {
  if (plain.test(name)) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 32);
  const start = name.replaceAll(/[^A-Za-z0-9\-._]/gu, "_").slice(0, longest - hash.length - 1);
  return `${start}_${hash}`;
}
