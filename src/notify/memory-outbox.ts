// The outbox in memory, for tests: same promises, no storage account.
import { randomUUID } from "node:crypto";
import { outboxLimits, type OutboxEntry, type OutboxStore, type Pace } from "./mail-outbox.ts";
import { queuedEntry, sightOf } from "./outbox-entries.ts";

export interface MemoryOutbox extends OutboxStore {
  readonly entries: readonly OutboxEntry[];
}

export function memoryOutbox(now: () => number, mostOpen = outboxLimits.open): MemoryOutbox {
  const rows = new Map<string, OutboxEntry>();
  let pace: Pace = { sentAt: [], pausedUntil: 0 };
  let writes = 0;
  const newMark = (): string => `mark ${(writes += 1)}`;
  const all = (): OutboxEntry[] => structuredClone([...rows.values()]);

  return {
    get entries() {
      return sightOf(all(), pace).entries;
    },

    async add(mail, id = randomUUID()) {
      if (rows.has(id)) return id;
      const entry = { ...queuedEntry(id, structuredClone(mail), now(), all(), mostOpen), mark: newMark() };
      rows.set(entry.id, entry);
      return entry.id;
    },

    look: async () => sightOf(all(), structuredClone(pace)),

    async change(entry, newPace) {
      if (rows.get(entry.id)?.mark !== entry.mark || pace.mark !== newPace.mark) return undefined;
      const changed = { ...structuredClone(entry), mark: newMark() };
      rows.set(entry.id, changed);
      pace = { ...structuredClone(newPace), mark: newMark() };
      return { entry: structuredClone(changed), pace: structuredClone(pace) };
    },

    async remove(ids) {
      for (const id of ids) rows.delete(id);
    },
  };
}
