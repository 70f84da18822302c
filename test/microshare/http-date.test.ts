import { describe, expect, it } from "vitest";
import { parseHttpDate, parseRetryAfter } from "../../src/microshare/http-date.ts";

const eight = Date.parse("2025-03-04T08:00:00Z");

describe("an HTTP date", () => {
  it.each([
    ["Tue, 04 Mar 2025 08:00:00 GMT", eight],
    [undefined, undefined],
    ["2025-03-04T08:00:00", undefined],
    ["Tue, 04 Mar 2025 08:00:00", undefined],
    ["never GMT", undefined],
  ])("reads %s as %s", (text, time) => {
    expect(parseHttpDate(text)).toBe(time);
  });
});

describe("a Retry-After header", () => {
  it.each([
    ["7", 7000],
    ["0", 0],
    ["Tue, 04 Mar 2025 08:00:30 GMT", 30_000],
    ["Tue, 04 Mar 2025 07:00:00 GMT", 0],
    [undefined, undefined],
    ["soon", undefined],
    ["-5", undefined],
    ["1e9", undefined],
  ])("asks with %s for %s ms", (text, delayMs) => {
    expect(parseRetryAfter(text, eight)).toBe(delayMs);
  });
});
