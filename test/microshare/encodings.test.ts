import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantOfId, isObjectId, readId, readInstant, readNumber } from "../../src/microshare/encodings.ts";
import { ms, sampleObjects } from "./feeds.ts";

const instant = fc.integer({ min: ms("1974-01-01T00:00:00Z"), max: ms("2400-01-01T00:00:00Z") });

function usText(time: number): string {
  const date = new Date(time);
  const hour = date.getUTCHours();
  const clock = `${two(hour % 12 === 0 ? 12 : hour % 12)}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const day = `${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}/${date.getUTCFullYear()}`;
  return `${day} ${clock}:${String(date.getUTCMilliseconds()).padStart(3, "0")} ${hour < 12 ? "AM" : "PM"}`;
}

const two = (number: number): string => String(number).padStart(2, "0");

describe("ids", () => {
  it.each([
    ["67c6b30700aa00bb00000001", "67c6b30700aa00bb00000001"],
    [{ $oid: "67c6b30700aa00bb00000001" }, "67c6b30700aa00bb00000001"],
    ["not-hex", "not-hex"],
    ["", undefined],
    ["  ", undefined],
    [{ $oid: 5 }, undefined],
    [{ tags: ["a"] }, undefined],
    [17, undefined],
    [null, undefined],
  ])("reads %j", (value, id) => {
    expect(readId(value)).toBe(id);
  });

  it("knows the second in which an ObjectId was made", () => {
    expect(instantOfId("67c6b30700aa00bb00000001")).toBe(ms("2025-03-04T08:00:07Z"));
    expect(instantOfId("67c6b30700aa00bb0000000")).toBeUndefined();
    expect(instantOfId("0000000000aa00bb00000001")).toBeUndefined();
    expect(instantOfId(undefined)).toBeUndefined();
    expect(isObjectId("67C6B30700AA00BB00000001")).toBe(true);
    expect(isObjectId("North Tower")).toBe(false);
  });
});

describe("dates", () => {
  it.each([
    ["2025-03-04T08:00:07.655Z", "2025-03-04T08:00:07.655Z"],
    ["2025-03-04T15:23:33.78Z", "2025-03-04T15:23:33.780Z"],
    ["2025-03-04T15:23:33Z", "2025-03-04T15:23:33.000Z"],
    ["2025-03-04T15:23Z", "2025-03-04T15:23:00.000Z"],
    ["2025-03-04T15:23:33.7Z", "2025-03-04T15:23:33.700Z"],
    ["2025-03-04T15:23:33.123456789Z", "2025-03-04T15:23:33.123Z"],
    ["2025-03-04T15:23:33.999999Z", "2025-03-04T15:23:33.999Z"],
    ["2025-03-04 15:23:33.5", "2025-03-04T15:23:33.500Z"],
    ["2020-04-03T00:00:00-0400", "2020-04-03T04:00:00.000Z"],
    ["2020-04-03T00:00:00+05:30", "2020-04-02T18:30:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["03/04/2025 08:00:07:655 AM", "2025-03-04T08:00:07.655Z"],
    ["03/04/2025 12:00:00:001 AM", "2025-03-04T00:00:00.001Z"],
    ["03/04/2025 12:30:00:000 PM", "2025-03-04T12:30:00.000Z"],
    ["03/04/2025 11:59:59:999 PM", "2025-03-04T23:59:59.999Z"],
    ["3/4/2025 1:02:03 pm", "2025-03-04T13:02:03.000Z"],
    [1741075207655, "2025-03-04T08:00:07.655Z"],
    [1741075207655.9, "2025-03-04T08:00:07.655Z"],
    [1741075207.655, "2025-03-04T08:00:07.655Z"],
    ["1741075207655", "2025-03-04T08:00:07.655Z"],
    [{ $numberLong: "1741075207655" }, "2025-03-04T08:00:07.655Z"],
    [{ $date: 1741075207655 }, "2025-03-04T08:00:07.655Z"],
    [{ $date: "2025-03-04T08:00:07.655Z" }, "2025-03-04T08:00:07.655Z"],
    [{ $date: { $numberLong: "1741075207655" } }, "2025-03-04T08:00:07.655Z"],
    [{ $numberDouble: "1741075207655.0" }, "2025-03-04T08:00:07.655Z"],
  ])("reads %j", (value, text) => {
    expect(readInstant(value)).toBe(ms(text));
  });

  it.each([
    "2025-02-29T00:00:00Z",
    "2025-13-01T00:00:00Z",
    "2025-00-01T00:00:00Z",
    "2025-01-01T24:00:00Z",
    "2025-01-01T10:60:00Z",
    "2025-01-01T10:00:61Z",
    "1901-01-01T00:00:00Z",
    "2025-01-01",
    "2025-01-01T10:00:00.1234567890Z",
    "03/04/2025 13:00:00:000 AM",
    "03/04/2025 00:00:00:000 AM",
    "13/04/2025 10:00:00:000 AM",
    "202503040800",
    "",
    "yesterday",
    0,
    -1,
    1e300,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    true,
    [],
    {},
    { $date: null },
    { $date: { $date: 1741075207655 } },
    { $numberLong: "abc" },
    { $numberLong: { $numberLong: "1" } },
  ])("does not guess %j", (value) => {
    expect(readInstant(value)).toBeUndefined();
  });

  it("reads back every instant from each of its spellings", () => {
    fc.assert(
      fc.property(instant, (time) => {
        const iso = new Date(time).toISOString();
        const spellings = [
          iso,
          usText(time),
          time,
          `${time}`,
          { $date: time },
          { $date: iso },
          { $numberLong: `${time}` },
        ];
        for (const spelling of spellings.filter((one) => one !== `${time}` || one.length === 13)) {
          expect(readInstant(spelling)).toBe(time);
        }
      }),
    );
  });

  it("gives a whole number or undefined for anything at all", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.double(), fc.string()), (value) => {
        const read = readInstant(value);
        expect(read === undefined || Number.isSafeInteger(read)).toBe(true);
      }),
    );
  });

  it("reads the oldest writing of the platform", () => {
    const [record] = sampleObjects("legacy-encodings-page.json");
    expect(readInstant(record?.["createDate"])).toBe(readInstant(record?.["tstamp"]));
    const [short] = sampleObjects("share-page-nodetails.json");
    expect(readInstant(short?.["tstamp"])).toBe(ms("2025-03-04T08:00:07.655Z"));
  });
});

describe("numbers", () => {
  it.each([
    [5, 5],
    ["5", 5],
    ["2.894", 2.894],
    [{ $numberInt: "7" }, 7],
    [{ $numberLong: 7 }, 7],
    [{ $numberDouble: "-1.5e2" }, -150],
    ["2.658V", undefined],
    ["", undefined],
    [{ $numberLong: "NaN" }, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ["1e999", undefined],
    [null, undefined],
    [{}, undefined],
  ])("reads %j", (value, number) => {
    expect(readNumber(value)).toBe(number);
  });
});
