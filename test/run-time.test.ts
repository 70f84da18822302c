import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { createRunTime } from "../src/run-time.ts";

describe("the time of a run", () => {
  it("counts down by the clock given and stops at nothing", () => {
    let now = 1000;
    const time = createRunTime(500, () => now);
    expect(time.timeLeftMs()).toBe(500);
    now += 200;
    expect(time.timeLeftMs()).toBe(300);
    now += 1000;
    expect(time.timeLeftMs()).toBe(0);
  });

  it("gives signals that abort after so long, unless cancelled", async () => {
    const time = createRunTime(500);
    const cancelled = time.after(1);
    cancelled.cancel();
    const { signal } = time.after(5);
    // The timer itself keeps no process alive; this test does.
    const alive = setInterval(() => undefined, 1000);
    await once(signal, "abort");
    clearInterval(alive);
    expect(signal.aborted).toBe(true);
    expect(cancelled.signal.aborted).toBe(false);
  });
});
