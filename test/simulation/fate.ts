// What strikes in one simulated life, by name: so that a failure can be told, cut down and met again.
import { createChance, type Chance } from "./chance.ts";

export interface Fate {
  /**
   * Chance for what has this name, the same each time it is met in a life of this seed. It depends on nothing that went
   * before but on how often the name was met: what is left out elsewhere changes nothing here.
   */
  of(name: string): Chance;
  /** Whether this strikes now: with this probability, or exactly when it is among those that a replay is limited to. */
  strikes(name: string, probability: number): boolean;
  /** Names of all that struck, in order; each ends with the number of the time it was met. */
  readonly struck: readonly string[];
}

export function createFate(seed: number, only?: ReadonlySet<string>): Fate {
  const met = new Map<string, number>();
  const struck: string[] = [];
  const next = (name: string): string => {
    const times = (met.get(name) ?? 0) + 1;
    met.set(name, times);
    return `${name} #${times}`;
  };
  return {
    of: (name) => createChance(hashOf(seed, next(name))),
    strikes(name, probability) {
      if (probability === 0) return false;
      const key = next(name);
      const happens = only === undefined ? createChance(hashOf(seed, key)).happens(probability) : only.has(key);
      if (happens) struck.push(key);
      return happens;
    },
    struck,
  };
}

/** FNV-1a. */
function hashOf(seed: number, text: string): number {
  let hash = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}
