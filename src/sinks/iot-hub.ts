// The sink for Azure IoT Hub: device-to-cloud messages over HTTPS, as one device per record type, per device, or one for all.
import type { Dispatcher } from "undici";
import type { AfterCrash, Sink } from "../pipeline/ports.ts";
import { createDeviceBatch } from "./iot-hub-batch.ts";
import { deviceIdsBy, type DeviceNaming } from "./iot-hub-device-ids.ts";
import { createDeviceRegister, type IotDevices } from "./iot-hub-devices.ts";
import { iotHubError } from "./iot-hub-errors.ts";
import { createRequests } from "./iot-hub-request.ts";
import { createLaneSink } from "./lane-sink.ts";
import { serviceMarginMs } from "./late-arrival.ts";
import { sinkRetryPolicy, type SinkRetryPolicy } from "./retry-policy.ts";
import type { ConfirmedBatch } from "./send-lane.ts";
import { settle, type SinkClock } from "./settled-steps.ts";
import { SinkConnection, type Closable } from "./sink-connection.ts";
import { failureOf } from "./thrown-failure.ts";

/** `now` must be milliseconds since 1970: signatures are dated by it. */
export interface IotHubSinkOptions extends SinkClock {
  readonly devices: IotDevices;
  /** Default `record-type`. */
  readonly naming?: DeviceNaming;
  /** Carries the proxy, and certificate authorities of one's own. */
  readonly dispatcher?: Dispatcher;
  readonly retry?: SinkRetryPolicy;
  /** Bound of one request. Default 20 s. */
  readonly sendTimeoutMs?: number;
  /** Devices sent as at the same time. Default 8. */
  readonly devicesAtOnce?: number;
  /** Of a message, and of a batch. Default: what the service takes. */
  readonly maxMessageBytes?: number;
  /** Called for every confirmed batch; its lane is the device. */
  readonly onBatch?: (batch: ConfirmedBatch) => void;
}

/**
 * Throws `SETTINGS_INVALID` for an unusable connection string. A device is a lane (`lane-sink.ts`): order is kept among its
 * messages, and not between two devices, which IoT Hub does not promise either.
 */
export function createIotHubSink(options: IotHubSinkOptions): Sink {
  const {
    devices,
    naming = "record-type",
    dispatcher,
    retry: policy = sinkRetryPolicy,
    sendTimeoutMs: timeoutMs = 20_000,
    maxMessageBytes: maxBytes,
    onBatch,
  } = options;
  const request = createRequests(dispatcher);
  const register = createDeviceRegister(devices, request, () => options.now());
  const { host } = register;
  const where = { host, setting: settingOf(devices), creates: devices.kind === "registry" };
  const place = `IoT hub ${host}`;
  const deviceIdOf = deviceIdsBy(naming);

  // Not the trying on of sizes: opening a batch may create a device.
  const { check, send, close } = createLaneSink<Closable>({
    place,
    // A request that failed has closed its socket; the others belong to the dispatcher.
    connection: new SinkConnection(async () => ({ close: async () => {} }), 0),
    limits: { policy, timeoutMs, readFailure: failureOf },
    clock: options,
    lanesAtOnce: options.devicesAtOnce ?? 8,
    spreading: "looking up a device",
    spread: async () => ({ ok: true, value: deviceIdOf }),
    async open(_client, deviceId, signal) {
      const access = await register.find(deviceId, signal);
      return createDeviceBatch({ deviceId, access, request, ...(maxBytes !== undefined && { maxBytes }) });
    },
    async check(_client, limits) {
      const checked = await settle("link", (signal) => register.check(signal), limits, options);
      return checked.ok ? undefined : { failure: checked.failure, doing: "asking for access" };
    },
    explain: ({ failure, doing }) => iotHubError(failure, where, doing),
    sendingOn: (deviceId) => `sending as device ${deviceId}`,
    ...(onBatch && { onBatch }),
  });
  return { name: place, settleMs: timeoutMs + serviceMarginMs, afterCrash, check, send, close };
}

const afterCrash: AfterCrash = {
  meaning:
    "what an IoT hub had taken cannot be read back; what is sent again may be a repeat, with the same message id",
  fix: "Let consumers drop repeats by message id; IoT Hub has no duplicate detection.",
};

function settingOf(devices: IotDevices): string {
  if (devices.kind === "registry") return devices.service.setting;
  return devices.devices.map(({ setting }) => setting).join(", ");
}
