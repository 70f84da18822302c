// Sinks on the Service Bus emulator: the real SDK over real sockets, without waiting.
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  startServiceBusEmulator,
  type ServiceBusEmulator,
  type ServiceBusEmulatorOptions,
} from "../../dev/service-bus-emulator/index.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import { createServiceBusSink, type ServiceBusSinkOptions } from "../../src/sinks/service-bus.ts";
import type { SinkHarness } from "../contracts/sink.ts";
import { fakeClock, nobody } from "./hub-harness.ts";

export const queue = "records";
export const setting = "QUEUE_CONNECTION";

export type Wrong = "credentials" | "hub" | "host" | undefined;

/** All but the clock. */
export type BusOptions = Omit<ServiceBusSinkOptions, "now" | "wait" | "random">;

export async function busHarness(
  emulatorOptions: ServiceBusEmulatorOptions,
  makeOptions: (emulator: ServiceBusEmulator, wrong: Wrong) => BusOptions,
): Promise<SinkHarness> {
  const emulator = await startServiceBusEmulator({
    queues: [{ name: queue }],
    maxMessageBytes: 6_000,
    ...emulatorOptions,
  });
  const sinks: Sink[] = [];
  const clock = fakeClock();
  const make = (wrong?: Wrong) => {
    const sink = createServiceBusSink({
      ...makeOptions(emulator, wrong),
      ...clock,
      sendTimeoutMs: 3_000,
      closeTimeoutMs: 1_000,
    });
    sinks.push(sink);
    return sink;
  };
  return {
    sink: make(),
    received: () => emulator.messages(queue).map((message) => ({ ...message, eventId: message.messageId ?? "" })),
    tooLargeBytes: 6_000,
    get onWait() {
      return clock.onWait;
    },
    set onWait(onWait) {
      clock.onWait = onWait;
    },
    throttle: (times) => void emulator.faults.serverBusy({ times }),
    refuseBatch: (after) => void emulator.faults.reject("amqp:not-allowed", { after, times: 1 }),
    loseOutcome: (after) => void emulator.faults.outcome("modified", { after, times: 1 }),
    async idle() {
      emulator.faults.closeIdle();
      while (emulator.connections > 0) await nextTurn();
      for (let turn = 0; turn < 50; turn++) await nextTurn();
    },
    withWrongCredentials: () => make("credentials"),
    withMissingHub: () => make("hub"),
    withUnknownHost: () => make("host"),
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()));
      await emulator.close();
    },
  };
}

/** The emulator's connection string, right or wrong in one place. */
export function busConnection(emulator: ServiceBusEmulator, wrong?: Wrong): BusOptions["connection"] {
  const right = emulator.connectionString(wrong === "hub" ? "missing" : queue);
  const byKey = wrong === "credentials" ? right.replace(/SharedAccessKey=[^;]*/u, "SharedAccessKey=wrong-key") : right;
  const connectionString = wrong === "host" ? byKey.replace(/sb:\/\/[^;]*/u, `sb://${nobody}/`) : byKey;
  return { connectionString, setting };
}
