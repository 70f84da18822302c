// How a route is, from its run history: rules that tell "quiet but healthy" from stuck, failing and never run.
import type { RunFactsRow } from "./run-facts.ts";

export type VerdictKind =
  /** It has no progress and no run. */
  | "never-ran"
  /** Somebody paused it. */
  | "paused"
  /** No run has ended for longer than two periods of the schedule and one run take: nothing runs it. */
  | "not-running"
  /** The last run ended with an error. */
  | "failing"
  /** Runs end without an error, and the watermark stands still. */
  | "stuck"
  /** The last run had not enough time, and the watermark moves. */
  | "catching-up"
  /** Caught up, and no record was new for a day: everything was asked and nothing was there. */
  | "quiet"
  /** Caught up. */
  | "healthy"
  /** It has progress, and the settings do not name it any more. */
  | "left";

export interface Verdict {
  readonly kind: VerdictKind;
  /** One sentence: what it is judged by. */
  readonly because: string;
  /** What to do; absent where nothing has to be done. */
  readonly fix?: string;
}

export interface VerdictFacts {
  readonly now: number;
  /** Newest first. */
  readonly runs: readonly RunFactsRow[];
  readonly hasCheckpoint: boolean;
  readonly paused?: { readonly by: string; readonly reason: string; readonly since: number };
  /** Longest time between two runs of the schedule. */
  readonly periodMs: number;
  /** Longest time one run may take. */
  readonly timeBudgetMs: number;
}

/** The kinds that need nobody. */
export const GOOD: ReadonlySet<VerdictKind> = new Set<VerdictKind>(["catching-up", "quiet", "healthy", "paused"]);

/** The rules in the order in which they are asked: the first that holds decides. */
export function verdictOf({ now, runs, hasCheckpoint, paused, periodMs, timeBudgetMs }: VerdictFacts): Verdict {
  if (paused !== undefined) {
    const since = new Date(paused.since).toISOString();
    return {
      kind: "paused",
      because: `paused since ${since} by ${paused.by}: ${paused.reason}`,
      fix: "Resume it once the reason is gone: it goes on where it stands.",
    };
  }
  const [newest] = runs;
  if (newest === undefined) return hasCheckpoint ? SAVED_WITHOUT_RUNS : NEVER_RAN;
  if (now - newest.at > 2 * periodMs + timeBudgetMs) return NOT_RUNNING;
  if (newest.outcome === "blocked") return failing(runs);
  if (runs.length >= STUCK_RUNS && standsStill(runs.slice(0, STUCK_RUNS))) return stuck(newest);
  if (newest.outcome === "out-of-time") {
    return { kind: "catching-up", because: "the last run had more to read than time, and the next one goes on" };
  }
  if (newest.outcome === "elsewhere") {
    return { kind: "catching-up", because: "another run was at work on it when the last one came" };
  }
  const day = runs.filter(({ at }) => now - at <= DAY_MS);
  if (day.every(({ delivered }) => delivered === 0)) {
    return {
      kind: "quiet",
      because: `caught up: ${runsText(day.length)} in the last day asked for everything, and nothing was new`,
    };
  }
  return { kind: "healthy", because: "caught up" };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** One run may meet another or a slow hour by chance. */
const STUCK_RUNS = 3;

/** Not caught up, and no further than before. */
function standsStill(runs: readonly RunFactsRow[]): boolean {
  const [first] = runs;
  return runs.every(({ outcome, watermark }) => outcome !== "caught-up" && watermark === first?.watermark);
}

const NEVER_RAN: Verdict = {
  kind: "never-ran",
  because: "there is no saved progress and no run in the history",
  fix: "Start the app and wait for its next run. If it has been running already, it uses other settings: compare STATE_TABLE and the storage account with those of the app.",
};

const SAVED_WITHOUT_RUNS: Verdict = {
  kind: "not-running",
  because: "there is saved progress, and no run in the history",
  fix: "Check that the function app is started and that its function `forward` is not disabled.",
};

const NOT_RUNNING: Verdict = {
  kind: "not-running",
  because: "no run has ended for longer than two periods of POLL_SCHEDULE and the time of one run",
  fix: "Check that the function app is started, that its function `forward` is not disabled, and that it uses this state table. A run that starts again goes on where the route stands.",
};

function failing(runs: readonly RunFactsRow[]): Verdict {
  const good = runs.findIndex(({ outcome }) => outcome !== "blocked");
  const failed = good === -1 ? runs.length : good;
  const { code = "an error", fix = "See the log of the last run." } = runs[0]?.error ?? {};
  return { kind: "failing", because: `the last ${failed === 1 ? "run" : `${failed} runs`} ended with ${code}`, fix };
}

function stuck({ outcome, owner }: RunFactsRow): Verdict {
  if (outcome === "elsewhere") {
    return {
      kind: "stuck",
      because: `the last ${STUCK_RUNS} runs found the route in the hands of another one${owner === undefined ? "" : ` (${owner})`}`,
      fix: "If no other process works on it, its lease ends by itself after LEASE_TERM. If this goes on, look for a second app with the same state table.",
    };
  }
  return {
    kind: "stuck",
    because: `the last ${STUCK_RUNS} runs ended out of time, and the watermark did not move`,
    fix: "Lower the feed's window so that one can be read within a run, or raise TIME_BUDGET and functionTimeout.",
  };
}

function runsText(count: number): string {
  return count === 1 ? "1 run" : `${count} runs`;
}
