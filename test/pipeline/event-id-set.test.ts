import { createHash } from "node:crypto";
import { fc } from "../fast-check.ts";
import { describe, expect, it } from "vitest";
import { createEventIdSet, packEventIds } from "../../src/pipeline/event-id-set.ts";

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...Array.from({ length: 16 }, (_, digit) => digit.toString(16))), {
      minLength: length,
      maxLength: length,
    })
    .map((digits) => digits.join(""));
const eventId = fc
  .tuple(fc.constantFrom("0".repeat(16), "0".repeat(15) + "1", "f".repeat(16)), hex(16))
  .map((two) => two.join(""));
const anyId = fc.oneof(hex(32), eventId).filter((one) => !/^0+$/.test(one));

const id = (n: number) => createHash("sha256").update(String(n)).digest("hex").slice(0, 32);

describe("the set of event ids", () => {
  it("agrees with a plain set of strings, whatever is added", () => {
    fc.assert(
      fc.property(fc.array(anyId, { maxLength: 400 }), fc.array(anyId, { maxLength: 50 }), (added, others) => {
        const ids = createEventIdSet(1);
        for (const one of added) ids.add(one);
        const model = new Set(added);
        const records = new Set(added.map((one) => one.slice(0, 16)));
        expect(ids.size).toBe(model.size);
        for (const one of [...added, ...others]) {
          const expected = model.has(one) ? "delivered" : records.has(one.slice(0, 16)) ? "new-version" : "new";
          expect(ids.look(one)).toBe(expected);
        }
      }),
    );
  });

  it("reads back what it packed", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyId, { maxLength: 100 }), (added) => {
        const ids = createEventIdSet();
        const packed = packEventIds(added);
        expect(packed.byteLength).toBe(added.length * 16);
        ids.addPacked(packed);
        expect(added.every((one) => ids.look(one) === "delivered")).toBe(true);
      }),
    );
  });

  it("holds a hundred thousand ids", () => {
    const ids = createEventIdSet();
    for (let n = 0; n < 100_000; n += 1) ids.add(id(n));
    expect(ids.size).toBe(100_000);
    expect(ids.look(id(99_999))).toBe("delivered");
    expect(ids.look(id(100_000))).not.toBe("delivered");
  });

  it("refuses what is not an event id", () => {
    const ids = createEventIdSet();
    expect(() => ids.add("short")).toThrow(RangeError);
    expect(() => ids.look("G".repeat(32))).toThrow(RangeError);
    expect(() => ids.addPacked(new Uint8Array(17))).toThrow(RangeError);
  });
});
