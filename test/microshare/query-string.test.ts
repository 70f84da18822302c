import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { percentEncode, queryString } from "../../src/microshare/query-string.ts";

describe("a query string", () => {
  it("reads back as what it was made of, for any text", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }))), (pairs) => {
        expect([...new URLSearchParams(queryString(pairs))]).toEqual(pairs);
      }),
    );
  });

  it("holds nothing but unreserved characters, so that no server reads anything into it", () => {
    expect(percentEncode("a b+c!'()*~-._/?#é")).toBe("a%20b%2Bc%21%27%28%29%2A~-._%2F%3F%23%C3%A9");
  });

  it("is empty for no pairs", () => {
    expect(queryString([])).toBe("");
  });
});
