// The devices that a sink sends as: given by their connection strings, or found and created in the registry.
import { readDeviceAddress, readServiceAddress, type IotConnection } from "./iot-hub-address.ts";
import type { SendRequest } from "./iot-hub-request.ts";
import { createSignatures } from "./iot-hub-token.ts";
import { sendFailure } from "./send-failure.ts";
import { throwFailure } from "./thrown-failure.ts";

export type IotDevices =
  /** One connection string for each device. */
  | { readonly kind: "given"; readonly devices: readonly IotConnection[] }
  /** Devices are created on first need, with the rights RegistryRead and RegistryWrite of a service policy. */
  | { readonly kind: "registry"; readonly service: IotConnection; readonly known?: Map<string, string> };

export interface DeviceAccess {
  readonly host: string;
  /** The header's value. */
  authorization(): string;
  /** To be called when the hub refuses the device: its key may be another one by now. */
  forget(): void;
}

export interface DeviceRegister {
  readonly host: string;
  /** Throws a failure (`failureOf`) when there is no such device and none can be made. */
  find(deviceId: string, signal: AbortSignal): Promise<DeviceAccess>;
  /** Proves the way and the rights, as far as that goes without creating anything. */
  check(signal: AbortSignal): Promise<void>;
}

/** What the smallest tier takes; calls beyond it would be throttled. */
const registryCallsPerMinute = 100;

/** Throws `SETTINGS_INVALID` for an unusable connection string. */
export function createDeviceRegister(devices: IotDevices, request: SendRequest, now: () => number): DeviceRegister {
  return devices.kind === "given" ? givenDevices(devices.devices, request, now) : registry(devices, request, now);
}

function givenDevices(connections: readonly IotConnection[], request: SendRequest, now: () => number): DeviceRegister {
  const addresses = connections.map(readDeviceAddress);
  const [first] = addresses;
  const access = new Map(
    addresses.map(({ host, deviceId, key }): [string, DeviceAccess] => [
      deviceId,
      accessTo(host, deviceId, key, now, () => {}),
    ]),
  );
  return {
    host: first?.host ?? "",
    async find(deviceId) {
      const found = access.get(deviceId);
      if (found !== undefined) return found;
      return throwFailure(
        sendFailure("not-found", "NoConnectionString", `no connection string is set for ${deviceId}`),
      );
    },
    async check(signal) {
      for (const { host, deviceId } of addresses) {
        const path = `/devices/${encodeURIComponent(deviceId)}/messages/devicebound`;
        const authorization = access.get(deviceId)?.authorization() ?? "";
        // Asks for messages to the device, of which there are none: the one question a device may ask of every hub. The
        // tiers without them say so only after they have accepted the device (403010).
        await request({ host, path, method: "GET", authorization, phase: "link", signal }, [403]);
      }
    },
  };
}

function registry(
  { service, known = new Map<string, string>() }: Extract<IotDevices, { kind: "registry" }>,
  request: SendRequest,
  now: () => number,
): DeviceRegister {
  const { host, policy, key } = readServiceAddress(service);
  const authorization = createSignatures({ resource: host, key, policy }, now);
  const takeCall = createPace(now);
  // Asked for and not there: a creation that had to wait is not preceded by another question.
  const missing = new Set<string>();
  const call = (
    method: "GET" | "PUT",
    deviceId: string,
    signal: AbortSignal,
    tolerate: readonly number[],
  ): ReturnType<SendRequest> => {
    takeCall();
    const path = `/devices/${encodeURIComponent(deviceId)}`;
    const creating = {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ deviceId, status: "enabled" }),
    };
    return request(
      {
        host,
        path,
        method,
        authorization: authorization(),
        phase: "link",
        signal,
        ...(method === "PUT" ? creating : {}),
      },
      tolerate,
    );
  };

  async function keyOf(deviceId: string, signal: AbortSignal): Promise<string> {
    if (!missing.has(deviceId)) {
      const read = await call("GET", deviceId, signal, [404]);
      if (read.status !== 404) return keyIn(read.text, deviceId);
      missing.add(deviceId);
    }
    const made = await call("PUT", deviceId, signal, [409]);
    missing.delete(deviceId);
    // Another run was faster.
    if (made.status === 409) return keyIn((await call("GET", deviceId, signal, [])).text, deviceId);
    return keyIn(made.text, deviceId);
  }

  return {
    host,
    async find(deviceId, signal) {
      const deviceKey = known.get(deviceId) ?? (await keyOf(deviceId, signal));
      known.set(deviceId, deviceKey);
      return accessTo(host, deviceId, deviceKey, now, () => void known.delete(deviceId));
    },
    // Whether this device exists does not matter: a policy without the right to read is not even told that.
    check: async (signal) => void (await call("GET", "microshare-bridge", signal, [404])),
  };
}

function accessTo(host: string, deviceId: string, key: string, now: () => number, forget: () => void): DeviceAccess {
  const resource = `${host}/devices/${encodeURIComponent(deviceId)}`;
  return { host, authorization: createSignatures({ resource, key }, now), forget };
}

function keyIn(text: string, deviceId: string): string {
  const device: unknown = parse(text);
  const status = at(device, "status");
  if (status === "disabled") {
    throwFailure(sendFailure("refused", "DeviceDisabled", `the device ${deviceId} is disabled`));
  }
  const key = at(at(at(device, "authentication"), "symmetricKey"), "primaryKey");
  if (typeof key === "string" && key !== "") return key;
  return throwFailure(sendFailure("refused", "NoSymmetricKey", `the device ${deviceId} has no symmetric key`));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function at(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** Refuses a call as throttled when the hub would: the sink then waits, as after the hub's own word. */
function createPace(now: () => number): () => void {
  let calls: readonly number[] = [];
  return () => {
    calls = calls.filter((calledAt) => calledAt > now() - 60_000);
    if (calls.length >= registryCallsPerMinute) {
      throwFailure(
        sendFailure("busy", "RegistryPace", `${registryCallsPerMinute} registry calls a minute are the limit`),
      );
    }
    calls = [...calls, now()];
  };
}
