import { describe, expect, it } from "vitest";
import { gatherLoads, type Load } from "../../src/pipeline/loads.ts";
import type { PlannedSlice } from "../../src/pipeline/reading-plan.ts";
import { fc } from "../fast-check.ts";

function slice(bytes: number, from: number): PlannedSlice {
  const window = { from, to: from + 1 };
  const counts = { filtered: 0, hidden: 0, pages: 1, bytes };
  return { part: "", purpose: "progress", window, closedTo: from + 1, records: [], unreadable: [], ...counts };
}

async function* slicesOf(sizes: readonly number[], failure?: Error, onEnd = (): void => {}) {
  try {
    for (const [index, bytes] of sizes.entries()) yield slice(bytes, index);
    if (failure !== undefined) throw failure;
  } finally {
    onEnd();
  }
}

const someSizes = fc.array(fc.nat({ max: 200 }), { maxLength: 40 });

describe("loads", () => {
  it("hold every slice once, in order, each large enough and none larger than it must be", async () => {
    await fc.assert(
      fc.asyncProperty(someSizes, fc.integer({ min: 1, max: 500 }), async (sizes, bytes) => {
        const gathered: Load[] = [];
        for await (const load of gatherLoads(slicesOf(sizes), bytes)) gathered.push(load);
        expect(gathered.map(({ last }) => last)).toEqual(gathered.map((_, index) => index === gathered.length - 1));
        const loads = gathered.map(({ slices }) => slices);
        expect(loads.flat().map(({ window }) => window.from)).toEqual(sizes.map((_, index) => index));
        for (const [index, load] of loads.entries()) {
          const sum = (part: readonly PlannedSlice[]) => part.reduce((total, one) => total + one.bytes, 0);
          if (index < loads.length - 1) expect(sum(load)).toBeGreaterThanOrEqual(bytes);
          expect(sum(load.slice(0, -1))).toBeLessThan(bytes);
          if (index < loads.length - 1) expect(load.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("hold what was read before reading failed, and then tell the failure", async () => {
    await fc.assert(
      fc.asyncProperty(someSizes, fc.integer({ min: 1, max: 500 }), async (sizes, bytes) => {
        const failure = new Error("reading failed");
        const got: PlannedSlice[] = [];
        const reading = async (): Promise<void> => {
          for await (const load of gatherLoads(slicesOf(sizes, failure), bytes)) got.push(...load.slices);
        };
        await expect(reading()).rejects.toBe(failure);
        expect(got).toHaveLength(sizes.length);
      }),
    );
  });

  it("end the reading when no more of them are wanted", async () => {
    let ended = false;
    for await (const load of gatherLoads(
      slicesOf([10, 10, 10], undefined, () => (ended = true)),
      10,
    )) {
      expect(load.slices).toHaveLength(1);
      break;
    }
    expect(ended).toBe(true);
  });
});
