// Fires timer functions without the Functions host, by the rules of its timer trigger: never two runs of a timer at once, one run
// for all the ticks that were missed, and again after a crash.
import { InvocationContext, type LogLevel, type Timer, type TimerFunctionOptions } from "@azure/functions";
import { BridgeError } from "../errors.ts";
import type { TimerMemory } from "./timer-memory.ts";

export interface TimersOptions {
  readonly memory: TimerMemory;
  /** The next times after one, in UTC: see `nextRuns`. */
  readonly nextAfter: (schedule: string, time: number) => number | undefined;
  readonly now: () => number;
  /** Resolves after so many milliseconds, or when the signal aborts. Never rejects. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: (level: LogLevel, line: string) => void;
}

export interface Timers {
  /** Fires no more, and resolves once what is under way has ended. */
  stop(): Promise<void>;
}

export function startTimers(functions: ReadonlyMap<string, TimerFunctionOptions>, options: TimersOptions): Timers {
  const stopping = new AbortController();
  const tended = [...functions].map(([name, timer]) => tend(name, timer, options, stopping.signal));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(tended);
    },
  };
}

async function tend(
  name: string,
  { schedule, handler }: TimerFunctionOptions,
  options: TimersOptions,
  stop: AbortSignal,
): Promise<void> {
  const { now, log, memory, nextAfter } = options;
  const started = now();
  const noted = await unlessItFails(() => memory.next(name), log);
  // A time that the schedule does not have was noted under another one: it tells of no missed run.
  const fits = noted !== undefined && nextAfter(schedule, noted - 1) === noted;
  let due = fits ? noted : nextAfter(schedule, started);
  let last = 0;
  if (!fits && due !== undefined) {
    const first = due;
    await unlessItFails(() => memory.keep(name, first), log);
  }
  while (due !== undefined) {
    await until(due, options, stop);
    if (stop.aborted) return;
    const turn = { due, began: now(), hasRun: false };
    const next = nextAfter(schedule, turn.due);
    // Ticks that passed while the last run was under way give one run, this one, however many they are.
    const following = next !== undefined && next <= turn.began ? nextAfter(schedule, turn.began) : next;
    const run = async (): Promise<number | undefined> => {
      turn.hasRun = true;
      await fire(name, handler, timerOf({ last, due: turn.due, isPastDue: turn.due < started }), log);
      return following;
    };
    const ran = await unlessItFails(() => memory.alone(name, turn.due, run), log);
    if (ran === "elsewhere") log("information", `The timer ${name} is in the hands of another process`);
    // A store that cannot say who is at it keeps no run from its work: routes have leases of their own.
    if (ran === undefined && !turn.hasRun) await run();
    last = turn.due;
    due = following;
  }
}

function timerOf({ last, due, isPastDue }: { last: number; due: number; isPastDue: boolean }): Timer {
  const [lastText, next] = [new Date(last).toISOString(), new Date(due).toISOString()];
  const scheduleStatus = { last: lastText, next, lastUpdated: lastText };
  return { isPastDue, schedule: { adjustForDST: false }, scheduleStatus };
}

/** Never throws: the failure of a run is logged, and the next tick comes as usual. */
async function fire(
  name: string,
  handler: TimerFunctionOptions["handler"],
  timer: Timer,
  log: TimersOptions["log"],
): Promise<void> {
  const context = new InvocationContext({
    functionName: name,
    invocationId: crypto.randomUUID(),
    logHandler: (level, ...args) => log(level, args.map(String).join(" ")),
  });
  try {
    await handler(timer, context);
  } catch (error) {
    log("error", `The run of ${name} failed: ${textOf(error)}`);
  }
}

function textOf(error: unknown): string {
  if (error instanceof BridgeError || error instanceof AggregateError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function until(time: number, { now, wait }: TimersOptions, stop: AbortSignal): Promise<void> {
  // A timer of Node holds 24 days at most, and a clock may be set.
  for (let left = time - now(); left > 0 && !stop.aborted; left = time - now())
    await wait(Math.min(left, HOUR_MS), stop);
}

const HOUR_MS = 60 * 60 * 1000;

/** What is noted of timers is a help: without it they fire as they do for the first time. */
async function unlessItFails<Result>(
  work: () => Promise<Result>,
  log: TimersOptions["log"],
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    log("warning", `${error.code}: ${error.message} ${error.fix}`);
    return undefined;
  }
}
