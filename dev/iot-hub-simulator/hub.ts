// What an IoT hub holds: devices, and the messages that they sent.
import { randomBytes } from "node:crypto";
import type { StoredMessage } from "./messages.ts";

export interface Device {
  readonly deviceId: string;
  /** Base64; empty for a device with a certificate. */
  readonly key: string;
  status: "enabled" | "disabled";
}

export interface HubStats {
  /** Requests to send, answered or not, and how many of them were batches. */
  sends: number;
  batches: number;
  /** Bytes of each request whose messages were stored. */
  readonly requestBytes: number[];
  /** Calls to the registry. */
  reads: number;
  creations: number;
}

export interface Hub {
  readonly devices: Map<string, Device>;
  readonly messages: StoredMessage[];
  readonly stats: HubStats;
  /** Returns the one that is there, if there is one. Case tells device ids apart. */
  add(deviceId: string, key?: string): Device;
}

export function createHub(): Hub {
  const devices = new Map<string, Device>();
  return {
    devices,
    messages: [],
    stats: { sends: 0, batches: 0, requestBytes: [], reads: 0, creations: 0 },
    add(deviceId, key = randomBytes(32).toString("base64")) {
      const device: Device = devices.get(deviceId) ?? { deviceId, key, status: "enabled" };
      devices.set(deviceId, device);
      return device;
    },
  };
}
