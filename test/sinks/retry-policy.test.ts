import { describe, expect, it } from "vitest";
import { sendFailure, type SendFailureKind } from "../../src/sinks/send-failure.ts";
import { pauseBeforeRetry, sinkRetryPolicy } from "../../src/sinks/retry-policy.ts";

function pause(kind: SendFailureKind, tries: number, spentMs = 0, random = 0): number | undefined {
  return pauseBeforeRetry(sendFailure(kind, "Code", ""), tries, spentMs, () => random, sinkRetryPolicy);
}

describe("pauseBeforeRetry", () => {
  it("tries what may pass three times, backing off", () => {
    expect(pause("unreachable", 1)).toBe(500);
    expect(pause("unreachable", 2)).toBe(1_000);
    expect(pause("unreachable", 3)).toBeUndefined();
    expect(pause("unavailable", 2)).toBe(1_000);
  });

  it("tries wrong credentials once more only", () => {
    for (const kind of ["unauthorized", "no-token"] as const) {
      expect(pause(kind, 1)).toBe(500);
      expect(pause(kind, 2)).toBeUndefined();
    }
  });

  it("waits as long as the service asks while it is busy, until the time for that is used up", () => {
    expect(pause("busy", 1)).toBe(10_000);
    expect(pause("busy", 20, 200_000, 0.999)).toBe(12_498);
    expect(pause("busy", 25, 290_000)).toBe(10_000);
    expect(pause("busy", 25, 290_001)).toBeUndefined();
  });

  it.each(["uncertain", "not-found", "refused", "too-large", "bad-event", "cancelled"] as const)(
    "never retries %s",
    (kind) => {
      expect(pause(kind, 1)).toBeUndefined();
    },
  );
});
