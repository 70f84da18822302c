// What an operator does to one route by hand: replaying its dead letters, skipping a gap.
import { BridgeError } from "./errors.ts";
import type { RunTime } from "./pipeline/forward-all.ts";
import type { Route } from "./pipeline/forward-feed.ts";
import type { Window } from "./pipeline/records.ts";
import { replayDeadLetters, type ReplayDeps, type ReplayOutcome } from "./pipeline/replay.ts";
import { skipGap, type SkipGapOutcome } from "./pipeline/skip-gap.ts";
import { cleanError } from "./telemetry/clean-error.ts";
import type { Redact } from "./telemetry/redact.ts";

export interface Operations {
  /** See `replayDeadLetters` for what it resolves with. Throws `ROUTE_UNKNOWN`. */
  replayDeadLetters(route: string): Promise<ReplayOutcome>;
  /** See `skipGap`. Throws every expected failure. */
  skipGap(route: string, part: string | undefined, window: Window, reason: string): Promise<SkipGapOutcome>;
}

export interface OperationDeps extends Omit<ReplayDeps, "reading" | "sending"> {
  readonly time: RunTime;
  /** For failures and warnings, which leave by other ways than the log. */
  readonly redact: Redact;
}

export function createOperations(routes: readonly Route[], deps: OperationDeps): Operations {
  async function within<Result>(
    name: string,
    work: (route: Route, signals: Pick<ReplayDeps, "reading" | "sending">) => Promise<Result>,
  ): Promise<Result> {
    const reading = deps.time.after(deps.time.timeLeftMs() * READING_SHARE);
    const sending = deps.time.after(deps.time.timeLeftMs());
    try {
      return await work(named(routes, name), { reading: reading.signal, sending: sending.signal });
    } catch (error) {
      throw error instanceof BridgeError ? cleanError(error, deps.redact) : error;
    } finally {
      for (const timer of [reading, sending]) timer.cancel();
    }
  }

  return {
    async replayDeadLetters(name) {
      const outcome = await within(name, (route, signals) => replayDeadLetters(route, { ...deps, ...signals }));
      const kept = outcome.kept.map(({ eventId, reason }) => ({ eventId, reason: deps.redact(reason) }));
      const warnings = outcome.warnings.map((warning) => cleanError(warning, deps.redact));
      if (outcome.kind !== "blocked") return { ...outcome, kept, warnings };
      return { ...outcome, kept, warnings, error: cleanError(outcome.error, deps.redact) };
    },
    skipGap: (name, part, window, reason) =>
      within(name, (route, signals) => skipGap(route, part, window, reason, { ...deps, ...signals })),
  };
}

/** The rest is kept for the last send and for saving. */
const READING_SHARE = 0.85;

function named(routes: readonly Route[], name: string): Route {
  const route = routes.find((one) => one.name === name);
  if (route !== undefined) return route;
  const known = routes.map((one) => one.name).join(", ");
  throw new BridgeError("ROUTE_UNKNOWN", `There is no route ${JSON.stringify(name)}`, {
    fix: `Name one of these with --route: ${known}.`,
  });
}
