// Sinks with a hub per record type, on the Event Hubs emulator and a stand-in for whoever creates its hubs.
import { startEventHubsEmulator, type EventHubsEmulator } from "../../dev/event-hubs-emulator/index.ts";
import type { EventHubsEmulatorOptions } from "../../dev/event-hubs-emulator/index.ts";
import {
  managedNamespace,
  startResourceManager,
  type ResourceManager,
  type ResourceManagerOptions,
} from "../../dev/hub-management/arm.ts";
import type { Sink } from "../../src/pipeline/ports.ts";
import type { OutgoingEvent } from "../../src/pipeline/records.ts";
import { createEventHubsPerTypeSink, type EventHubsPerTypeSinkOptions } from "../../src/sinks/event-hubs-per-type.ts";
import { createArmDirectory, type ArmDirectoryOptions } from "../../src/sinks/hub-directory-arm.ts";
import { outgoingEvents, type EventsWanted } from "../contracts/outgoing-events.ts";
import { fakeClock } from "./hub-harness.ts";

export interface PerTypeWorld {
  readonly emulator: EventHubsEmulator;
  readonly resourceManager: ResourceManager;
  readonly clock: ReturnType<typeof fakeClock>;
  /** A new process: it knows nothing of what other sinks did. */
  sink(options?: Partial<PerTypeOptions>, arm?: Partial<ArmDirectoryOptions>): Sink;
  close(): Promise<void>;
}

export type PerTypeOptions = Omit<EventHubsPerTypeSinkOptions, "now" | "wait" | "random">;

export async function perTypeWorld(
  emulatorOptions: EventHubsEmulatorOptions = {},
  armOptions: Omit<ResourceManagerOptions, "emulator"> = {},
): Promise<PerTypeWorld> {
  const emulator = await startEventHubsEmulator({ maxMessageBytes: 6_000, ...emulatorOptions });
  const resourceManager = await startResourceManager({ emulator, ...armOptions });
  const clock = fakeClock();
  const sinks: Sink[] = [];
  return {
    emulator,
    resourceManager,
    clock,
    sink(options = {}, arm = {}) {
      const sink = createEventHubsPerTypeSink({
        connection: { connectionString: emulator.connectionString() },
        directory: armDirectory(resourceManager, { ...clock, ...arm }),
        ...clock,
        sendTimeoutMs: 3_000,
        closeTimeoutMs: 1_000,
        ...options,
      });
      sinks.push(sink);
      return sink;
    },
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()));
      await resourceManager.close();
      await emulator.close();
    },
  };
}

export function armDirectory({ url }: Pick<ResourceManager, "url">, options: Partial<ArmDirectoryOptions> = {}) {
  return createArmDirectory({
    ...managedNamespace,
    endpoint: url,
    credential: credentialOf("right"),
    newHub: { partitionCount: 4, retentionDays: 1 },
    ...fakeClock(),
    ...options,
  });
}

export function credentialOf(token: string) {
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
}

/** Events of one record type; their numbers begin at `from`. */
export function eventsOf(recType: string, wanted: EventsWanted): readonly OutgoingEvent[] {
  return outgoingEvents(wanted).map((event) => ({ ...event, properties: { ...event.properties, recType } }));
}

/** Ids of what lies in a hub, in the order of its partitions. */
export function storedIn(emulator: EventHubsEmulator, hub: string): readonly { readonly eventId: string }[] {
  return emulator.events(hub).map(({ messageId }) => ({ eventId: messageId ?? "" }));
}
