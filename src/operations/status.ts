// Every route as it stands: progress, run history, dead letters, next run, and a verdict.
import type { DeadLetterSight } from "../pipeline/dead-letter-ports.ts";
import type { Route } from "../pipeline/forward-feed.ts";
import { feedOf } from "../pipeline/route-name.ts";
import { isoText } from "../pipeline/windows.ts";
import { nextRuns, runPeriodMs } from "./next-run.ts";
import type { OperationDeps } from "./operations.ts";
import { isRun, runFacts, type RunFactsRow } from "./run-facts.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

export interface StatusReport {
  readonly at: string;
  readonly schedule: string;
  readonly nextRun?: string;
  readonly routes: readonly RouteStatus[];
}

/** Times are ISO 8601 in UTC. */
export interface RouteStatus {
  readonly route: string;
  readonly feed: string;
  readonly verdict: Verdict;
  readonly watermark?: string;
  /** Now minus the watermark. */
  readonly lagSeconds?: number;
  readonly lastRun?: { readonly at: string; readonly outcome: string };
  /** End of the last run that was caught up or ran out of time. Absent when none is among the runs looked at. */
  readonly lastSuccess?: string;
  /** Also when a later run went well. */
  readonly lastError?: { readonly at: string; readonly code: string; readonly message: string; readonly fix: string };
  /** Records delivered in each of the last 24 hours, the oldest first; null where no run ended in that hour. */
  readonly perHour: readonly (number | null)[];
  /** Of the runs of the last day. */
  readonly lastDay: {
    readonly runs: number;
    readonly delivered: number;
    readonly alreadyDelivered: number;
    readonly late: number;
    /** How late the latest record was stored after its own time. */
    readonly latestSeconds?: number;
  };
  readonly deadLetters: number;
  /** Spans given up by hand. */
  readonly gaps: number;
  /** Codes of the warnings of the last run. */
  readonly warnings: readonly string[];
  /** Who holds the route at this moment. */
  readonly runningNow?: string;
}

/** Hears what else is read of a route on the way to its status. */
export interface StatusListener {
  /** Newest first. */
  runs(route: string, runs: readonly RunFactsRow[]): void;
  letter(route: string, letter: DeadLetterSight): void;
}

/**
 * The routes of the settings in their order, then those that have progress and are in the settings no more.
 */
export async function statusOfRoutes(
  routes: readonly Route[],
  deps: OperationDeps,
  listener?: StatusListener,
): Promise<StatusReport> {
  const now = deps.now();
  const [next] = nextRuns(deps.schedule, now, 1);
  const names = routes.map(({ name }) => name);
  const left = (await deps.routeIndex.list()).filter((route) => !names.includes(route));
  const statuses: RouteStatus[] = [];
  for (const route of names) statuses.push(await statusOf(route, now, deps, listener));
  for (const route of left) statuses.push({ ...(await statusOf(route, now, deps, listener)), verdict: LEFT });
  return {
    at: isoText(now),
    schedule: deps.schedule,
    ...(next === undefined ? {} : { nextRun: isoText(next) }),
    routes: statuses,
  };
}

const LEFT: Verdict = {
  kind: "left",
  because: "it has saved progress, and the settings do not name it any more",
  fix: "Name its feed and its sink in the settings again, or delete its row of the partition _routes of the state table.",
};

async function statusOf(
  route: string,
  now: number,
  deps: OperationDeps,
  listener: StatusListener | undefined,
): Promise<RouteStatus> {
  const { sight, letters, schedule, timeBudgetMs } = deps;
  const lease = await sight.look(route);
  const saved = await sight.load(route);
  const runs = (await sight.listRuns(route, MOST_RUNS)).filter(isRun).map(runFacts);
  listener?.runs(route, runs);
  let deadLetters = 0;
  for await (const letter of letters.listDeadLetters(route)) {
    deadLetters += 1;
    listener?.letter(route, letter);
  }
  const periodMs = runPeriodMs(schedule, now);
  const [newest] = runs;
  const success = runs.find(({ outcome }) => outcome === "caught-up" || outcome === "out-of-time");
  const failed = runs.find(({ error }) => error !== undefined);
  const day = runs.filter(({ at }) => now - at <= DAY_MS);
  const watermark = saved?.checkpoint.watermark;
  return {
    route,
    feed: feedOf(route),
    verdict: verdictOf({
      now,
      runs,
      hasCheckpoint: saved !== undefined,
      ...(saved?.checkpoint.paused === undefined ? {} : { paused: saved.checkpoint.paused }),
      periodMs,
      timeBudgetMs,
    }),
    ...(watermark === undefined
      ? {}
      : { watermark: isoText(watermark), lagSeconds: Math.round((now - watermark) / 1000) }),
    ...(newest === undefined ? {} : { lastRun: { at: isoText(newest.at), outcome: newest.outcome } }),
    ...(success === undefined ? {} : { lastSuccess: isoText(success.at) }),
    ...(failed?.error === undefined ? {} : { lastError: { at: isoText(failed.at), ...failed.error } }),
    perHour: perHour(runs, now),
    lastDay: { runs: day.length, ...sums(day) },
    deadLetters,
    gaps: saved?.checkpoint.gaps?.length ?? 0,
    warnings: newest?.warnings ?? [],
    ...(lease.free || lease.owner === undefined ? {} : { runningNow: lease.owner }),
  };
}

/** Some hundred KiB; at the usual schedule more than a week. */
const MOST_RUNS = 300;
const HOUR_MS = 60 * 60 * 1000;
const HOURS = 24;
const DAY_MS = HOURS * HOUR_MS;

function perHour(runs: readonly RunFactsRow[], now: number): readonly (number | null)[] {
  const hours = Array.from({ length: HOURS }, (): number | null => null);
  for (const { at, delivered } of runs) {
    const hour = HOURS - 1 - Math.floor((now - at) / HOUR_MS);
    if (hour >= 0 && hour < HOURS) hours[hour] = (hours[hour] ?? 0) + delivered;
  }
  return hours;
}

function sums(runs: readonly RunFactsRow[]): Omit<RouteStatus["lastDay"], "runs"> {
  const sum = (name: "delivered" | "alreadyDelivered" | "late"): number =>
    runs.reduce((total, run) => total + run[name], 0);
  const latest = runs.flatMap(({ latestSeconds }) => (latestSeconds === undefined ? [] : [latestSeconds]));
  return {
    delivered: sum("delivered"),
    alreadyDelivered: sum("alreadyDelivered"),
    late: sum("late"),
    ...(latest.length === 0 ? {} : { latestSeconds: Math.max(...latest) }),
  };
}
