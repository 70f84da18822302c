import type { HttpFunctionOptions, TimerFunctionOptions } from "@azure/functions";
import { describe, expect, it } from "vitest";
import { loadSwitches } from "../../src/config/switches.ts";
import { registerFunctions, type FunctionHost } from "../../src/functions/register.ts";

describe("registering the functions", () => {
  it("registers forward alone when nothing else is switched on", () => {
    const { timers, https } = registered({ POLL_SCHEDULE: "0 7 * * * *" });
    expect(timers).toMatchObject({ forward: { schedule: "0 7 * * * *" } });
    expect(https).toEqual({});
  });

  it("opens nothing before the first invocation", () => {
    expect(registered({}).opened).toEqual([]);
  });
});

function registered(environment: Readonly<Record<string, string>>) {
  const timers: Record<string, TimerFunctionOptions> = {};
  const https: Record<string, HttpFunctionOptions> = {};
  const opened: string[] = [];
  const host: FunctionHost = {
    timer: (name, options) => void (timers[name] = options),
    http: (name, options) => void (https[name] = options),
  };
  registerFunctions(host, loadSwitches(environment), {
    bridge() {
      opened.push("bridge");
      throw new Error("nothing runs here");
    },
  });
  return { timers, https, opened };
}
