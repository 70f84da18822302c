// Tells the host that the app brings its own log lines to where they belong, and takes them where they pass.
import { app, type LogLevel as HostLevel } from "@azure/functions";
import type { LineTap, WriteLine } from "../app.ts";

/**
 * Packages that patch the Functions library do not reach a bundled one; this is the library's public way to the same. The
 * hook comes first: a host that does not know it (before 4.34) must not be told that it need not take the lines. Returns
 * undefined then, and nothing has changed. Never throws.
 */
export function tapHostLines(lastResort: WriteLine): LineTap | undefined {
  let take: WriteLine = lastResort;
  try {
    app.hook.log(({ category, level, message }) => {
      // The worker's own lines go on to the host as ever.
      if (category === "user") take(LEVELS[level], message);
    });
    app.setup({ capabilities: { WorkerOpenTelemetryEnabled: true } });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    lastResort(
      "warn",
      `The log hook of the Functions host cannot be used, so the host keeps the lines: ${error.message}`,
    );
    return undefined;
  }
  return { connect: (taker) => void (take = taker) };
}

const LEVELS: Readonly<Record<HostLevel, Parameters<WriteLine>[0]>> = {
  trace: "debug",
  debug: "debug",
  information: "info",
  none: "info",
  warning: "warn",
  error: "error",
  critical: "error",
};
