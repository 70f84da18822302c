import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryDelayMs } from "../src/retry.ts";

const policy = { attempts: 5, baseDelayMs: 1000, maxDelayMs: 10_000 };

describe("retry delays", () => {
  it("double with every try up to the cap", () => {
    const delays = [1, 2, 3, 4, 5, 6].map((attempt) => retryDelayMs(policy, attempt, () => 0.999999999));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it("leave the upper half to chance", () => {
    expect(retryDelayMs(policy, 3, () => 0)).toBe(2000);
    expect(retryDelayMs(policy, 3, () => 0.5)).toBe(3000);
  });

  it("never undercut what the server asked for, not even above the cap", () => {
    expect(retryDelayMs(policy, 1, () => 0.5, 90_000)).toBe(90_000);
    expect(retryDelayMs(policy, 5, () => 0.5, 1)).toBe(7500);
  });

  it("stay within half a step and the cap for every try and chance", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (attempt, chance) => {
          const delay = retryDelayMs(policy, attempt, () => chance);
          expect(delay).toBeGreaterThanOrEqual(500);
          expect(delay).toBeLessThanOrEqual(10_000);
        },
      ),
    );
  });
});
