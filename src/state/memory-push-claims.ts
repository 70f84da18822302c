// Claims on pushed records in memory, for tests and the simulation.
import type { PushClaims } from "../pipeline/push-ports.ts";
import type { Instant } from "../pipeline/records.ts";

interface Claim {
  readonly owner: string;
  readonly at: Instant;
}

/** `now` is the clock of the store. */
export function memoryPushClaims(now: () => Instant): PushClaims & { count(route: string): number } {
  const routes = new Map<string, Map<string, Claim>>();
  const claimsOf = (route: string): Map<string, Claim> => {
    const known = routes.get(route) ?? new Map<string, Claim>();
    routes.set(route, known);
    return known;
  };
  return {
    async claim(route, names, owner) {
      const claims = claimsOf(route);
      const at = now();
      const free = names.filter((name) => !claims.has(name));
      for (const name of free) claims.set(name, { owner, at });
      return free.length === 0 ? { names: new Set() } : { names: new Set(free), at };
    },
    async release(route, names, owner) {
      const claims = claimsOf(route);
      for (const name of names) if (claims.get(name)?.owner === owner) claims.delete(name);
    },
    now: async () => now(),
    async expire(route, before) {
      const claims = claimsOf(route);
      const old = [...claims].filter(([, { at }]) => at < before);
      for (const [name] of old) claims.delete(name);
      return old.length;
    },
    count: (route) => claimsOf(route).size,
  };
}
