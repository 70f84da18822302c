import { describe, expect, it } from "vitest";
import { describeWindow, firstWindow, halves, spanOf } from "../../src/pipeline/windows.ts";
import { fc } from "../fast-check.ts";

const someWindow = fc
  .tuple(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 0, max: 1e8 }))
  .map(([from, length]) => ({ from, to: from + length }));

describe("windows", () => {
  it("cut a span into windows that join without gap or overlap", () => {
    fc.assert(
      fc.property(someWindow, fc.integer({ min: 1e6, max: 1e9 }), (span, windowMs) => {
        let at = span.from;
        for (let window = firstWindow(span, windowMs); window !== undefined;) {
          expect(window.from).toBe(at);
          expect(window.to).toBeGreaterThan(window.from);
          expect(window.to - window.from).toBeLessThanOrEqual(windowMs * 1.5);
          at = window.to;
          window = firstWindow({ from: at, to: span.to }, windowMs);
        }
        expect(at).toBe(span.to);
      }),
    );
  });

  it("read a small remainder along with the window before it", () => {
    expect(firstWindow({ from: 0, to: 3_600_300 }, 3_600_000)).toEqual({ from: 0, to: 3_600_300 });
    expect(firstWindow({ from: 0, to: 7_200_000 }, 3_600_000)).toEqual({ from: 0, to: 3_600_000 });
  });

  it("split into halves that make up the whole, down to one millisecond", () => {
    fc.assert(
      fc.property(someWindow, (window) => {
        const two = halves(window);
        if (window.to - window.from < 2) expect(two).toBeUndefined();
        else {
          expect(two?.[0].from).toBe(window.from);
          expect(two?.[0].to).toBe(two?.[1].from);
          expect(two?.[1].to).toBe(window.to);
        }
      }),
    );
  });

  it("span two windows", () => {
    expect(spanOf({ from: 5, to: 9 }, { from: 2, to: 4 })).toEqual({ from: 2, to: 9 });
  });

  it("read as half-open spans of UTC time", () => {
    expect(describeWindow({ from: 0, to: 1 })).toBe("[1970-01-01T00:00:00.000Z, 1970-01-01T00:00:00.001Z)");
  });
});
