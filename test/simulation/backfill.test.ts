// Backfills beside live runs, in virtual time: each event id once, whoever is killed.
import { describe, expect, it } from "vitest";
import { simulateBackfills } from "./backfill-life.ts";

const SEEDS = 100;

describe(`backfills beside live runs in virtual time, seeds 1 to ${SEEDS}`, () => {
  it("deliver each event once over both, killed and resumed, overlapping, several after each other", async () => {
    const endings = new Map<string, number>();
    let kills = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const life = await simulateBackfills(seed);
      kills += life.kills;
      for (const [ending, times] of life.endings) endings.set(ending, (endings.get(ending) ?? 0) + times);
      if (life.violations.length === 0) continue;
      throw new Error(`seed ${seed}:\n${[...life.trace.slice(-60), ...life.violations.slice(0, 5)].join("\n")}`);
    }
    expect(kills).toBeGreaterThan(SEEDS / 2);
    const mustHappen = ["done", "elsewhere", "BACKFILL_REFUSED", "STATE_UNAVAILABLE"];
    expect(mustHappen.filter((ending) => (endings.get(ending) ?? 0) < SEEDS / 50)).toEqual([]);
  }, 120_000);
});
