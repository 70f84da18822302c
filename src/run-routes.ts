// One run: forwards every route, leaves a summary of each in the log and the run history, then reports what failed.
import { BridgeError } from "./errors.ts";
import { forwardAll, type RunResult, type RunTime } from "./pipeline/forward-all.ts";
import type { Route, RunOutcome } from "./pipeline/forward-feed.ts";
import type { CheckpointStore, DeadLetterStore } from "./pipeline/ports.ts";
import { equationHolds } from "./pipeline/totals.ts";
import { isoText } from "./pipeline/windows.ts";
import type { Log } from "./telemetry/log.ts";
import { summarise, summaryLine, type RunSummary } from "./telemetry/run-summary.ts";

export interface RunDeps {
  readonly store: CheckpointStore;
  readonly deadLetters: DeadLetterStore;
  readonly log: Log;
  readonly time: RunTime;
  readonly sliceMaxBytes: number;
  readonly loadBytes: number;
  now(): number;
}

export interface RunFacts {
  readonly runId: string;
  /** The timer fired late, or the host starts a run again that had died. Nothing differs: the watermark decides. */
  readonly pastDue: boolean;
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
  const result = await forwardAll(routes, deps);
  const context = { ...facts, startedAt, endedAt: deps.now() };
  const summaries = result.outcomes.map((outcome) => summarise(outcome, context));
  for (const [index, outcome] of result.outcomes.entries()) {
    const summary = summaries[index] ?? {};
    tell(outcome, summary, deps.log);
    await remember(outcome, summary, context, deps);
  }
  throwFailures(result);
  const wrong = result.outcomes.find((outcome) => !equationHolds(outcome.totals));
  if (wrong !== undefined)
    throw new Error(`the counts of route ${wrong.route} do not add up: ${JSON.stringify(wrong.totals)}`);
  return summaries;
}

function tell(outcome: RunOutcome, summary: RunSummary, log: Log): void {
  if (outcome.firstRun && outcome.start !== undefined) {
    log.warn(`No state was found for route ${outcome.route}: this is its first run, from ${isoText(outcome.start)}`);
  }
  for (const { code, message, fix } of outcome.warnings) log.warn(`Route ${outcome.route}: ${message}`, { code, fix });
  const line = summaryLine(summary);
  if (outcome.kind === "blocked") log.error(line);
  // A warning passes the level and the sampling that a quiet set-up may have chosen.
  else if (outcome.kind === "out-of-time" || outcome.totals.deadLettered > 0) log.warn(line);
  else log.info(line);
}

/** The history is for people: a run that did its work does not fail because its row could not be written. */
async function remember(
  outcome: RunOutcome,
  summary: RunSummary,
  context: { readonly runId: string; readonly endedAt: number },
  deps: RunDeps,
): Promise<void> {
  try {
    await deps.store.recordRun(outcome.route, { runId: context.runId, at: context.endedAt, summary });
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    deps.log.warn(`The run of route ${outcome.route} is not in the run history: ${error.message}`, { fix: error.fix });
  }
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
