// Long values come back as they were, however they were spread over properties.
import { describe, expect, it } from "vitest";
import { fc } from "../fast-check.ts";
import { joinBytes, joinText, splitBytes, splitText } from "../../src/state/split-properties.ts";
import { tableLimits } from "../../src/state/table-limits.ts";

describe("splitText", () => {
  it("keeps a short text in one property of its name", () => {
    expect(splitText("parts", "{}")).toEqual({ parts: "{}" });
    expect(splitText("parts", "")).toEqual({ parts: "" });
  });

  it("fills each property before it begins the next", () => {
    const pieces = splitText("parts", "a".repeat(2 * tableLimits.textCharacters + 1));
    expect(Object.entries(pieces).map(([name, piece]) => [name, piece.length])).toEqual([
      ["parts", tableLimits.textCharacters],
      ["parts_2", tableLimits.textCharacters],
      ["parts_3", 1],
    ]);
  });

  it("never cuts a character in two", () => {
    const text = `a${"🏢".repeat(tableLimits.textCharacters)}`;
    const pieces = splitText("parts", text);
    expect(Object.values(pieces).every((piece) => piece.isWellFormed())).toBe(true);
    expect(joinText("parts", pieces)).toBe(text);
  });

  it("gives any text back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(70_000), (text, times) => {
        const long = text.repeat(Math.ceil(times / (text.length + 1)));
        const pieces = splitText("t", long);
        expect(joinText("t", pieces)).toBe(long);
        expect(Object.values(pieces).every(({ length }) => length <= tableLimits.textCharacters)).toBe(true);
      }),
    );
  });

  it("is missing when it is not there or not text", () => {
    expect(joinText("t", {})).toBeUndefined();
    expect(joinText("t", { t: 1 })).toBeUndefined();
    expect(joinText("t", { t: "a", t_2: 1 })).toBeUndefined();
  });
});

describe("splitBytes", () => {
  it("gives any bytes back", () => {
    fc.assert(
      fc.property(fc.nat(200_000), (length) => {
        const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
        const pieces = splitBytes("ids", bytes);
        expect(Buffer.from(joinBytes("ids", pieces) ?? []).equals(bytes)).toBe(true);
        expect(Object.values(pieces).every((piece) => piece.length <= tableLimits.binaryBytes)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("are missing when they are not there or no bytes", () => {
    expect(joinBytes("ids", {})).toBeUndefined();
    expect(joinBytes("ids", { ids: "text" })).toBeUndefined();
  });
});
