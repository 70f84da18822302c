// Histories of runs for the tests of notices: what runs told, and the mails that came of it.
import type { NoticeTerms, RouteReport, RunReport } from "../../../src/notify/notices/causes.ts";
import { decide, type Notice, type NoticeItem } from "../../../src/notify/notices/decide.ts";
import { NO_NOTICES, type NoticeState } from "../../../src/notify/notices/notice-state.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const START = Date.UTC(2025, 2, 4, 8);

export const TERMS: NoticeTerms = {
  to: ["ops@example.com"],
  afterFailures: 3,
  coolDownMs: DAY,
  watermarkAgeMs: 6 * HOUR,
  quietMs: DAY,
};

/** A route that runs well and has news. */
export function good(route: string, at: number, change: Partial<RouteReport> = {}): RouteReport {
  return { route, ending: "caught-up", watermark: at - MINUTE, delivered: 1, deadLettered: 0, warnings: [], ...change };
}

export function failed(
  route: string,
  at: number,
  code = "API_UNAVAILABLE",
  change: Partial<RouteReport> = {},
): RouteReport {
  return good(route, at, { ending: "failed", failure: failure(code), delivered: 0, ...change });
}

export function failure(code: string) {
  return { code, message: `what failed with ${code}`, fix: `what to do about ${code}` };
}

export function run(at: number, routes: readonly RouteReport[], change: Partial<RunReport> = {}): RunReport {
  return { at, routes, brokenRules: [], ruleMatches: [], ...change };
}

export interface Told {
  readonly at: number;
  readonly notice: Notice;
}

/** One process, run after run. */
export function history(terms: NoticeTerms = TERMS) {
  let state: NoticeState = NO_NOTICES;
  const told: Told[] = [];
  return {
    told,
    get state() {
      return state;
    },
    /** The mails of this run. */
    after(report: RunReport): readonly Notice[] {
      const decision = decide(state, report, terms);
      ({ state } = decision);
      told.push(...decision.notices.map((notice) => ({ at: report.at, notice })));
      return decision.notices;
    },
  };
}

/** `begun failing a@hub`, in the order told. */
export function words(notices: readonly Notice[]): readonly string[] {
  return notices.flatMap(({ items }) => items.map(wordOf));
}

export function wordOf({ due, cause, where }: NoticeItem): string {
  return `${due} ${cause} ${where}`.trim();
}
