// Calls the timer handler as the Functions host does, and keeps what it logs.
import { InvocationContext, type LogLevel, type Timer, type TimerHandler } from "@azure/functions";

export interface Invocation {
  readonly summaries: readonly Readonly<Record<string, unknown>>[];
  readonly lines: readonly string[];
  /** What the host would record as the failure of the run. */
  readonly error?: unknown;
}

/** How the host differs from a plain one. */
export interface Firing {
  /** Of the host's own span. */
  readonly traceParent?: string;
  /** What a log hook sees, in the words of the Functions library. */
  readonly onLine?: (level: LogLevel, line: string) => void;
}

/** One tick. Never throws: a failed run is recorded, and the next tick comes as usual. */
export async function fireTimer(handler: TimerHandler, isPastDue = false, firing: Firing = {}): Promise<Invocation> {
  const lines: string[] = [];
  const { traceParent, onLine } = firing;
  const context = new InvocationContext({
    functionName: "forward",
    invocationId: crypto.randomUUID(),
    ...(traceParent === undefined ? {} : { traceContext: { traceParent } }),
    logHandler(level, ...args) {
      const line = args.map(String).join(" ");
      lines.push(line);
      onLine?.(level, line);
    },
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
