// The hubs of one namespace as its management sees them, created in the Event Hubs emulator.
import type { EventHubsEmulator } from "../event-hubs-emulator/index.ts";

export interface ManagedHubsOptions {
  readonly emulator: Pick<EventHubsEmulator, "hubs" | "createHub">;
  /** As on Basic and Standard: 10. */
  readonly mostHubs?: number;
  /** Called with what makes a new hub answer over AMQP; default at once. The service takes seconds. */
  readonly appear?: (create: () => void) => void;
}

export interface HubProperties {
  readonly partitionCount: number;
  readonly messageRetentionInDays: number;
}

export interface ManagedHubs {
  /** In the spelling they were created in. */
  names(): readonly string[];
  /** `undefined` when there is no such hub. */
  find(name: string): HubProperties | undefined;
  /** False when the namespace is full. */
  create(name: string, properties: HubProperties): boolean;
  /** Resets what a hub has, as a PUT does that did not look first. */
  replace(name: string, properties: HubProperties): void;
}

/** What hubs have that somebody created without saying. */
const usual: HubProperties = { partitionCount: 4, messageRetentionInDays: 7 };

export function createManagedHubs(options: ManagedHubsOptions): ManagedHubs {
  const { emulator, mostHubs = 10, appear = (create) => create() } = options;
  const created = new Map<string, { readonly name: string; properties: HubProperties }>();

  /** The emulator's own tests may have created and deleted hubs meanwhile. */
  function all(): ReadonlyMap<string, { readonly name: string; readonly properties: HubProperties }> {
    const hubs = new Map<string, { readonly name: string; readonly properties: HubProperties }>(pending());
    for (const name of emulator.hubs) {
      hubs.set(name.toLowerCase(), { name, properties: created.get(name.toLowerCase())?.properties ?? usual });
    }
    return hubs;
  }
  const appearing = new Set<string>();
  const pending = () => [...created].filter(([key]) => appearing.has(key));

  return {
    names: () => [...all().values()].map(({ name }) => name),
    find: (name) => all().get(name.toLowerCase())?.properties,
    create(name, properties) {
      if (all().size >= mostHubs) return false;
      const key = name.toLowerCase();
      created.set(key, { name, properties });
      appearing.add(key);
      appear(() => {
        appearing.delete(key);
        emulator.createHub({ name, partitionCount: properties.partitionCount });
      });
      return true;
    },
    replace(name, properties) {
      created.set(name.toLowerCase(), { name, properties });
    },
  };
}
