import { describe, expect, it } from "vitest";
import { parseSchedule, scheduleOrDefault } from "../../src/config/schedule.ts";
import { fc } from "../fast-check.ts";

describe("a schedule", () => {
  it.each([
    "0 0 * * * *",
    "0 * * * *",
    "0 */5 * * * *",
    "0 7,37 * * * *",
    "0 0 6-18 * * 1-5",
    "0 0 6-18/2 * * Mon-Fri",
    "0 5/10 * * * *",
    "0 0 0 1,15 JAN-mar,Dec *",
    "0 0 0 29 February *",
    "0 0 0 31 * Sunday",
  ])("%s is accepted", (text) => {
    expect(parseSchedule(text)).toEqual({ kind: "valid", schedule: text });
  });

  it("is given without surplus spaces", () => {
    expect(parseSchedule("  0  0 *\t* * * ")).toEqual({ kind: "valid", schedule: "0 0 * * * *" });
  });

  it.each([
    ["", "has 0 fields"],
    ["hourly", "has 1 field instead"],
    ["0 0 * * * * *", "has 7 fields"],
    ["01:00:00", "is a time span, which only App Service plans understand"],
    ["%POLL_SCHEDULE%", "names another setting"],
    ["60 0 * * * *", "has a wrong second field: use *, or numbers from 0 to 59, with ranges"],
    ["0 60 * * * *", "has a wrong minute field"],
    ["0 0 24 * * *", "has a wrong hour field"],
    ["0 0 0 0 * *", "has a wrong day field"],
    ["0 0 0 * 13 *", "has a wrong month field: use *, or numbers from 1 to 12 or names such as FEB"],
    ["0 0 0 * * 7", "has a wrong weekday field: use *, or numbers from 0 to 6 or names such as MON"],
    ["0 0 0 * M *", "has a wrong month field"],
    ["0 0 0 * * Mondays", "has a wrong weekday field"],
    ["0 0 22-2 * * *", "has a wrong hour field"],
    ["0 */0 * * * *", "has a wrong minute field"],
    ["0 */90 * * * *", "has a wrong minute field"],
    ["0 1,,2 * * * *", "has a wrong minute field"],
    ["0 -5 * * * *", "has a wrong minute field"],
    ["0 0 0 L * *", "has a wrong day field"],
    ["0 0 0 ? * *", "has a wrong day field"],
    ["0 0 0 * * 1#2", "has a wrong weekday field"],
    ["@hourly", "has 1 field"],
    ["0 0 0 30 2 *", "names a day that its months never have"],
    ["0 0 0 31 4,6,9,11 *", "names a day that its months never have"],
  ])("%j is refused with the reason", (text, problem) => {
    const parsed = parseSchedule(text);
    expect(parsed.kind === "invalid" && parsed.problem).toContain(problem);
  });

  it("is accepted for every field with every number it allows", () => {
    const limits = [59, 59, 23, 28, 12, 6];
    const fields = limits.map((max, index) => fc.integer({ min: index === 3 || index === 4 ? 1 : 0, max }));
    fc.assert(
      fc.property(fc.tuple(...fields), (numbers) => {
        expect(parseSchedule(numbers.join(" ")).kind).toBe("valid");
      }),
    );
  });
});

describe("the schedule to register with", () => {
  it.each([
    [undefined, "0 0 * * * *"],
    ["", "0 0 * * * *"],
    ["every hour", "0 0 * * * *"],
    ["@Microsoft.KeyVault(SecretUri=x)", "0 0 * * * *"],
    [" 0 7 * * * * ", "0 7 * * * *"],
  ])("for %j is %s", (text, schedule) => {
    expect(scheduleOrDefault({ POLL_SCHEDULE: text })).toBe(schedule);
  });
});
