// Says that a namespace takes no more hubs: as an error, or as a warning where a shared hub takes the records.
import { BridgeError } from "../errors.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";

export interface HubLimit {
  /** For a hub that cannot be created, and no other may take its records. */
  error(hub: string): BridgeError;
  /** These go to the shared hub. */
  note(events: readonly OutgoingEvent[]): void;
  /** One for all types that were noted and not yet told. */
  takeWarnings(): readonly BridgeError[];
  /** What was told is told again. */
  forget(): void;
}

export function createHubLimit(host: string, sharedHub: string | undefined): HubLimit {
  const told = new Set<string>();
  const noted = new Set<string>();
  const room =
    "A Basic or Standard namespace takes ten: move the sink to a Premium namespace, delete a hub that nobody needs, or name " +
    "one for several types";

  return {
    error: (hub) =>
      new BridgeError(
        "HUB_LIMIT_REACHED",
        hub === sharedHub
          ? `The shared event hub ${hub} does not exist on ${host}, and its namespace takes no more hubs.`
          : `Event hub ${hub} cannot be created on ${host}: its namespace takes no more hubs.`,
        {
          fix:
            hub === sharedHub ? `${room}, such as one that exists (sharedHub).` : `${room} as sharedHub of the sink.`,
        },
      ),
    note(events) {
      for (const { properties } of events) if (!told.has(properties.recType)) noted.add(properties.recType);
    },
    takeWarnings() {
      if (noted.size === 0) return [];
      const types = [...noted].toSorted().join(", ");
      for (const recType of noted) told.add(recType);
      noted.clear();
      return [
        new BridgeError(
          "HUB_LIMIT_REACHED",
          `The namespace ${host} takes no more hubs: records of ${types} go to the shared event hub ${sharedHub ?? ""}, ` +
            "told apart by their property recType.",
          { fix: `Nothing, if the consumers read the shared hub. Otherwise: ${room}.` },
        ),
      ];
    },
    forget: () => told.clear(),
  };
}
