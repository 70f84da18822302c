// One route by its name, within the time of a run, and with failures that hold no secret.
import { BridgeError } from "../errors.ts";
import type { RunTime } from "../pipeline/forward-all.ts";
import type { Route } from "../pipeline/forward-feed.ts";
import { cleanError } from "../telemetry/clean-error.ts";
import type { Redact } from "../telemetry/redact.ts";

export interface TimeSignals {
  /** Aborts early enough for what was read to be sent and saved. */
  readonly reading: AbortSignal;
  /** Aborts when the operation must end. */
  readonly sending: AbortSignal;
}

export interface WithinDeps {
  readonly time: RunTime;
  /** For failures, which leave by other ways than the log. */
  readonly redact: Redact;
}

/** Throws `ROUTE_UNKNOWN`, and what the work throws. */
export async function withinTime<Result>(
  routes: readonly Route[],
  name: string,
  { time, redact }: WithinDeps,
  work: (route: Route, signals: TimeSignals) => Promise<Result>,
): Promise<Result> {
  const reading = time.after(time.timeLeftMs() * READING_SHARE);
  const sending = time.after(time.timeLeftMs());
  try {
    return await work(namedRoute(routes, name), { reading: reading.signal, sending: sending.signal });
  } catch (error) {
    throw error instanceof BridgeError ? cleanError(error, redact) : error;
  } finally {
    for (const timer of [reading, sending]) timer.cancel();
  }
}

/** The rest is kept for the last send and for saving. */
const READING_SHARE = 0.85;

function namedRoute(routes: readonly Route[], name: string): Route {
  const route = routes.find((one) => one.name === name);
  if (route !== undefined) return route;
  const known = routes.map((one) => one.name).join(", ");
  throw new BridgeError("ROUTE_UNKNOWN", `There is no route ${JSON.stringify(name)}`, {
    fix: `Name one of these with --route: ${known}.`,
  });
}

/** For work on no one route. Failures leave without secrets. */
export async function limited<Result>(
  { time, redact }: WithinDeps,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = time.after(time.timeLeftMs());
  try {
    return await work(limit.signal);
  } catch (error) {
    throw error instanceof BridgeError ? cleanError(error, redact) : error;
  } finally {
    limit.cancel();
  }
}
