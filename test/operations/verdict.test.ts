import { describe, expect, it } from "vitest";
import type { RunFactsRow } from "../../src/operations/run-facts.ts";
import { verdictOf, type VerdictFacts } from "../../src/operations/verdict.ts";

const HOUR_MS = 60 * 60 * 1000;
const NOW = Date.UTC(2025, 2, 4, 8, 30);

/** One run an hour, newest first. */
function hourly(count: number, facts: (index: number) => Partial<RunFactsRow>): readonly RunFactsRow[] {
  return Array.from({ length: count }, (_, index) => ({
    at: NOW - HOUR_MS / 2 - index * HOUR_MS,
    outcome: "caught-up",
    delivered: 0,
    alreadyDelivered: 0,
    late: 0,
    watermark: NOW - HOUR_MS - index * HOUR_MS,
    warnings: [],
    ...facts(index),
  }));
}

function judge(runs: readonly RunFactsRow[], more: Partial<VerdictFacts> = {}): string {
  return verdictOf({ now: NOW, runs, hasCheckpoint: true, periodMs: HOUR_MS, timeBudgetMs: HOUR_MS / 12, ...more })
    .kind;
}

const error = { code: "API_UNREACHABLE", message: "no answer", fix: "Check the network." };

describe("the verdict on a route", () => {
  it("is never-ran without progress and without runs", () => {
    expect(judge([], { hasCheckpoint: false })).toBe("never-ran");
  });

  it("is healthy when it is caught up and delivered something within a day", () => {
    expect(judge(hourly(30, (index) => ({ delivered: index === 20 ? 5 : 0 })))).toBe("healthy");
  });

  it("is quiet when it is caught up and nothing was new for a day", () => {
    expect(judge(hourly(40, (index) => ({ delivered: index === 30 ? 5 : 0 })))).toBe("quiet");
  });

  it("is stuck when three runs without an error left the watermark where it was", () => {
    const standing = (count: number, outcome: string): readonly RunFactsRow[] =>
      hourly(10, (index) => (index < count ? { outcome, watermark: NOW - 9 * HOUR_MS } : {}));
    for (const outcome of ["out-of-time", "elsewhere"]) {
      expect(judge(standing(3, outcome))).toBe("stuck");
      expect(judge(standing(2, outcome))).toBe("catching-up");
    }
  });

  it("is catching-up when runs end out of time and the watermark moves", () => {
    expect(judge(hourly(10, () => ({ outcome: "out-of-time" })))).toBe("catching-up");
  });

  it("is quiet, not stuck, when the watermark stands still in runs that are caught up", () => {
    expect(judge(hourly(10, () => ({ watermark: NOW - 9 * HOUR_MS })))).toBe("quiet");
  });

  it("is failing when the last run ended with an error, with the fix of that error and how often", () => {
    const runs = hourly(10, (index) => (index < 4 ? { outcome: "blocked", error } : {}));
    const verdict = verdictOf({ now: NOW, runs, hasCheckpoint: true, periodMs: HOUR_MS, timeBudgetMs: 1 });
    expect(verdict).toEqual({
      kind: "failing",
      because: "the last 4 runs ended with API_UNREACHABLE",
      fix: "Check the network.",
    });
  });

  it("is not failing any more after one good run", () => {
    expect(judge(hourly(10, (index) => (index === 1 ? { outcome: "blocked", error } : { delivered: 1 })))).toBe(
      "healthy",
    );
  });

  it("is not-running when the last run ended two periods and a run's time ago, whatever it ended with", () => {
    const late = 2 * HOUR_MS + HOUR_MS / 12;
    const shifted = (ms: number, facts: Partial<RunFactsRow>): readonly RunFactsRow[] =>
      hourly(5, () => facts).map((run, index) => ({ ...run, at: NOW - ms - index * HOUR_MS }));
    expect(judge(shifted(late + 1, { delivered: 1 }))).toBe("not-running");
    expect(judge(shifted(late + 1, { outcome: "blocked", error }))).toBe("not-running");
    expect(judge(shifted(late, { delivered: 1 }))).toBe("healthy");
  });

  it("is paused, whatever the runs say, with who, why and since when", () => {
    const paused = { by: "Ada", reason: "the hub moves", since: NOW - HOUR_MS };
    const runs = hourly(3, () => ({ outcome: "blocked", error }));
    const verdict = verdictOf({ now: NOW, runs, hasCheckpoint: true, paused, periodMs: HOUR_MS, timeBudgetMs: 1 });
    expect(verdict).toMatchObject({
      kind: "paused",
      because: "paused since 2025-03-04T07:30:00.000Z by Ada: the hub moves",
    });
  });

  it("is not-running when there is progress and no run", () => {
    expect(judge([])).toBe("not-running");
  });
});
