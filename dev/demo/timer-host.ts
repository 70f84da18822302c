// Calls the timer handler as the Functions host does, and keeps what it logs.
import { InvocationContext, type Timer, type TimerHandler } from "@azure/functions";

export interface Invocation {
  readonly summaries: readonly Readonly<Record<string, unknown>>[];
  readonly lines: readonly string[];
  /** What the host would record as the failure of the run. */
  readonly error?: unknown;
}

/** One tick. Never throws: a failed run is recorded, and the next tick comes as usual. */
export async function fireTimer(handler: TimerHandler, isPastDue = false): Promise<Invocation> {
  const lines: string[] = [];
  const context = new InvocationContext({
    functionName: "forward",
    invocationId: crypto.randomUUID(),
    logHandler: (_level, ...args) => lines.push(args.map(String).join(" ")),
  });
  const none = new Date(0).toISOString();
  const timer: Timer = {
    isPastDue,
    schedule: { adjustForDST: false },
    scheduleStatus: { last: none, next: none, lastUpdated: none },
  };
  try {
    await handler(timer, context);
    return { lines, summaries: summariesIn(lines) };
  } catch (error) {
    return { lines, summaries: summariesIn(lines), error };
  }
}

export function summariesIn(lines: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  return lines
    .filter((line) => line.startsWith("Microshare {"))
    .map((line): Record<string, unknown> => Object(JSON.parse(line.slice("Microshare ".length))));
}
