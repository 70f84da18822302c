// Arithmetic on lists of spans, against the plain way: instant by instant.
import { describe, expect, it } from "vitest";
import type { Window } from "../../src/pipeline/records.ts";
import { common, merged, overlap, without } from "../../src/pipeline/spans.ts";
import { fc } from "../fast-check.ts";

const anySpans = fc.array(
  fc.tuple(fc.nat(30), fc.nat(8)).map(([from, length]) => ({ from, to: from + length })),
  { maxLength: 6 },
);

function instants(spans: readonly Window[]): readonly number[] {
  const all = spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
  return [...new Set(all)].toSorted((one, other) => one - other);
}

describe("spans", () => {
  it("hold the same instants when they are merged, in order and apart from each other", () => {
    fc.assert(
      fc.property(anySpans, (spans) => {
        const result = merged(spans);
        expect(instants(result)).toEqual(instants(spans));
        for (const [index, { from, to }] of result.entries()) {
          expect(from).toBeLessThan(to);
          expect(from).toBeGreaterThan(result[index - 1]?.to ?? -1);
        }
      }),
    );
  });

  it("lose exactly what others hold, and share exactly what both hold", () => {
    fc.assert(
      fc.property(anySpans, anySpans, (spans, others) => {
        const taken = new Set(instants(others));
        expect(instants(without(spans, others))).toEqual(instants(spans).filter((one) => !taken.has(one)));
        expect(instants(common(spans, others))).toEqual(instants(spans).filter((one) => taken.has(one)));
      }),
    );
  });

  it("that only touch do not overlap: the end belongs to none of them", () => {
    expect(overlap({ from: 0, to: 5 }, { from: 5, to: 9 })).toBe(false);
    expect(overlap({ from: 0, to: 6 }, { from: 5, to: 9 })).toBe(true);
  });
});
