import { describe, expect, it } from "vitest";
import { createPacing } from "../../src/sinks/kafka-pacing.ts";
import { wait } from "../../src/wait.ts";
import { never } from "../contracts/sink.ts";
import { fakeClock } from "./hub-harness.ts";

describe("silence that brokers ask for", () => {
  it("is kept once for all who want to send", async () => {
    const clock = fakeClock();
    const pacing = createPacing(clock, 1_000, never());
    pacing.silence(20);
    pacing.silence(0);
    pacing.silence(5_000);
    await Promise.all([pacing.over(never()), pacing.over(never())]);
    expect(clock.waits).toEqual([20, 1_000]);
  });

  it("ends for a sender whose time is up, and for everybody at the end", async () => {
    const lifetime = new AbortController();
    const pacing = createPacing({ wait }, 60_000, lifetime.signal);
    pacing.silence(60_000);
    const stop = new AbortController();
    const sender = pacing.over(stop.signal);
    stop.abort(new Error("time is up"));
    await expect(sender).rejects.toThrow("time is up");
    lifetime.abort();
    await expect(pacing.over(never())).resolves.toBeUndefined();
  });

  it("never hides a bug of the clock", async () => {
    const broken = { wait: () => Promise.reject(new TypeError("no clock")) };
    const pacing = createPacing(broken, 1_000, never());
    pacing.silence(20);
    await expect(pacing.over(never())).rejects.toThrow("no clock");
  });
});
