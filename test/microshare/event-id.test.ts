import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/microshare/canonical-json.ts";
import { eventIdOf, eventIdOfBytes } from "../../src/microshare/event-id.ts";

const nested = (levels: number, open: string, close: string): unknown =>
  JSON.parse(open.repeat(levels) + "1" + close.repeat(levels));

describe("event ids", () => {
  it("never change: consumers and ledgers keep them", () => {
    expect(eventIdOf("io.microshare.x", "67c6b30700aa00bb00000001", "ABCL15")).toBe("7294250b583da7c809660cc2486abe3b");
    expect(eventIdOfBytes(Buffer.from("{}"))).toBe("44136fa355b3678a1146ad16f7e8649e");
  });

  it("name the record by their first half and its version by the last", () => {
    const one = eventIdOf("t", "key", "1");
    const other = eventIdOf("t", "key", "2");
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(other.slice(0, 16)).toBe(one.slice(0, 16));
    expect(other.slice(16)).not.toBe(one.slice(16));
    expect(eventIdOf("u", "key", "1").slice(0, 16)).not.toBe(one.slice(0, 16));
  });

  it("differ wherever type, key or version differ, even when the fields run together to the same text", () => {
    const field = fc.string({ unit: fc.constantFrom("a", ":", "1", "2", "\u0000"), maxLength: 4 });
    const fields = fc.tuple(field, field, field);
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        fc.pre(one.join("|") !== other.join("|") || one.some((text, index) => text !== other[index]));
        expect(eventIdOf(...one) === eventIdOf(...other)).toBe(one.every((text, index) => text === other[index]));
      }),
    );
  });
});

describe("canonical JSON", () => {
  it("is the same for every order of names and every spacing", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const turned = Object.fromEntries(Object.entries(object).toReversed());
        expect(canonicalJson(turned)).toBe(canonicalJson(object));
        expect(JSON.parse(canonicalJson(object) ?? "")).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });

  it("differs for different values", () => {
    const texts = [
      {},
      [],
      null,
      "null",
      0,
      "0",
      false,
      [[]],
      [null],
      { a: 1 },
      { a: "1" },
      { b: 1 },
      [1, 2],
      [2, 1],
    ].map((value) => canonicalJson(value));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("gives up on nesting that no database stores, without overflowing the stack", () => {
    expect(canonicalJson(nested(499, "[", "]"))).toBeDefined();
    expect(canonicalJson(nested(5000, "[", "]"))).toBeUndefined();
    expect(canonicalJson(nested(5000, '{"a":', "}"))).toBeUndefined();
  });
});
