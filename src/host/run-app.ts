// The whole app as one long-running process, without the Functions host: its timers, and what it serves over HTTP.
import type { LogLevel, TimerFunctionOptions } from "@azure/functions";
import { registerFunctions, type FunctionSwitches, type Openers } from "../functions/register.ts";
import { collectFunctions } from "./collected-functions.ts";
import { startHttpAdapter } from "./http-adapter.ts";
import { noTimerMemory, type TimerMemory } from "./timer-memory.ts";
import { startTimers, type TimersOptions } from "./timers.ts";

/** Takes a line of a function, with its level as the Functions library names it. */
export type HostLog = (level: LogLevel, line: string) => void;

export interface RunAppOptions extends Omit<TimersOptions, "memory"> {
  readonly switches: FunctionSwitches;
  readonly openers: Openers;
  /** Of the timer `forward`. */
  readonly memory: TimerMemory;
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly functionKey?: string;
  /** Of one request. */
  readonly maxBodyBytes?: number;
  readonly log: HostLog;
}

export interface RunningApp {
  /** Of what it serves. */
  readonly url: string;
  /** The names of the functions that it runs. */
  readonly functions: readonly string[];
  /** Takes no new request, fires no timer any more, and resolves once all that was under way has ended. */
  stop(): Promise<void>;
}

/** Throws `SETTINGS_INVALID` when a function needs a key and there is none. */
export async function runApp(options: RunAppOptions): Promise<RunningApp> {
  const functions = collectFunctions();
  registerFunctions(functions, options.switches, options.openers);
  functions.http("live", LIVE);
  const { address, port, functionKey, maxBodyBytes, log } = options;
  const key = functionKey === undefined ? {} : { functionKey };
  const limit = maxBodyBytes === undefined ? {} : { maxBodyBytes };
  const http = await startHttpAdapter(functions.https, { address, port, log, ...key, ...limit });
  // Of other timers no missed run matters: what they would have done they do the next time.
  const timers = [...functions.timers].map(([name, timer]) => {
    const memory = name === "forward" ? options.memory : noTimerMemory();
    return startTimers(new Map<string, TimerFunctionOptions>([[name, timer]]), { ...options, memory });
  });
  return {
    url: http.url,
    functions: [...functions.timers.keys(), ...functions.https.keys()],
    async stop() {
      await Promise.all([http.close(), ...timers.map((timer) => timer.stop())]);
    },
  };
}

/** For the health check of a container: that the process is there and answers, and nothing else. */
const LIVE = {
  methods: ["GET"],
  authLevel: "anonymous",
  handler: async () => ({ jsonBody: { status: "live" } }),
} satisfies Parameters<ReturnType<typeof collectFunctions>["http"]>[1];
