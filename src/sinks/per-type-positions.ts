// Positions of several hubs as those of one, and back: a partition's id names its hub, with the time it was created.
import type { HubPositions } from "../pipeline/ports.ts";

/** A hub that was created anew under its name has other ids, as it has other events. */
export function joinPositions(host: string, hubs: readonly HubPositions[]): HubPositions {
  const all = hubs.flatMap(({ hub, partitions }) =>
    Object.entries(partitions).map(([id, end]): [string, number] => [`${hub}/${id}`, end]),
  );
  return { hub: `event hubs per record type on ${host}`, partitions: Object.fromEntries(all) };
}

/** By name of the hub in lower case. Ids that `joinPositions` has not made are left out. */
export function splitPositions({ partitions }: HubPositions): ReadonlyMap<string, HubPositions> {
  const hubs = new Map<string, { readonly hub: string; readonly partitions: Record<string, number> }>();
  for (const [joined, end] of Object.entries(partitions)) {
    const [, identity = "", name = "", id = ""] = /^((\S+) created \S+)\/([^/]+)$/u.exec(joined) ?? [];
    if (id === "") continue;
    const known = hubs.get(name) ?? { hub: identity, partitions: {} };
    known.partitions[id] = end;
    hubs.set(name, known);
  }
  return hubs;
}
