// Sinks on the IoT Hub simulator: real HTTPS, without waiting.
import { setImmediate as nextTurn } from "node:timers/promises";
import { Agent } from "undici";
import { startIotHubSimulator, type IotHubSimulator } from "../../dev/iot-hub-simulator/index.ts";
import type { EventProperties } from "../../src/pipeline/records.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import type { IotDevices } from "../../src/sinks/iot-hub-devices.ts";
import { createIotHubSink, type IotHubSinkOptions } from "../../src/sinks/iot-hub.ts";
import type { SinkHarness } from "../contracts/sink.ts";
import { fakeClock, nobody } from "./hub-harness.ts";

export const setting = "IOT_CONNECTION";

export type Wrong = "credentials" | "hub" | "host" | undefined;

/** All but the clock. */
export type IotOptions = Omit<IotHubSinkOptions, "now" | "wait" | "random">;

export async function iotHarness(
  devices: readonly string[],
  makeOptions: (simulator: IotHubSimulator, wrong: Wrong) => Pick<IotOptions, "devices" | "naming">,
): Promise<SinkHarness> {
  const clock = fakeClock();
  const simulator = await startIotHubSimulator({ devices, maxMessageBytes: 6_000, now: clock.now });
  const agent = new Agent({ connect: { ca: simulator.caCertPem } });
  const sinks: Sink[] = [];
  const make = (wrong?: Wrong) => {
    const sink = createIotHubSink({
      ...makeOptions(simulator, wrong),
      ...clock,
      dispatcher: agent,
      maxMessageBytes: 6_000,
      sendTimeoutMs: 3_000,
    });
    sinks.push(sink);
    return sink;
  };
  return {
    sink: make(),
    received: () => simulator.messages.map((message) => ({ ...message, eventId: message.messageId ?? "" })),
    arrivingProperties: asText,
    tooLargeBytes: 6_000,
    get onWait() {
      return clock.onWait;
    },
    set onWait(onWait) {
      clock.onWait = onWait;
    },
    throttle: (times) => void simulator.faults.answer("send", "throttled", { times }),
    refuseBatch: (after) => void simulator.faults.answer("send", "wrongTier", { after, times: 1 }),
    loseOutcome: (after) => void simulator.faults.loseAnswer({ stored: true, after, times: 1 }),
    async idle() {
      simulator.closeConnections();
      // Within an hour the client notices that its sockets have ended.
      for (let turn = 0; turn < 50; turn++) await nextTurn();
    },
    withWrongCredentials: () => make("credentials"),
    withMissingHub: () => make("hub"),
    withUnknownHost: () => make("host"),
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()));
      await agent.destroy();
      await simulator.close();
    },
  };
}

/** IoT Hub knows only text. */
export function asText(properties: EventProperties): object {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]));
}

/** A device's connection string, right or wrong in one place. */
export function givenDevice(simulator: IotHubSimulator, deviceId: string, wrong: Wrong): IotDevices {
  const right = simulator.deviceConnectionString(wrong === "hub" ? "missing" : deviceId);
  return { kind: "given", devices: [{ connectionString: broken(right, wrong), setting }] };
}

export function fromRegistry(simulator: IotHubSimulator, wrong?: Wrong): IotDevices {
  return {
    kind: "registry",
    service: { connectionString: broken(simulator.serviceConnectionString(), wrong), setting },
  };
}

function broken(right: string, wrong: Wrong): string {
  if (wrong === "credentials")
    return right.replace(/SharedAccessKey=.*/u, "SharedAccessKey=d3Jvbmcta2V5LXdyb25nLWtleQ==");
  return wrong === "host" ? right.replace(/HostName=[^;]*/u, `HostName=${nobody}`) : right;
}
