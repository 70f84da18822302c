import { describe, expect, it } from "vitest";
import { nextRuns, runPeriodMs } from "../../src/operations/next-run.ts";

const NOW = Date.UTC(2025, 2, 4, 8, 30); // a Tuesday
const next = (schedule: string, most = 2): readonly string[] =>
  nextRuns(schedule, NOW, most).map((time) => new Date(time).toISOString().slice(0, 19));

describe("the next run", () => {
  it.each([
    ["0 0 * * * *", ["2025-03-04T09:00:00", "2025-03-04T10:00:00"]],
    ["0 17 */6 * * *", ["2025-03-04T12:17:00", "2025-03-04T18:17:00"]],
    ["*/15 * * * *", ["2025-03-04T08:45:00", "2025-03-04T09:00:00"]],
    ["0 50/3 * * * *", ["2025-03-04T08:50:00", "2025-03-04T08:53:00"]],
    ["0 0 8 * * MON-FRI", ["2025-03-05T08:00:00", "2025-03-06T08:00:00"]],
    // A day that both fields name: the 13th, when it is a Friday.
    ["0 0 8 13 * 5", ["2025-06-13T08:00:00", "2026-02-13T08:00:00"]],
  ])("of %s is when the timer trigger fires, in UTC", (schedule, times) => {
    expect(next(schedule)).toEqual(times);
  });

  it("is late by the longest time between two runs", () => {
    expect(runPeriodMs("0 0 * * * *", NOW)).toBe(60 * 60 * 1000);
    expect(runPeriodMs("0 0 8 * * MON-FRI", NOW)).toBe(3 * 24 * 60 * 60 * 1000);
  });
});
