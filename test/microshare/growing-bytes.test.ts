import { describe, expect, it } from "vitest";
import { growingBytes } from "../../src/microshare/growing-bytes.ts";
import { fc } from "../fast-check.ts";

describe("growing bytes", () => {
  it("are what was added, in order and no more, whatever was expected", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }),
        fc.constantFrom(0, 1, 500, 10_000),
        fc.constantFrom(1, 700),
        (chunks, expected, times) => {
          const bytes = growingBytes(expected);
          const all = Array.from({ length: times }, () => chunks).flat();
          for (const chunk of all) bytes.add(chunk);
          const whole = Buffer.concat(all);
          expect(bytes.length).toBe(whole.length);
          const taken = bytes.take();
          expect(taken.equals(whole)).toBe(true);
          expect(taken.buffer.byteLength).toBe(whole.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("take memory for what comes, not for all that is announced", () => {
    expect(() => growingBytes(Number.MAX_SAFE_INTEGER).add(Buffer.from("little"))).not.toThrow();
  });
});
