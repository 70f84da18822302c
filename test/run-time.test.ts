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

  it("leaves ten seconds for what was read, and none for reading, once the process is told to end", () => {
    let now = 1000;
    const stop = new AbortController();
    const time = createRunTime(60_000, () => now, stop.signal);
    const reading = time.after(time.timeLeftMs() * 0.85);
    const sending = time.after(time.timeLeftMs());
    expect(time.timeLeftMs()).toBe(60_000);
    stop.abort();
    expect([reading.signal.aborted, sending.signal.aborted, time.timeLeftMs()]).toEqual([true, false, 10_000]);
    now += 4000;
    expect(time.timeLeftMs()).toBe(6000);
    expect(time.after(3000).signal.aborted).toBe(true);
    sending.cancel();
  });
});
