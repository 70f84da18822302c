import { describe, expect, it } from "vitest";
import { requestRate } from "../../src/http/request-rate.ts";
import { fc } from "../fast-check.ts";

describe("the rate of requests", () => {
  it("lets a minute's requests pass at once, and says when the next may come", () => {
    let now = 0;
    const take = requestRate(6, () => now);
    for (let request = 0; request < 6; request += 1) expect(take()).toEqual({ kind: "taken" });
    expect(take()).toEqual({ kind: "too-many", retryAfterMs: 10_000 });
    now += 9_999;
    expect(take().kind).toBe("too-many");
    now += 1;
    expect(take().kind).toBe("taken");
    expect(take().kind).toBe("too-many");
  });

  it("never takes more than twice a minute's requests in any minute, whatever the pauses", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 200 }),
        (perMinute, pauses) => {
          let now = 0;
          const take = requestRate(perMinute, () => now);
          const taken = pauses.flatMap((pause) => {
            now += pause;
            return take().kind === "taken" ? [now] : [];
          });
          for (const at of taken) {
            expect(taken.filter((other) => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(
              2 * perMinute,
            );
          }
        },
      ),
    );
  });
});
