import { describe, expect, it } from "vitest";
import { closeSlice, firstCheckpoint, raiseWatermark, rememberWindow } from "../../src/pipeline/progress.ts";
import { doneTo, withOwedLookback, type PlannedSlice, type Timing } from "../../src/pipeline/reading-plan.ts";
import { fc } from "../fast-check.ts";
import { DAY, HOUR } from "./route-under-test.ts";

const PARTS = ["north", "south"];
const timing: Timing = {
  startAt: () => 0,
  lookbackMs: 6 * HOUR,
  deepLookbackMs: 3 * DAY,
  settleDelayMs: 0,
  windowMs: HOUR,
};

/** What can happen to a checkpoint in a run, in whatever order, also twice and late. */
const anyStep = fc.record({
  purpose: fc.constantFrom("progress" as const, "lookback" as const),
  part: fc.constantFrom(...PARTS),
  closedTo: fc.option(fc.nat(100), { nil: undefined }),
  settledTo: fc.nat(100),
  windowMs: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
  newRun: fc.boolean(),
});

function slice({
  purpose,
  part,
  closedTo,
}: Pick<PlannedSlice, "purpose" | "part"> & { readonly closedTo?: number | undefined }): PlannedSlice {
  const read = { records: [], unreadable: [], filtered: 0, hidden: 0, pages: 1, bytes: 0 };
  const whole = { purpose, part, window: { from: 0, to: closedTo ?? 0 }, ...read };
  return closedTo === undefined ? whole : { ...whole, closedTo };
}

describe("a checkpoint", () => {
  it("never moves back, never passes what has settled, and owes its lookback until that is read, whatever happens to it", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
        let checkpoint = firstCheckpoint(0, 0);
        let now = 0;
        for (const { newRun, windowMs, settledTo, ...step } of steps) {
          if (newRun) {
            now += HOUR;
            const owing = withOwedLookback(checkpoint, PARTS, timing, now);
            for (const part of PARTS) {
              const before = checkpoint.lookback[part];
              if (before !== undefined) expect(owing.lookback[part]?.from).toBeLessThanOrEqual(before.from);
              if (before !== undefined) expect(owing.lookback[part]?.to).toBeGreaterThanOrEqual(before.to);
            }
            checkpoint = owing;
          }
          const before = checkpoint;
          const after = raiseWatermark(
            rememberWindow(closeSlice(before, slice(step), settledTo), step.part, windowMs),
            PARTS,
          );
          for (const part of PARTS) {
            const moved = doneTo(after, part) - doneTo(before, part);
            expect(moved).toBeGreaterThanOrEqual(0);
            if (moved > 0) {
              expect({ part, purpose: step.purpose }).toEqual({ part: step.part, purpose: "progress" });
              expect(doneTo(after, part)).toBeLessThanOrEqual(Math.min(step.closedTo ?? -1, settledTo));
            }
            const owed = before.lookback[part];
            const left = after.lookback[part];
            if (owed !== undefined && left !== undefined)
              expect(left).toEqual({ from: expect.any(Number), to: owed.to });
            const isPaid =
              step.purpose === "lookback" && part === step.part && (step.closedTo ?? -1) >= (owed?.to ?? 0);
            if (owed !== undefined && left === undefined) expect(isPaid).toBe(true);
          }
          expect(after.watermark).toBeGreaterThanOrEqual(before.watermark);
          expect(after.watermark).toBeLessThanOrEqual(
            Math.max(before.watermark, ...PARTS.map((part) => doneTo(after, part))),
          );
          if (after.watermark > before.watermark) {
            expect(after.watermark).toBe(Math.min(...PARTS.map((part) => doneTo(after, part))));
          }
          checkpoint = after;
        }
      }),
    );
  });
});
