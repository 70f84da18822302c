// Puts the rows and the bodies of dead letters together for replay and retention.
import type { DeadLetterReplayStore, DeadLetterSight } from "../pipeline/dead-letter-ports.ts";
import type { Instant } from "../pipeline/records.ts";

/** The rows, in the state table. */
export interface DeadLetterRows extends Pick<DeadLetterReplayStore, "listDeadLetters" | "claimDeadLetter"> {
  /** What is gone already is as good. */
  removeDeadLetterRows(route: string, eventIds: readonly string[]): Promise<void>;
}

/** The bodies, in the dead-letter container. All three throw `DEAD_LETTER_FAILED`. */
export interface DeadLetterBodies {
  get(route: string, eventId: string): Promise<Uint8Array | undefined>;
  /** What is gone already is as good. */
  remove(route: string, eventId: string): Promise<void>;
  list(route: string): AsyncIterable<{ readonly eventId: string; readonly putAt: Instant }>;
}

/**
 * A row goes before its body, as it came after it: a row never points at nothing. A removal that ends in between leaves a
 * body without a row, which `expireDeadLetters` removes when its time has come.
 */
export function deadLetterReplay(
  rows: DeadLetterRows,
  bodies: DeadLetterBodies,
  mostExpired = mostExpiredInOneCall,
): DeadLetterReplayStore {
  async function remove(route: string, eventIds: readonly string[]): Promise<void> {
    await rows.removeDeadLetterRows(route, eventIds);
    for (const eventId of eventIds) await bodies.remove(route, eventId);
  }

  return {
    listDeadLetters: (route) => rows.listDeadLetters(route),
    claimDeadLetter: (route, seen, claimant) => rows.claimDeadLetter(route, seen, claimant),
    readDeadLetter: (route, eventId) => bodies.get(route, eventId),
    removeDeadLetter: (route, eventId) => remove(route, [eventId]),

    async expireDeadLetters(route, before) {
      const letters = await collect(rows.listDeadLetters(route));
      const old = letters.filter(({ entry }) => entry.at < before);
      const expired = idsOf(old).slice(0, mostExpired);
      await remove(route, expired);
      const known = new Set(idsOf(letters));
      const orphans: string[] = [];
      for await (const { eventId, putAt } of bodies.list(route)) {
        if (putAt < before && !known.has(eventId)) orphans.push(eventId);
        if (expired.length + orphans.length > mostExpired) break;
      }
      const expiredOrphans = orphans.slice(0, mostExpired - expired.length);
      for (const eventId of expiredOrphans) await bodies.remove(route, eventId);
      const more = old.length > expired.length || orphans.length > expiredOrphans.length;
      return { removed: expired.length + expiredOrphans.length, more };
    },
  };
}

/** One call to Blob Storage each: some seconds in all. */
const mostExpiredInOneCall = 200;

function idsOf(letters: readonly DeadLetterSight[]): string[] {
  return letters.map(({ entry }) => entry.eventId);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
