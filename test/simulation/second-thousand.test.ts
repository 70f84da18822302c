import { describe, expect, it } from "vitest";
import { describeSeeds } from "./seeds.ts";
import { simulate } from "./simulate.ts";

describeSeeds(1001, 1000);

describe("a seed", () => {
  it("replays to the last step", async () => {
    for (const seed of [7, 75, 1234]) {
      const [once, again] = [await simulate(seed), await simulate(seed)];
      expect(again.trace).toEqual(once.trace);
      expect(again.steps).toBe(once.steps);
    }
  });
});
