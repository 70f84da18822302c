import { describe, expect, it } from "vitest";
import { sinkRetryPolicy } from "../../src/sinks/retry-policy.ts";
import { settle, type StepLimits } from "../../src/sinks/settled-steps.ts";
import { never } from "../contracts/sink.ts";
import { fakeClock } from "./hub-harness.ts";

function limits(signal = never(), timeoutMs = 20): StepLimits {
  return { policy: sinkRetryPolicy, timeoutMs, signal };
}

const errorOf = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

const forever = () => new Promise<never>(() => {});

describe("settle", () => {
  it("gives up a step that ignores its signal: unreachable on a link, uncertain on a transfer", async () => {
    const clock = fakeClock();
    expect(await settle("link", forever, limits(), clock)).toMatchObject({ failure: { kind: "unreachable" } });
    expect(clock.waits).toHaveLength(2);
    expect(await settle("transfer", forever, limits(), clock)).toMatchObject({
      failure: { kind: "uncertain", detail: "no answer within 20 ms" },
    });
    expect(clock.waits).toHaveLength(2);
  });

  it("ends a link at once when told to stop, with whatever reason", async () => {
    const stop = new AbortController();
    const opening = settle("link", forever, limits(stop.signal, 10_000), fakeClock());
    stop.abort("no more time");
    expect(await opening).toMatchObject({ failure: { kind: "cancelled" } });
  });

  it("starts nothing once it was told to stop", async () => {
    let started = 0;
    const step = async () => (started += 1);
    expect(await settle("transfer", step, limits(AbortSignal.abort()), fakeClock())).toMatchObject({
      failure: { kind: "cancelled" },
    });
    expect(started).toBe(0);
  });

  it("awaits a transfer although it was told to stop", async () => {
    const stop = new AbortController();
    const answer = Promise.withResolvers<string>();
    const sending = settle("transfer", () => answer.promise, limits(stop.signal, 10_000), fakeClock());
    stop.abort();
    answer.resolve("stored");
    expect(await sending).toEqual({ ok: true, value: "stored" });
  });

  it("says that it was throttled when it is stopped while waiting for that, else that it was stopped", async () => {
    for (const [code, kind] of [
      ["ServerBusyError", "busy"],
      ["ECONNREFUSED", "cancelled"],
    ] as const) {
      const stop = new AbortController();
      const clock = fakeClock();
      clock.onWait = () => stop.abort();
      expect(await settle("transfer", errorOf(code), limits(stop.signal), clock)).toMatchObject({ failure: { kind } });
    }
  });

  it("throws bugs, of the step and of the clock", async () => {
    const bug = new TypeError("bug");
    await expect(settle("link", () => Promise.reject(bug), limits(), fakeClock())).rejects.toBe(bug);
    const clock = { ...fakeClock(), wait: () => Promise.reject(bug) };
    await expect(settle("link", errorOf("ServerBusyError"), limits(), clock)).rejects.toBe(bug);
  });
});
