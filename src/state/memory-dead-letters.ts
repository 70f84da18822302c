// The bodies of dead letters in memory, for tests and the simulation.
import type { DeadLetterStore } from "../pipeline/ports.ts";
import type { Instant } from "../pipeline/records.ts";
import type { DeadLetterBodies } from "./dead-letter-replay.ts";

export type StoredLetter = Parameters<DeadLetterStore["put"]>[1];

export interface MemoryDeadLetters extends DeadLetterStore, DeadLetterBodies {
  /** In the order they were first put. */
  letters(route: string): readonly StoredLetter[];
}

/**
 * `before` runs before a letter is kept; what it throws is the outcome of the call. Without a clock (`now`) no body is
 * ever old.
 */
export function memoryDeadLetters(
  before?: (route: string, eventId: string) => void | Promise<void>,
  now: () => Instant = () => Infinity,
): MemoryDeadLetters {
  const routes = new Map<string, Map<string, StoredLetter & { readonly putAt: Instant }>>();

  return {
    async put(route, letter) {
      await before?.(route, letter.eventId);
      const letters = routes.get(route) ?? new Map<string, StoredLetter & { readonly putAt: Instant }>();
      routes.set(route, letters);
      if (!letters.has(letter.eventId)) letters.set(letter.eventId, { ...structuredClone(letter), putAt: now() });
    },
    async get(route, eventId) {
      return structuredClone(routes.get(route)?.get(eventId)?.body);
    },
    async remove(route, eventId) {
      routes.get(route)?.delete(eventId);
    },
    async *list(route) {
      yield* Array.from(routes.get(route)?.values() ?? [], ({ eventId, putAt }) => ({ eventId, putAt }));
    },
    letters(route) {
      return Array.from(routes.get(route)?.values() ?? [], ({ putAt: _putAt, ...letter }) => letter);
    },
  };
}
