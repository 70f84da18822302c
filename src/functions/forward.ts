// The timer function: one run over all routes.
import type { InvocationContext, Timer, TimerHandler } from "@azure/functions";
import type { OpenBridge } from "../app.ts";
import type { FunctionHost } from "./register.ts";

/** Registers `forward`. The schedule is what `scheduleOrDefault` gave: a wrong setting must not keep the app from loading. */
export function registerForward(host: Pick<FunctionHost, "timer">, schedule: string, openBridge: OpenBridge): void {
  host.timer("forward", { schedule, handler: forwardHandler(openBridge) });
}

/** The handler itself, for hosts other than the Functions one: it does the same wherever it is called. */
export function forwardHandler(openBridge: OpenBridge): TimerHandler {
  return async (timer: Timer, context: InvocationContext): Promise<void> => {
    const bridge = await openBridge((level, line) => writeTo(context, level, line));
    try {
      const { invocationId: runId, traceContext } = context;
      const traceParent = traceContext?.traceParent;
      const parent = traceParent === undefined ? {} : { traceParent };
      await bridge.run({ runId, pastDue: timer.isPastDue, ...parent });
    } finally {
      await bridge.close();
    }
  };
}

function writeTo(context: InvocationContext, level: "debug" | "info" | "warn" | "error", line: string): void {
  context[level](line);
}
