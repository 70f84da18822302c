import { describe, expect, it } from "vitest";
import { parseStartFrom, startAt } from "../../src/config/start-from.ts";

const at = (text: string) => ({ kind: "valid", startFrom: { kind: "time", at: Date.parse(text) } });

describe("START_FROM", () => {
  it.each([
    ["2026-03-01", "2026-03-01T00:00:00.000Z"],
    ["2026-03-01T08:00Z", "2026-03-01T08:00:00.000Z"],
    ["2026-03-01T08:00:00.5Z", "2026-03-01T08:00:00.500Z"],
    ["2026-03-01T08:00:00+01:00", "2026-03-01T07:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ])("reads %s as a time", (text, time) => {
    expect(parseStartFrom(text)).toEqual(at(time));
  });

  it("keeps a duration unresolved until the first attempt", () => {
    const parsed = parseStartFrom("PT24H");
    expect(parsed).toEqual({ kind: "valid", startFrom: { kind: "duration", ms: 86_400_000 } });
    expect(parsed.kind === "valid" && startAt(parsed.startFrom, 100_000_000)).toBe(13_600_000);
  });

  it("gives a fixed time whenever the first attempt is", () => {
    expect(startAt({ kind: "time", at: 5 }, 100)).toBe(5);
  });

  it.each([
    ["yesterday", "is neither an ISO 8601 time nor an ISO 8601 duration"],
    ["03/01/2026", "is neither an ISO 8601 time nor an ISO 8601 duration"],
    ["2026-03-01T08:00:00", "is a time without a zone"],
    ["2025-02-29", "is a day or time that does not exist"],
    ["2026-13-01", "is a day or time that does not exist"],
    ["2026-03-01T25:00:00Z", "is a day or time that does not exist"],
    ["1969-12-31", "is before 1970"],
    ["P1M", "uses months or years, which have no fixed length (minutes stand after a T: PT5M)"],
  ])("refuses %s with the reason", (text, problem) => {
    expect(parseStartFrom(text)).toEqual({ kind: "invalid", problem });
  });
});
