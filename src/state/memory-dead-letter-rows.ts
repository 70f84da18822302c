// The rows of dead letters in memory, for tests and the simulation.
import type { DeadLetterSight } from "../pipeline/dead-letter-ports.ts";
import type { DeadLetterEntry, Sending } from "../pipeline/ports.ts";

/** As in `DeadLetterRows`, but at once; `note` is what a save does. */
export interface MemoryDeadLetterRows {
  note(route: string, entry: DeadLetterEntry): void;
  /** In the order of event ids. */
  list(route: string): readonly DeadLetterSight[];
  claim(route: string, seen: DeadLetterSight, claimant: string, sending?: Sending): DeadLetterSight | undefined;
  release(route: string, claimed: DeadLetterSight, reason?: string): DeadLetterSight | undefined;
  remove(route: string, eventIds: readonly string[]): void;
}

export function memoryDeadLetterRows(): MemoryDeadLetterRows {
  const routes = new Map<string, Map<string, DeadLetterSight>>();
  let writes = 0;

  function rowsOf(route: string): Map<string, DeadLetterSight> {
    const rows = routes.get(route) ?? new Map<string, DeadLetterSight>();
    routes.set(route, rows);
    return rows;
  }

  function write(route: string, row: Omit<DeadLetterSight, "mark">): DeadLetterSight {
    writes += 1;
    const written = { ...structuredClone(row), mark: `mark ${writes}` };
    rowsOf(route).set(row.entry.eventId, written);
    return structuredClone(written);
  }

  return {
    note(route, entry) {
      const noted = rowsOf(route).get(entry.eventId);
      write(route, noted === undefined ? { entry } : { ...noted, entry });
    },

    list(route) {
      const rows = Array.from(rowsOf(route).values());
      return structuredClone(rows.toSorted((a, b) => (a.entry.eventId < b.entry.eventId ? -1 : 1)));
    },

    claim(route, { entry, mark }, claimant, sending) {
      if (rowsOf(route).get(entry.eventId)?.mark !== mark) return undefined;
      return write(route, { entry, claimedBy: claimant, ...sending });
    },

    release(route, { entry, mark }, reason = entry.reason) {
      if (rowsOf(route).get(entry.eventId)?.mark !== mark) return undefined;
      return write(route, { entry: { ...entry, reason } });
    },

    remove(route, eventIds) {
      for (const eventId of eventIds) rowsOf(route).delete(eventId);
    },
  };
}
