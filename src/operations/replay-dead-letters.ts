// Replaying the dead letters of one route, with a report that holds no secret.
import type { Route } from "../pipeline/forward-feed.ts";
import { replayDeadLetters, type ReplayOutcome } from "../pipeline/replay.ts";
import { cleanError } from "../telemetry/clean-error.ts";
import type { OperationDeps } from "./operations.ts";
import type { TimeSignals } from "./within-time.ts";

export async function replayLetters(route: Route, signals: TimeSignals, deps: OperationDeps): Promise<ReplayOutcome> {
  const outcome = await replayDeadLetters(route, { ...deps, ...signals });
  const kept = outcome.kept.map(({ eventId, reason }) => ({ eventId, reason: deps.redact(reason) }));
  const warnings = outcome.warnings.map((warning) => cleanError(warning, deps.redact));
  if (outcome.kind !== "blocked") return { ...outcome, kept, warnings };
  return { ...outcome, kept, warnings, error: cleanError(outcome.error, deps.redact) };
}
