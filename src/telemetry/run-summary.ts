// The summary of one run of one route: one line for people, alerts and queries.
import type { TimedOutcome } from "../pipeline/forward-all.ts";
import { isoText } from "../pipeline/windows.ts";

/** Stable names: alerts, queries and the run history read them. */
export type RunSummary = Readonly<Record<string, unknown>>;

export interface RunContext {
  readonly runId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly pastDue: boolean;
}

/** Records read, where they went, how far the feed is complete and how old that is. */
export function summarise(outcome: TimedOutcome, context: RunContext): RunSummary {
  const { watermark, start } = outcome;
  return {
    run: context.runId,
    route: outcome.route,
    outcome: outcome.kind,
    ...outcome.totals,
    ...(watermark === undefined
      ? {}
      : { watermark: isoText(watermark), lagSeconds: Math.round((context.endedAt - watermark) / 1000) }),
    ...(outcome.recovered > 0 ? { recovered: outcome.recovered } : {}),
    ...(outcome.pushed === undefined ? {} : { pushed: outcome.pushed }),
    ...(outcome.lateness.maxMs > 0
      ? { lateness: outcome.lateness.counts, latestSeconds: Math.round(outcome.lateness.maxMs / 1000) }
      : {}),
    ...(outcome.gaps > 0 ? { gaps: outcome.gaps } : {}),
    ...(outcome.warnings.length > 0 ? { warnings: outcome.warnings.map(({ code }) => code) } : {}),
    ...(outcome.kind === "elsewhere" ? { owner: outcome.owner } : {}),
    ...(outcome.kind === "paused" ? { paused: { ...outcome.paused, since: isoText(outcome.paused.since) } } : {}),
    ...(outcome.firstRun && start !== undefined ? { firstRun: true, start: isoText(start) } : {}),
    ...(context.pastDue ? { pastDue: true } : {}),
    startedAt: isoText(context.startedAt),
    durationMs: Math.round(outcome.tookMs),
    ...(outcome.kind === "blocked"
      ? { error: { code: outcome.error.code, message: outcome.error.message, fix: outcome.error.fix } }
      : {}),
  };
}

/** The line: `Microshare` and the summary as JSON. */
export function summaryLine(summary: RunSummary): string {
  return `Microshare ${JSON.stringify(summary)}`;
}
