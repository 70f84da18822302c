// An entry of SINKS of the kind `iot-hub`: device-to-cloud messages, with devices that are given or created.
import { parsedBy, oneOf, textLike } from "./formats.ts";
import type { NamedValue, SecretKey, SinkEntry, SinkKey } from "./sink-entry.ts";
import { VAULT_EXAMPLE } from "./sink-keys.ts";
import type { IotHubTarget, NamedConnection } from "./sink-settings.ts";

/** With these parts, in any order. Source of the form: the portal's own connection strings. */
function iotConnection(parts: readonly string[], fix: string) {
  return parsedBy((text) => {
    const found = new Map(
      text.split(";").map((part) => [part.split("=")[0]?.trim(), part.slice(part.indexOf("=") + 1)]),
    );
    const lacking = parts.find((part) => (found.get(part) ?? "") === "");
    return lacking === undefined ? { value: text } : { problem: `has no ${lacking}=... in it`, fix };
  });
}

const serviceKey: SecretKey<string> = {
  key: "connectionStringSetting",
  several: false,
  content: {
    schema: iotConnection(
      ["HostName", "SharedAccessKeyName", "SharedAccessKey"],
      "Copy the connection string of the policy registryReadWrite of the IoT hub (portal: Shared access policies).",
    ),
    format: "a connection string of the IoT hub with HostName, SharedAccessKeyName and SharedAccessKey",
    example: VAULT_EXAMPLE,
  },
  reason:
    "The app setting that holds the connection string of a policy that may read and write the registry: devices are created on first need.",
};

const devicesKey: SecretKey<string> = {
  key: "deviceConnectionStringSettings",
  several: true,
  content: {
    schema: iotConnection(
      ["HostName", "DeviceId", "SharedAccessKey"],
      "Copy the primary connection string of the device (portal: the IoT hub, then Devices). Devices with certificates cannot be used.",
    ),
    format: "the connection string of a device with HostName, DeviceId and SharedAccessKey",
    example: VAULT_EXAMPLE,
  },
  reason:
    "Instead: app settings that hold the connection strings of devices, as a JSON array of their names. Nothing is created.",
};

const deviceForKey: SinkKey<"record-type" | "device" | "one"> = {
  key: "deviceFor",
  schema: oneOf(["record-type", "device", "one"]),
  format: "`record-type`, `device` or `one`",
  example: "device",
  reason:
    "What gets a device of its own: each record type (the default), each Microshare device, or everything together.",
};

const deviceIdKey: SinkKey<string> = {
  key: "deviceId",
  schema: textLike(/^[A-Za-z0-9\-._]{1,128}$/, "cannot be the id of a device"),
  format: "1 to 128 letters, digits, dots, hyphens and underscores",
  example: "microshare",
  reason: "The one device, with deviceFor `one`.",
};

export const iotHubKeys = [serviceKey, devicesKey, deviceForKey, deviceIdKey];

/** `undefined` when a problem was reported. */
export function readIotHubSink(entry: SinkEntry): IotHubTarget | undefined {
  const service = entry.named(serviceKey);
  const given = entry.namedAll(devicesKey);
  const deviceFor = readDeviceFor(entry);
  if (entry.isGiven(serviceKey) === entry.isGiven(devicesKey)) {
    entry.tell(
      undefined,
      entry.isGiven(serviceKey)
        ? "has both connectionStringSetting and deviceConnectionStringSettings"
        : "has neither connectionStringSetting nor deviceConnectionStringSettings",
      `Name the app setting with the connection string of a registry policy ("connectionStringSetting"), or those of the ` +
        `devices ("deviceConnectionStringSettings"): one of the two.`,
    );
    return undefined;
  }
  if (deviceFor === undefined) return undefined;
  if (service !== undefined)
    return { kind: "iot-hub", devices: { kind: "registry", service: connectionOf(service) }, deviceFor };
  if (given.length === 0) return undefined;
  return { kind: "iot-hub", devices: { kind: "given", devices: given.map(connectionOf) }, deviceFor };
}

function connectionOf({ setting, value }: NamedValue<string>): NamedConnection {
  return { kind: "connection-string", setting, connectionString: value };
}

function readDeviceFor(entry: SinkEntry): IotHubTarget["deviceFor"] | undefined {
  const what = entry.value(deviceForKey) ?? "record-type";
  const deviceId = entry.value(deviceIdKey);
  if (
    (what === "one") !== entry.isGiven(deviceIdKey) &&
    (what === "one" || entry.isGiven(deviceForKey) || deviceId !== undefined)
  ) {
    entry.tell(
      deviceIdKey,
      what === "one" ? `is missing, and deviceFor "one" needs it` : `has no effect without deviceFor "one"`,
      what === "one" ? `Add "deviceId", the id of the device.` : `Set "deviceFor" to "one", or remove "deviceId".`,
    );
    return undefined;
  }
  if (what !== "one") return what;
  return deviceId === undefined ? undefined : { all: deviceId };
}
