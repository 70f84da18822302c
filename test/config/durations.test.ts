import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../src/config/durations.ts";
import { fc } from "../fast-check.ts";

const HOUR_MS = 3_600_000;

describe("a duration", () => {
  it.each([
    ["PT6H", 6 * HOUR_MS],
    ["P3D", 72 * HOUR_MS],
    ["P1W", 168 * HOUR_MS],
    ["P1W1DT1H1M1S", 193 * HOUR_MS + 61_000],
    ["PT90S", 90_000],
    ["PT0S", 0],
  ])("%s is %i ms", (text, ms) => {
    expect(parseDuration(text)).toEqual({ kind: "valid", ms });
  });

  it.each([
    ["", "is not an ISO 8601 duration"],
    ["P", "is not an ISO 8601 duration"],
    ["PT", "is not an ISO 8601 duration"],
    ["P1DT", "is not an ISO 8601 duration"],
    ["-PT1H", "is not an ISO 8601 duration"],
    ["pt1h", "is not an ISO 8601 duration"],
    ["1 hour", "is not an ISO 8601 duration"],
    ["PT1H ", "is not an ISO 8601 duration"],
    ["PT1M1H", "is not an ISO 8601 duration"],
    ["P5M", "uses months or years, which have no fixed length (minutes stand after a T: PT5M)"],
    ["P1Y", "uses months or years, which have no fixed length (minutes stand after a T: PT5M)"],
    ["PT0.5H", "has a fraction, and only whole numbers are read"],
    ["P6H", "lacks the T that stands before hours, minutes and seconds (PT6H)"],
    ["60", "is a number without a unit"],
  ])("%j is refused with the reason", (text, problem) => {
    expect(parseDuration(text)).toEqual({ kind: "invalid", problem });
  });

  it("is written so that it reads as the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 * 24 * 3600 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toEqual({ kind: "valid", ms: seconds * 1000 });
      }),
    );
  });

  it("is written in its shortest form", () => {
    expect([0, 90_000, HOUR_MS, 25 * HOUR_MS, 72 * HOUR_MS].map(formatDuration)).toEqual([
      "PT0S",
      "PT1M30S",
      "PT1H",
      "P1DT1H",
      "P3D",
    ]);
  });
});
