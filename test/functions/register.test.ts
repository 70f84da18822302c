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

  it("registers the webhook and its health only when it is switched on, whatever its route is worth", () => {
    const names = (environment: Readonly<Record<string, string>>) => Object.keys(registered(environment).https);
    expect([names({ WEBHOOK: "off" }), names({ WEBHOOK: "yes" }), names({ WEBHOOK_ROUTE: "x" })]).toEqual([[], [], []]);
    const { https } = registered({ WEBHOOK: " On", WEBHOOK_ROUTE: "/hooks/orders" });
    expect(https).toMatchObject({
      webhook: { route: "hooks/orders", methods: ["POST"], authLevel: "function" },
      health: { route: "health", methods: ["GET"], authLevel: "anonymous" },
    });
    for (const WEBHOOK_ROUTE of ["", "health", "../admin", "{id}"]) {
      expect(registered({ WEBHOOK: "on", WEBHOOK_ROUTE }).https["webhook"]).toMatchObject({ route: "webhook" });
    }
  });

  it.each(["on", " ON "])("registers notification and mail where NOTIFY is %j", (NOTIFY) => {
    const { timers, https } = registered({ NOTIFY });
    expect(timers).toMatchObject({ mail: { schedule: "0 * * * * *", useMonitor: false } });
    expect(https).toMatchObject({ notification: { methods: ["POST"], authLevel: "function" } });
  });

  it.each(["off", "", "yes", "on,"])("registers nothing of e-mail where NOTIFY is %j", (NOTIFY) => {
    const { timers, https } = registered({ NOTIFY });
    expect([...Object.keys(timers), ...Object.keys(https)]).toEqual(["forward"]);
  });

  it("opens nothing before the first invocation", () => {
    expect(registered({ WEBHOOK: "on", NOTIFY: "on" }).opened).toEqual([]);
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
    webhook() {
      opened.push("webhook");
      throw new Error("nothing runs here");
    },
    notify() {
      opened.push("notify");
      throw new Error("nothing runs here");
    },
  });
  return { timers, https, opened };
}
