// The dead-letter store in memory, for tests and the simulation.
import type { DeadLetterStore } from "../pipeline/ports.ts";

export type StoredLetter = Parameters<DeadLetterStore["put"]>[1];

export interface MemoryDeadLetters extends DeadLetterStore {
  /** In the order they were first put. */
  letters(route: string): readonly StoredLetter[];
}

/** `before` runs before a letter is kept; what it throws is the outcome of the call. */
export function memoryDeadLetters(
  before?: (route: string, eventId: string) => void | Promise<void>,
): MemoryDeadLetters {
  const routes = new Map<string, Map<string, StoredLetter>>();
  return {
    async put(route, letter) {
      await before?.(route, letter.eventId);
      const letters = routes.get(route) ?? new Map<string, StoredLetter>();
      routes.set(route, letters);
      if (!letters.has(letter.eventId)) letters.set(letter.eventId, structuredClone(letter));
    },
    letters(route) {
      return Array.from(routes.get(route)?.values() ?? []);
    },
  };
}
