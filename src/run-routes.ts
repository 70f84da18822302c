// One run: forwards every route, leaves a summary of each in the log and the run history, then reports what failed.
import { BridgeError, type ErrorCode } from "./errors.ts";
import { leftRoutes } from "./left-routes.ts";
import { forwardAll, type ForwardAllDeps, type RunResult, type TimedOutcome } from "./pipeline/forward-all.ts";
import type { Route, RunOutcome } from "./pipeline/forward-feed.ts";
import type { RouteIndex } from "./pipeline/ports.ts";
import { equationHolds } from "./pipeline/totals.ts";
import { isoText } from "./pipeline/windows.ts";
import { cleanCause, cleanError } from "./telemetry/clean-error.ts";
import type { Log } from "./telemetry/log.ts";
import type { Redact } from "./telemetry/redact.ts";
import { summarise, summaryLine, type RunSummary } from "./telemetry/run-summary.ts";

/** Of a run that somebody asked for by hand. */
export interface RunPart {
  /** Names of the routes to serve. Default: all. */
  readonly only?: readonly string[];
  /** Told before the run ends, also when it then fails. */
  readonly onSummaries?: (summaries: readonly RunSummary[]) => void;
}

export interface RunDeps extends Omit<ForwardAllDeps, "owner">, RunPart {
  readonly log: Log;
  /** For failures, which leave by other ways than the log too. */
  readonly redact: Redact;
  /** Where routes are kept in mind that are taken out of the settings. */
  readonly routeIndex?: RouteIndex;
  /** Told how each route ended, and when by the clock of the watermarks. */
  readonly onOutcome?: (outcome: TimedOutcome, endedAt: number) => void;
  /** Called once every route had its turn, when the summaries are written. Resolves with what is worth a warning. */
  readonly afterRun?: (result: RunResult, endedAt: number) => Promise<readonly BridgeError[]>;
}

export interface RunFacts {
  readonly runId: string;
  /** The timer fired late, or the host starts a run again that had died. Nothing differs: the watermark decides. */
  readonly pastDue: boolean;
  /** The host's span, as W3C `traceparent`. */
  readonly traceParent?: string;
}

/**
 * Resolves with the summaries when every route is caught up or out of time. Throws once every route had its turn when
 * one is blocked or hit a bug, so that the host records a failed run.
 */
export async function runRoutes(
  routes: readonly Route[],
  facts: RunFacts,
  deps: RunDeps,
): Promise<readonly RunSummary[]> {
  const startedAt = deps.now();
  const served = deps.only === undefined ? routes : routes.filter(({ name }) => deps.only?.includes(name));
  const result = withoutSecrets(await forwardAll(served, { ...deps, owner: facts.runId }), deps.redact);
  const context = { ...facts, startedAt, endedAt: deps.now() };
  for (const outcome of result.outcomes) deps.onOutcome?.(outcome, context.endedAt);
  const summaries = result.outcomes.map((outcome) => summarise(outcome, context));
  deps.onSummaries?.(summaries);
  for (const [index, outcome] of result.outcomes.entries()) tell(outcome, summaries[index] ?? {}, deps.log);
  await remember(result.outcomes, summaries, context, deps);
  await tellOfLeftRoutes(routes, result, deps);
  const after = await deps.afterRun?.(result, context.endedAt);
  for (const { code, message, fix } of after ?? []) deps.log.warn(message, { code, fix });
  throwFailures(result);
  const wrong = result.outcomes.find((outcome) => !equationHolds(outcome.totals));
  if (wrong !== undefined)
    throw new Error(`the counts of route ${wrong.route} do not add up: ${JSON.stringify(wrong.totals)}`);
  return summaries;
}

function withoutSecrets({ outcomes, bugs }: RunResult, redact: Redact): RunResult {
  const clean = (outcome: TimedOutcome): TimedOutcome =>
    outcome.kind === "blocked" ? { ...outcome, error: cleanError(outcome.error, redact) } : outcome;
  // A bug is told whole, but not the secret that it may have tripped over.
  return { outcomes: outcomes.map(clean), bugs: bugs.map((bug) => ({ ...bug, error: cleanCause(bug.error, redact) })) };
}

function tell(outcome: RunOutcome, summary: RunSummary, log: Log): void {
  if (outcome.firstRun && outcome.start !== undefined) {
    log.warn(`No state was found for route ${outcome.route}: this is its first run, from ${isoText(outcome.start)}`);
  }
  for (const { code, message, fix } of outcome.warnings) log.warn(`Route ${outcome.route}: ${message}`, { code, fix });
  if (outcome.kind === "elsewhere") log.info(`Route ${outcome.route} is in the hands of another run: ${outcome.owner}`);
  if (outcome.kind === "paused") {
    const { by, reason, since } = outcome.paused;
    log.info(`Route ${outcome.route} is paused since ${isoText(since)} by ${by}: ${reason}`);
  }
  const line = summaryLine(summary);
  if (outcome.kind === "blocked") log.error(line);
  // A warning passes the level and the sampling that a quiet set-up may have chosen.
  else if (outcome.kind === "out-of-time" || outcome.totals.deadLettered > 0) log.warn(line);
  else log.info(line);
}

/** The history is for people: a run that did its work does not fail because a row of it could not be written. */
async function remember(
  outcomes: readonly TimedOutcome[],
  summaries: readonly RunSummary[],
  context: { readonly runId: string; readonly endedAt: number },
  deps: RunDeps,
): Promise<void> {
  for (const [index, { route, daily }] of outcomes.entries()) {
    try {
      await deps.store.recordRun(route, { runId: context.runId, at: context.endedAt, summary: summaries[index] ?? {} });
      if (daily) await deps.store.pruneRuns(route, context.endedAt);
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      deps.log.warn(`The run of route ${route} is not in the run history: ${error.message}`, { fix: error.fix });
      // What storage did not take for one route it will not take for the others, and each try takes its time.
      return;
    }
  }
}

const STORAGE_IS_CLOSED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["STATE_UNAVAILABLE", "STATE_DENIED"]);

/** Once a run, unless storage has just given no answer, or a refusal: asking again would only take time. */
async function tellOfLeftRoutes(
  routes: readonly Route[],
  { outcomes }: RunResult,
  { routeIndex, log }: RunDeps,
): Promise<void> {
  const isClosed = outcomes.some((outcome) => outcome.kind === "blocked" && STORAGE_IS_CLOSED.has(outcome.error.code));
  if (routeIndex === undefined || isClosed) return;
  const names = routes.map(({ name }) => name);
  for (const { code, message, fix } of await leftRoutes(names, routeIndex)) log.warn(message, { code, fix });
}

function throwFailures({ outcomes, bugs }: RunResult): void {
  const blocked = outcomes.flatMap((outcome) => (outcome.kind === "blocked" ? [outcome] : []));
  const [bug] = bugs;
  if (blocked.length === 0 && bug === undefined) return;
  const lines = [
    ...bugs.map(
      ({ route, error }) => `${route}: unexpected error: ${error instanceof Error ? error.message : String(error)}`,
    ),
    ...blocked.map(({ route, error }) => `${route}: ${error.code}: ${error.message} ${error.fix}`),
  ];
  throw new AggregateError(
    [...bugs.map(({ error }) => error), ...blocked.map(({ error }) => error)],
    `${lines.length} of ${outcomes.length + bugs.length} routes failed. ${lines.join(" | ")}`,
  );
}
