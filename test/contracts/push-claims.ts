// What every store of push claims promises. Each implementation runs this suite.
import { beforeAll, describe, expect, it } from "vitest";
import type { PushClaims } from "../../src/pipeline/push-ports.ts";

/** `now` is a clock that agrees with the store's within a minute. */
export function describePushClaims(
  name: string,
  open: () => Promise<{ readonly claims: PushClaims; readonly now: () => number }>,
): void {
  describe(`${name} as a store of push claims`, () => {
    let claims: PushClaims;
    let now: () => number;
    let routes = 0;
    const newRoute = (): string => `rooms ${(routes += 1)}@hub`;
    const named = (...numbers: readonly number[]): string[] => numbers.map((n) => n.toString(16).padStart(32, "0"));
    const claim = async (route: string, names: readonly string[], owner: string): Promise<readonly string[]> =>
      [...(await claims.claim(route, names, owner)).names].toSorted();
    beforeAll(async () => {
      ({ claims, now } = await open());
    });

    it("gives a record to one owner, and to nobody else after that", async () => {
      const route = newRoute();
      expect(await claim(route, named(1, 2), "one")).toEqual(named(1, 2));
      expect(await claim(route, named(1, 2, 3), "other")).toEqual(named(3));
      expect(await claim(route, named(1, 2, 3), "third")).toEqual([]);
    });

    it("says when a claim was made, and nothing where none was", async () => {
      const route = newRoute();
      const { at } = await claims.claim(route, named(1), "one");
      expect(Math.abs(Number(at) - now())).toBeLessThan(60_000);
      expect((await claims.claim(route, named(1), "other")).at).toBeUndefined();
    });

    it("tells the time by its own clock, which is that of the claims", async () => {
      const route = newRoute();
      const before = await claims.now(route);
      expect(Math.abs(before - now())).toBeLessThan(60_000);
      const { at } = await claims.claim(route, named(1), "one");
      const after = await claims.now(route);
      expect([before, at, after]).toEqual([before, at, after].toSorted((a, b) => Number(a) - Number(b)));
      // The row by which it asks is no claim.
      expect(await claims.expire(route, after + 60_000)).toBe(1);
    });

    it("keeps routes apart", async () => {
      const [one, other] = [newRoute(), newRoute()];
      expect(await claim(one, named(1), "one")).toEqual(named(1));
      expect(await claim(other, named(1), "one")).toEqual(named(1));
    });

    it("takes more names than fit into one transaction, some of which are taken", async () => {
      const route = newRoute();
      const all = named(...Array.from({ length: 130 }, (_, n) => n));
      const taken = all.filter((_, n) => n % 60 === 5);
      await claims.claim(route, taken, "one");
      expect(await claim(route, all, "other")).toEqual(all.filter((id) => !taken.includes(id)));
    });

    it("lets each of many that come at the same moment have what no other one has", async () => {
      const route = newRoute();
      const all = named(...Array.from({ length: 20 }, (_, n) => n));
      const owners = ["one", "two", "three", "four"];
      const got = await Promise.all(
        owners.map((owner, n) => claim(route, [...all.slice(n * 5), ...all.slice(0, n * 5)], owner)),
      );
      expect(got.flat().length).toBe(new Set(got.flat()).size);
    });

    it("lets a record that was given back be claimed again", async () => {
      const route = newRoute();
      await claims.claim(route, named(1, 2), "one");
      await claims.release(route, named(1), "one");
      expect(await claim(route, named(1, 2), "other")).toEqual(named(1));
      // What is gone already is as good.
      await claims.release(route, named(1, 7), "other");
      await claims.release(route, named(1, 7), "other");
      expect(await claim(route, named(1), "third")).toEqual(named(1));
    });

    it("forgets the claims that are old enough, and no others", async () => {
      const route = newRoute();
      await claims.claim(route, named(1, 2, 3), "one");
      expect(await claims.expire(route, now() - 60 * 60_000)).toBe(0);
      expect(await claim(route, named(1, 2, 3), "other")).toEqual([]);
      expect(await claims.expire(route, now() + 60_000)).toBe(3);
      expect(await claims.expire(route, now() + 60_000)).toBe(0);
      expect(await claim(route, named(1, 2, 3), "other")).toEqual(named(1, 2, 3));
    });
  });
}
