// What one run of one route has to tell in the end, collected on the way.
import { BridgeError } from "../errors.ts";
import { addLateness, mergeLateness, nearsLookback, NO_LATENESS, type Lateness } from "./lateness.ts";
import type { Checkpoint } from "./ports.ts";
import type { FeedRecord, Instant } from "./records.ts";
import { addTotals, noTotals, type Totals } from "./totals.ts";

export interface RunFacts {
  readonly route: string;
  readonly totals: Totals;
  /** Of what was delivered for the first time. */
  readonly lateness: Lateness;
  /** Events that a run before this one had sent without recording it, found by reading back. */
  readonly recovered: number;
  /** Events that were pushed since the run before this one, found the same way. */
  readonly pushed?: number;
  /** No state was found: the feed begins at `start`. */
  readonly firstRun: boolean;
  /** It owes the deep lookback, and with it the housekeeping that is done once a day, however many processes share the route. */
  readonly daily: boolean;
  /** Absent, like the watermark, when the state could not be read. */
  readonly start?: Instant;
  readonly watermark?: Instant;
  /** Spans that were skipped by an operator and are still on record. */
  readonly gaps: number;
  /** What went wrong without harm to the run, or is about to. */
  readonly warnings: readonly BridgeError[];
}

export interface Tally {
  readonly totals: Totals;
  readonly warnings: BridgeError[];
  add(totals: Partial<Totals>, delivered: readonly FeedRecord[]): void;
  noteFirstRun(): void;
  noteDaily(daily: boolean): void;
  noteRecovered(events: number): void;
  notePushed(events: number): void;
  noteCheckpoint(checkpoint: Checkpoint): void;
  facts(): RunFacts;
}

export function openTally(route: string, feed: string, lookbackMs: number): Tally {
  let totals = noTotals();
  let lateness = NO_LATENESS;
  let recovered = 0;
  let pushed = 0;
  let firstRun = false;
  let daily = false;
  let checkpoint: Checkpoint | undefined;
  const warnings: BridgeError[] = [];
  return {
    get totals() {
      return totals;
    },
    warnings,
    add(more, delivered) {
      totals = addTotals(totals, more);
      lateness = addLateness(lateness, delivered);
    },
    noteFirstRun() {
      firstRun = true;
    },
    noteDaily(isDaily) {
      daily = isDaily;
    },
    noteRecovered(events) {
      recovered += events;
    },
    notePushed(events) {
      pushed += events;
    },
    noteCheckpoint(saved) {
      checkpoint = saved;
    },
    facts() {
      const late = nearsLookback(lateness, lookbackMs) ? [latenessWarning(feed, lateness, lookbackMs)] : [];
      const known = checkpoint === undefined ? {} : { start: checkpoint.start, watermark: checkpoint.watermark };
      const gaps = checkpoint?.gaps?.length ?? 0;
      const found = pushed > 0 ? { recovered, pushed } : { recovered };
      return { route, totals, lateness, ...found, firstRun, daily, ...known, gaps, warnings: [...warnings, ...late] };
    },
  };
}

/** Of several turns of one run: what a later one read again counts as read again. */
export function mergeFacts<Facts extends RunFacts>(later: Facts, earlier: RunFacts): Facts {
  const pushed = (earlier.pushed ?? 0) + (later.pushed ?? 0);
  return {
    ...later,
    ...(pushed > 0 ? { pushed } : {}),
    firstRun: earlier.firstRun || later.firstRun,
    daily: earlier.daily || later.daily,
    totals: addTotals(earlier.totals, later.totals),
    lateness: mergeLateness(earlier.lateness, later.lateness),
    recovered: earlier.recovered + later.recovered,
    warnings: [...earlier.warnings, ...later.warnings],
  };
}

/** Of a route that did not come to anything. */
export function noFacts(route: string, saved?: Checkpoint): RunFacts {
  const tally = openTally(route, route, 0);
  if (saved !== undefined) tally.noteCheckpoint(saved);
  return tally.facts();
}

function latenessWarning(feed: string, lateness: Lateness, lookbackMs: number): BridgeError {
  return new BridgeError(
    "LATE_NEAR_LOOKBACK",
    `Feed ${feed}: a record was stored ${hours(lateness.maxMs)} after its time; the lookback reaches ${hours(lookbackMs)}`,
    {
      fix: "Raise LOOKBACK above the lateness of this feed; until then the daily deep lookback catches what is later.",
    },
  );
}

function hours(ms: number): string {
  return `${Math.round(ms / 360_000) / 10} h`;
}
