// Puts the rows and the bodies of dead letters together for replay and retention.
import type { DeadLetterReplayStore } from "../pipeline/dead-letter-ports.ts";
import type { Instant } from "../pipeline/records.ts";

/** The rows, in the state table. */
export interface DeadLetterRows extends Pick<
  DeadLetterReplayStore,
  "listDeadLetters" | "claimDeadLetter" | "releaseDeadLetter"
> {
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
    claimDeadLetter: (...claim) => rows.claimDeadLetter(...claim),
    releaseDeadLetter: (...release) => rows.releaseDeadLetter(...release),
    readDeadLetter: (route, eventId) => bodies.get(route, eventId),
    removeDeadLetter: (route, eventId) => remove(route, [eventId]),

    async expireDeadLetters(route, before) {
      const old = await collect(bodies.list(route), ({ putAt }) => putAt < before);
      // A body is put before its row is noted: without an old one there is no old row, and one call has told so.
      if (old.length === 0) return { removed: 0, more: false };
      const letters = await collect(rows.listDeadLetters(route));
      const known = new Set(letters.map(({ entry }) => entry.eventId));
      const expired = letters.filter(({ entry }) => entry.at < before).map(({ entry }) => entry.eventId);
      const orphans = old.map(({ eventId }) => eventId).filter((eventId) => !known.has(eventId));
      const now = expired.slice(0, mostExpired);
      await remove(route, now);
      const orphansNow = orphans.slice(0, mostExpired - now.length);
      for (const eventId of orphansNow) await bodies.remove(route, eventId);
      const removed = now.length + orphansNow.length;
      return { removed, more: removed < expired.length + orphans.length };
    },
  };
}

/** One call to Blob Storage each: some seconds in all. */
const mostExpiredInOneCall = 200;

async function collect<Item>(
  items: AsyncIterable<Item>,
  wanted: (item: Item) => boolean = () => true,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) if (wanted(item)) all.push(item);
  return all;
}
