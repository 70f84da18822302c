// Where an IoT hub is, and the keys of its devices or of a service policy.
import { BridgeError } from "../errors.ts";
import { connectionStringParts } from "./connection-string.ts";

/** A connection string, and the app setting that holds it: what the operator is told to correct. */
export interface IotConnection {
  readonly connectionString: string;
  readonly setting: string;
}

export interface DeviceAddress {
  /** Host of the hub, with the port when it names one. */
  readonly host: string;
  readonly deviceId: string;
  /** Base64. */
  readonly key: string;
}

export interface ServiceAddress {
  readonly host: string;
  readonly policy: string;
  /** Base64. */
  readonly key: string;
}

/** Throws `SETTINGS_INVALID`. No part of the key appears in the error. */
export function readDeviceAddress({ connectionString, setting }: IotConnection): DeviceAddress {
  const parts = connectionStringParts(connectionString);
  const host = hostOf(parts.get("hostname"));
  const deviceId = parts.get("deviceid") ?? "";
  const key = keyOf(parts.get("sharedaccesskey"));
  if (host !== undefined && deviceId !== "" && key !== undefined) return { host, deviceId, key };
  const missing = host === undefined ? "HostName=<hub>.azure-devices.net" : deviceId === "" ? "DeviceId" : keyName;
  throw invalid(`The device connection string in ${setting} has no ${missing}.`, deviceFix(setting));
}

/** Throws `SETTINGS_INVALID`. No part of the key appears in the error. */
export function readServiceAddress({ connectionString, setting }: IotConnection): ServiceAddress {
  const parts = connectionStringParts(connectionString);
  const host = hostOf(parts.get("hostname"));
  const policy = parts.get("sharedaccesskeyname") ?? "";
  const key = keyOf(parts.get("sharedaccesskey"));
  if (host !== undefined && policy !== "" && key !== undefined) return { host, policy, key };
  const missing = host === undefined ? "HostName=<hub>.azure-devices.net" : policy === "" ? policyName : keyName;
  throw invalid(`The IoT Hub connection string in ${setting} has no ${missing}.`, serviceFix(setting));
}

const keyName = "SharedAccessKey in base64";
const policyName = "SharedAccessKeyName";

const deviceFix = (setting: string): string =>
  `Copy the primary connection string of the device from the Azure portal into ${setting}; devices with certificates ` +
  "cannot be used.";

const serviceFix = (setting: string): string =>
  `Copy the connection string of the policy registryReadWrite of the IoT hub from the Azure portal into ${setting}.`;

function hostOf(text: string | undefined): string | undefined {
  return /^[^/?#\s:]+(?::\d+)?$/u.exec(text ?? "")?.[0];
}

/** Keys are 16 to 64 bytes; a shorter one cannot be right, and what is no base64 would only be refused later. */
function keyOf(text: string | undefined): string | undefined {
  return /^[A-Za-z0-9+/]{8,}={0,2}$/u.exec(text ?? "")?.[0];
}

function invalid(message: string, fix: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", message, { fix });
}
