import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { divided, readPart, writePart, type ViewPart } from "../../src/microshare/view-parts.ts";

const name = fc.oneof(
  fc.string(),
  fc.constantFrom("metric=occupancy", "loc1=a; metric=b", "50 %; %3B %25", "a; b", "=", "; ", "%253B", ""),
);
const part: fc.Arbitrary<ViewPart> = fc.record({ loc1: name, category: name, metric: name }, { requiredKeys: [] });

describe("the text of a part", () => {
  it.each<[ViewPart, string]>([
    [{}, ""],
    [{ loc1: "North Tower" }, "North Tower"],
    [{ loc1: "a; b = 50 %" }, "a; b = 50 %"],
    [{ loc1: "North Tower", metric: "occupancy" }, "loc1=North Tower; metric=occupancy"],
    [{ metric: "co2", category: "space" }, "category=space; metric=co2"],
    [{ loc1: "A; B", metric: "50 %" }, "loc1=A%3B B; metric=50 %25"],
    [{ loc1: "metric=co2" }, "loc1=metric=co2"],
  ])("of %j is %j, a location alone its own name", (given, text) => {
    expect(writePart(given)).toBe(text);
    expect(readPart(text)).toEqual(given);
  });

  it("says exactly what the part is, for every part", () => {
    fc.assert(
      fc.property(part, (given) => {
        expect(readPart(writePart(given))).toEqual(given);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("dividing parts", () => {
  it("gives each part each value, and leaves them where there are none", () => {
    const parts = divided([{ loc1: "a" }, { loc1: "b" }], "metric", ["x", "y"]);
    expect(parts.map(writePart)).toEqual([
      "loc1=a; metric=x",
      "loc1=a; metric=y",
      "loc1=b; metric=x",
      "loc1=b; metric=y",
    ]);
    expect(divided([{ loc1: "a" }], "metric", [])).toEqual([{ loc1: "a" }]);
  });
});
