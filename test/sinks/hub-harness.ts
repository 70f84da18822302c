// Sinks on the Event Hubs emulator: the real SDK over real sockets, without waiting.
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  startEventHubsEmulator,
  type EventHubsEmulator,
  type EventHubsEmulatorOptions,
} from "../../dev/event-hubs-emulator/index.ts";
import { createEventHubsSink, type EventHubsSinkOptions } from "../../src/sinks/event-hubs.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import type { SinkHarness } from "../contracts/sink.ts";

export const hub = "records";

/** Nothing listens on the port for dictionaries; the ports below 10 cannot even be asked for through WebSockets. */
export const nobody = "localhost:2628";

/** Time does not pass while waiting; what was waited for is kept. */
export function fakeClock(): Pick<EventHubsSinkOptions, "now" | "wait" | "random"> & {
  waits: number[];
  onWait: () => void;
} {
  let now = 0;
  const clock = {
    waits: [] as number[],
    onWait: () => {},
    now: () => now,
    random: () => 0.5,
    async wait(ms: number, signal: AbortSignal) {
      signal.throwIfAborted();
      clock.waits.push(ms);
      now += ms;
      clock.onWait();
      signal.throwIfAborted();
    },
  };
  return clock;
}

/** Makes a sink for a connection; contract cases vary only that. */
export type MakeOptions = (emulator: EventHubsEmulator, wrong?: "credentials" | "hub" | "host") => HubOptions;

/** All but the clock. */
export type HubOptions = Omit<EventHubsSinkOptions, "now" | "wait" | "random">;

export async function hubHarness(
  emulatorOptions: EventHubsEmulatorOptions,
  makeOptions: MakeOptions,
): Promise<SinkHarness> {
  const emulator = await startEventHubsEmulator({ hubs: [{ name: hub }], maxMessageBytes: 6_000, ...emulatorOptions });
  const sinks: Sink[] = [];
  const clock = fakeClock();
  const make = (wrong?: "credentials" | "hub" | "host") => {
    const sink = createEventHubsSink({
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
    received: () => emulator.events(hub).map((event) => ({ ...event, eventId: event.messageId ?? "" })),
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
      // The client answers a close with its own; some turns later its socket has ended too. A link that the SDK opens
      // in between hangs until the sink gives it up and tries again.
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
export function connectionStringOf(emulator: EventHubsEmulator, wrong?: "credentials" | "hub" | "host"): string {
  const right = emulator.connectionString(wrong === "hub" ? "missing" : hub);
  if (wrong === "credentials") return right.replace(/SharedAccessKey=[^;]*/u, "SharedAccessKey=wrong-key-0123456789");
  return wrong === "host" ? right.replace(/sb:\/\/[^;]*/u, `sb://${nobody}/`) : right;
}
