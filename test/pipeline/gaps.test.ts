import { describe, expect, it } from "vitest";
import { firstOutsideGaps } from "../../src/pipeline/gaps.ts";
import { firstCheckpoint } from "../../src/pipeline/progress.ts";
import type { Checkpoint, Gap } from "../../src/pipeline/ports.ts";
import type { Window } from "../../src/pipeline/records.ts";
import { fc } from "../fast-check.ts";

function withGaps(windows: readonly Window[], part = ""): Checkpoint {
  const gaps = windows.map((window): Gap => ({ part, ...window, reason: "test", at: 0 }));
  return { ...firstCheckpoint(0, 0), gaps };
}

const anyWindow = fc.record({ from: fc.nat(20), to: fc.nat(20) });

describe("stepping around gaps", () => {
  it("reads exactly what lies in the span and in no gap, whatever the gaps are", () => {
    fc.assert(
      fc.property(anyWindow, fc.array(anyWindow, { maxLength: 5 }), (span, gaps) => {
        const checkpoint = withGaps(gaps);
        const read = new Set<number>();
        let rest: Window | undefined = span;
        for (let steps = 0; rest !== undefined; steps += 1) {
          expect(steps).toBeLessThan(30);
          const open: Window | undefined = firstOutsideGaps(rest, checkpoint, "");
          for (let at = open?.from ?? 0; open !== undefined && at < open.to; at += 1) read.add(at);
          rest = open && { from: open.to, to: span.to };
        }
        const wanted = Array.from({ length: 20 }, (_, at) => at)
          .filter((at) => at >= span.from && at < span.to)
          .filter((at) => !gaps.some(({ from, to }) => from <= at && at < to));
        expect([...read]).toEqual(wanted);
      }),
    );
  });

  it("minds the gaps of its own part only", () => {
    expect(firstOutsideGaps({ from: 0, to: 9 }, withGaps([{ from: 0, to: 5 }], "North"), "South")).toEqual({
      from: 0,
      to: 9,
    });
    expect(firstOutsideGaps({ from: 0, to: 9 }, withGaps([{ from: 0, to: 5 }], "North"), "North")).toEqual({
      from: 5,
      to: 9,
    });
  });
});
