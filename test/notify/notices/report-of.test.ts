import { describe, expect, it } from "vitest";
import { BridgeError } from "../../../src/errors.ts";
import { failureOf, routeReports } from "../../../src/notify/notices/report-of.ts";
import type { TimedOutcome } from "../../../src/pipeline/forward-all.ts";
import { noFacts } from "../../../src/pipeline/tally.ts";

const facts = { ...noFacts("a@hub"), watermark: 7, tookMs: 1 };
const error = new BridgeError("API_TIMEOUT", "no answer", { fix: "wait" });

function reportOf(outcome: TimedOutcome) {
  return routeReports({ outcomes: [outcome], bugs: [] })[0];
}

describe("what a run tells of a route", () => {
  it("is how it ended, with the failure and its fix", () => {
    expect(reportOf({ ...facts, kind: "caught-up" })).toMatchObject({ ending: "caught-up", watermark: 7 });
    expect(reportOf({ ...facts, kind: "blocked", error })).toMatchObject({
      ending: "failed",
      failure: { code: "API_TIMEOUT", message: "no answer", fix: "wait" },
    });
  });

  it("is nothing when its turn did not come, or another run or a person keeps it", () => {
    const paused = { by: "me", reason: "work", since: 1 };
    const outcomes: readonly TimedOutcome[] = [
      { ...facts, kind: "out-of-time" },
      { ...facts, kind: "elsewhere", owner: "run-2" },
      { ...facts, kind: "paused", paused },
    ];
    expect(outcomes.map((outcome) => reportOf(outcome)?.ending)).toEqual(["unknown", "unknown", "unknown"]);
    const read = { ...facts, totals: { ...facts.totals, pages: 1 } };
    expect(reportOf({ ...read, kind: "out-of-time" })?.ending).toBe("out-of-time");
  });

  it("counts as news what was pushed, and what was found in the hub", () => {
    const delivered = { ...facts.totals, read: 2, delivered: 2 };
    expect(reportOf({ ...facts, totals: delivered, pushed: 3, recovered: 4, kind: "caught-up" })?.delivered).toBe(9);
  });

  it("is of a bug its name alone, whatever its text holds", () => {
    const bugs = [{ route: "a@hub", error: new RangeError("record 4711 of room 12") }];
    const [report, ...more] = routeReports({ outcomes: [], bugs });
    expect(more).toEqual([]);
    expect(report).toMatchObject({ ending: "failed", failure: { code: "UNEXPECTED" } });
    expect(JSON.stringify(report)).toContain("RangeError");
    expect(JSON.stringify(report)).not.toContain("4711");
  });

  it("shows nothing of an answer that could not be read", () => {
    const unreadable = new BridgeError("RESPONSE_UNREADABLE", "other text: {person: Jane", { fix: "look" });
    expect(JSON.stringify(failureOf(unreadable))).not.toContain("Jane");
  });
});
