import { describe, expect, it } from "vitest";
import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import type { SendReport } from "../../src/pipeline/ports.ts";
import { mergeReports } from "../../src/sinks/merge-reports.ts";
import { outgoingEvent } from "../contracts/outgoing-events.ts";

const [one, two, three] = [outgoingEvent(1, "a"), outgoingEvent(2, "b"), outgoingEvent(3, "c")];

function report(code: ErrorCode | undefined, more: Partial<SendReport> = {}): SendReport {
  const failure = code === undefined ? {} : { failure: new BridgeError(code, code, { fix: "none" }) };
  return { confirmed: [], refused: [], batches: 1, bytes: 10, ...more, ...failure };
}

describe("one report of several", () => {
  it("adds up what they say", () => {
    const refusal = { event: two, reason: "too large" };
    const merged = mergeReports([
      report(undefined, { confirmed: [one], refused: [refusal] }),
      report(undefined, { confirmed: [three] }),
    ]);
    expect(merged).toEqual({ confirmed: [one, three], refused: [refusal], batches: 2, bytes: 20 });
  });

  it("holds back what one of them holds back, so that it is sent again", () => {
    const merged = mergeReports([report(undefined, { confirmed: [one], heldBack: [two] }), report(undefined)]);
    expect(merged).toMatchObject({ confirmed: [one], heldBack: [two] });
  });

  it("tells the failure that matters most: what may have arrived before what has not, time that is up last", () => {
    const failures = (...codes: readonly ErrorCode[]) => mergeReports(codes.map((code) => report(code))).failure?.code;
    expect(failures("OUT_OF_TIME", "SINK_REFUSED", "SINK_UNCERTAIN")).toBe("SINK_UNCERTAIN");
    expect(failures("OUT_OF_TIME", "SINK_REFUSED", "SINK_THROTTLED")).toBe("SINK_REFUSED");
    expect(failures("OUT_OF_TIME")).toBe("OUT_OF_TIME");
  });

  it("is empty for none", () => {
    expect(mergeReports([])).toEqual({ confirmed: [], refused: [], batches: 0, bytes: 0 });
  });
});
