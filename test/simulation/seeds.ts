// A range of seeds as one test; the ranges lie in files of their own, so that they share the machine's cores.
import { describe, expect, it } from "vitest";
import { minimise } from "./minimise.ts";
import { simulate } from "./simulate.ts";

/** Endings that the range must have met: a simulation whose faults never strike proves nothing. */
const MUST_HAPPEN = [
  "caught-up",
  "elsewhere",
  "recovered",
  "STATE_UNAVAILABLE",
  "CLOCK_SKEW",
  "API_TIMEOUT",
  "SINK_UNCERTAIN",
  "pushed",
  "push repeated",
  "push left to polling",
  "pushed events read back",
];

export function describeSeeds(first: number, count: number): void {
  describe(`the whole pipeline in virtual time, seeds ${first} to ${first + count - 1}`, () => {
    it("loses nothing and repeats nothing, whatever fails, dies, stands still or runs beside it", async () => {
      const endings = new Map<string, number>();
      let kills = 0;
      for (let seed = first; seed < first + count; seed += 1) {
        const { violations, kills: killed, counts } = await simulate(seed);
        kills += killed;
        for (const [ending, times] of counts) endings.set(ending, (endings.get(ending) ?? 0) + times);
        if (violations.length === 0) continue;
        const { only, simulated } = await minimise(seed, {}, 300);
        const told = [...simulated.trace.slice(-60), ...violations.slice(0, 5)].join("\n");
        throw new Error(`seed ${seed}:\n${told}\nnpm run simulate -- --seed ${seed} --only "${only.join("; ")}"`);
      }
      expect(kills).toBeGreaterThan(count / 2);
      expect(MUST_HAPPEN.filter((ending) => (endings.get(ending) ?? 0) < count / 200)).toEqual([]);
      // Under half a minute on two free cores; a machine that does other things as well is not to fail it.
    }, 300_000);
  });
}
