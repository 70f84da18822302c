import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, documentElements, elementSlices, memberSlice, type Slice } from "../../src/microshare/json-slices.ts";

const anyJson = fc.jsonValue({ maxDepth: 6 });
const trickyText = fc.string({
  unit: fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "é", "\u{1F600}", "\n", "a"),
});
const value = fc.oneof(anyJson, trickyText, fc.dictionary(trickyText, trickyText), fc.array(trickyText));
const indent = fc.constantFrom(undefined, 1, "\t");

function parseSlice(bytes: Buffer, slice: Slice): unknown {
  return JSON.parse(Buffer.from(bytesOf(bytes, slice)).toString("utf8"));
}

describe("json slices", () => {
  it("finds for each element exactly the bytes that parse to it", () => {
    fc.assert(
      fc.property(fc.array(value), fc.dictionary(trickyText, value), indent, (objs, others, space) => {
        const document = { ...others, objs, after: others };
        const bytes = Buffer.from(JSON.stringify(document, null, space));
        const parsed = JSON.parse(bytes.toString("utf8")) as { objs: unknown[] };
        const found = documentElements(bytes, "objs");
        expect(found?.elements.map((slice) => parseSlice(bytes, slice))).toStrictEqual(parsed.objs);
        expect(found === undefined ? undefined : parseSlice(bytes, found.slice)).toStrictEqual(parsed.objs);
      }),
    );
  });

  it("finds members inside an element, and the elements inside them", () => {
    fc.assert(
      fc.property(fc.dictionary(trickyText, value), fc.array(value), indent, (others, line, space) => {
        const element = { ...others, data: { _id: { tags: [others] }, ...others, line } };
        const bytes = Buffer.from(JSON.stringify({ objs: [1, element] }, null, space));
        const slice = documentElements(bytes, "objs")?.elements[1] ?? { start: 0, end: 0 };
        const data = memberSlice(bytes, slice, "data") ?? slice;
        const entries = elementSlices(bytes, memberSlice(bytes, data, "line") ?? data);
        const parsed = JSON.parse(bytes.toString("utf8")) as { objs: [number, { data: { line: unknown[] } }] };
        expect(parseSlice(bytes, data)).toStrictEqual(parsed.objs[1].data);
        expect(entries.map((entry) => parseSlice(bytes, entry))).toStrictEqual(parsed.objs[1].data.line);
      }),
    );
  });

  it("leaves out white space around a value, and nothing else", () => {
    const bytes = Buffer.from(' { "objs" : [\n\t{ "a" : 1 } , "x" ,\r\n 12.50e+3 , null ] } ');
    const texts = documentElements(bytes, "objs")?.elements.map((slice) =>
      Buffer.from(bytesOf(bytes, slice)).toString(),
    );
    expect(texts).toEqual(['{ "a" : 1 }', '"x"', "12.50e+3", "null"]);
  });

  it("takes the last of two members of one name, as JSON.parse does", () => {
    const bytes = Buffer.from('{"objs":[1],"objs":[2,3]}');
    expect(documentElements(bytes, "objs")?.elements.map((slice) => parseSlice(bytes, slice))).toEqual([2, 3]);
  });

  it("takes no array for one that a later member of the same name replaced", () => {
    expect(documentElements(Buffer.from('{"objs":[1],"objs":5}'), "objs")).toBeUndefined();
  });

  it("compares names by their meaning: escaped or beyond ASCII", () => {
    const bytes = Buffer.from('{"ob\\u006as":[1],"obj":[2],"objsx":[3],"öbjs":[4]}');
    expect(documentElements(bytes, "objs")?.elements.map((slice) => parseSlice(bytes, slice))).toEqual([1]);
    expect(documentElements(bytes, "öbjs")?.elements.map((slice) => parseSlice(bytes, slice))).toEqual([4]);
  });

  it("reads past a byte order mark", () => {
    expect(documentElements(Buffer.from('\uFEFF{"objs":[1]}'), "objs")?.elements).toHaveLength(1);
  });

  it("finds nothing in a document that is no object, and no elements in what is no array", () => {
    expect(documentElements(Buffer.from("[1]"), "objs")).toBeUndefined();
    const bytes = Buffer.from('{"a":{"b":1}}');
    expect(elementSlices(bytes, { start: 5, end: 12 })).toEqual([]);
    expect(memberSlice(bytes, { start: 10, end: 11 }, "b")).toBeUndefined();
  });

  it.each(['{"objs":[{"a":1', '{"objs":["a', '{"objs" [1]}', '{"objs":[1,', '{"objs":}', '{"ob'])(
    "throws a SyntaxError for a value without an end: %s",
    (text) => {
      expect(() => documentElements(Buffer.from(text), "objs")).toThrow(SyntaxError);
    },
  );

  it("never runs on for ever or reads beyond the end, however the text is broken", () => {
    fc.assert(
      fc.property(fc.array(value), fc.nat(), fc.string(), (objs, cut, noise) => {
        const text = JSON.stringify({ objs });
        const at = cut % text.length;
        const bytes = Buffer.from(text.slice(0, at) + noise + text.slice(at + 1));
        try {
          for (const { start, end } of documentElements(bytes, "objs")?.elements ?? []) {
            expect(start).toBeLessThan(end);
            expect(end).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
    );
  });
});
