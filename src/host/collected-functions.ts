// Takes the place of the Functions host while functions register themselves, and keeps them for a host of our own to call.
import type { HttpFunctionOptions, TimerFunctionOptions } from "@azure/functions";
import type { FunctionHost } from "../functions/register.ts";

export interface CollectedFunctions extends FunctionHost {
  readonly timers: ReadonlyMap<string, TimerFunctionOptions>;
  readonly https: ReadonlyMap<string, HttpFunctionOptions>;
}

export function collectFunctions(): CollectedFunctions {
  const timers = new Map<string, TimerFunctionOptions>();
  const https = new Map<string, HttpFunctionOptions>();
  return {
    timers,
    https,
    timer: (name, options) => void timers.set(name, options),
    http: (name, options) => void https.set(name, options),
  };
}
