import { describe, expect, it } from "vitest";
import { simulate } from "./simulate.ts";

const SEEDS = Number(process.env["SIMULATION_SEEDS"] ?? 200);

describe("the whole pipeline in virtual time", () => {
  it(`loses nothing and repeats nothing under ${SEEDS} seeds of faults, kills and rivals`, async () => {
    let kills = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { violations, trace, kills: killed } = await simulate(seed);
      kills += killed;
      expect(violations.slice(0, 5), `seed ${seed}\n${trace.slice(-60).join("\n")}`).toEqual([]);
    }
    expect(kills).toBeGreaterThan(SEEDS / 10);
  }, 120_000);
});
