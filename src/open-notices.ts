// From the settings of notices to what a run does about them: called by the app alone, and loaded only with NOTIFY=on.
import { randomUUID } from "node:crypto";
import type { TableClient } from "@azure/data-tables";
import type { NoticeSettings } from "./config/settings.ts";
import { BridgeError } from "./errors.ts";
import type { RuleMatches, RunReport } from "./notify/notices/causes.ts";
import { failureOf, routeReports } from "./notify/notices/report-of.ts";
import { tell } from "./notify/notices/tell.ts";
import { writeNotice } from "./notify/notices/write-notice.ts";
import type { CompiledRule, RuleWatch } from "./notify/rules/rule-watch.ts";
import type { RunResult } from "./pipeline/forward-all.ts";
import type { Route } from "./pipeline/forward-feed.ts";
import type { FeedRecord } from "./pipeline/records.ts";
import { tableMailOutbox } from "./state/table-mail-outbox.ts";
import { tableNotices } from "./state/table-notices.ts";
import type { Log } from "./telemetry/log.ts";
import type { Redact } from "./telemetry/redact.ts";

export interface NoticeSurroundings {
  readonly settings: NoticeSettings;
  readonly table: TableClient;
  readonly redact: Redact;
  readonly log: Log;
  readonly now: () => number;
}

/** What `runRoutes` calls on the way and in the end. */
export interface NoticesOfRun {
  /** Only where there are rules. */
  readonly onDelivered?: (route: Route, records: readonly FeedRecord[]) => void;
  /** Resolves with what went wrong without harm to the run: what could not be told is told by the next one. */
  readonly afterRun: (result: RunResult, endedAt: number) => Promise<readonly BridgeError[]>;
}

export interface Notices {
  /** For one run over these routes. */
  ofRun(routes: readonly Route[], timeBudgetMs: number): Promise<NoticesOfRun>;
  /** For a run that ends before it comes to a route. Never throws for what it cannot tell: that is a line of the log. */
  tellOfWrongSettings(error: BridgeError): Promise<void>;
}

/** Rules get this share of a run's time at most, and no more than half a minute. */
const RULES_SHARE = 0.05;
const MOST_RULES_MS = 30_000;

export function createNotices(around: NoticeSurroundings): Notices {
  const { settings, log, now } = around;
  return {
    async ofRun(routes, timeBudgetMs) {
      const { rules, brokenRules } = await compiled(settings);
      const mostMs = Math.min(MOST_RULES_MS, RULES_SHARE * timeBudgetMs);
      const watch = rules.length === 0 ? undefined : await watched(rules, routes, mostMs);
      return {
        ...(watch === undefined ? {} : { onDelivered: watch.onDelivered }),
        async afterRun(result, endedAt) {
          const { matches, problems } = watch?.result() ?? { matches: [], problems: [] };
          sayRules(brokenRules, matches, log);
          const report = { at: endedAt, routes: routeReports(result), ruleMatches: matches };
          const untold = await keepAndTell(around, { ...report, brokenRules: brokenRules.map(brokenReport) });
          return [...problems, ...untold];
        },
      };
    },
    async tellOfWrongSettings(error) {
      const report = { at: now(), routes: [], settings: failureOf(error), brokenRules: [], ruleMatches: [] };
      for (const { code, message, fix } of await keepAndTell(around, report)) log.warn(message, { code, fix });
    },
  };
}

/** What could not be told stays where it is, and the next run tells it. */
async function keepAndTell(
  { settings, table, redact, now }: NoticeSurroundings,
  report: RunReport,
): Promise<readonly BridgeError[]> {
  const outbox = tableMailOutbox(table, { now });
  try {
    await tell(report, {
      store: tableNotices(table),
      terms: settings,
      write: (notice) => writeNotice(notice, redact),
      newId: randomUUID,
      add: async ({ id, ...mail }) => void (await outbox.add(mail, id)),
    });
    return [];
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const { code, message, fix } = error;
    return [new BridgeError(code, `Notices wait for the next run: ${message}`, { fix, cause: error })];
  }
}

function brokenReport({ rule, problem, fix }: BrokenRules[number]): RunReport["brokenRules"][number] {
  return { rule, failure: { code: "SETTINGS_INVALID", message: `Rule ${rule} of NOTIFY_RULES ${problem}.`, fix } };
}

type BrokenRules = NoticeSettings["brokenRules"];

/** A rule whose path cannot be used is one broken rule more. */
async function compiled(
  settings: NoticeSettings,
): Promise<{ readonly rules: readonly CompiledRule[]; readonly brokenRules: BrokenRules }> {
  if (settings.rules.length === 0) return { rules: [], brokenRules: settings.brokenRules };
  const { pathCompiler } = await import("./notify/rules/rule-path.ts");
  const compile = await pathCompiler();
  const rules: CompiledRule[] = [];
  const broken = [...settings.brokenRules];
  for (const rule of settings.rules) {
    const path = compile(rule.path);
    if (path.kind === "valid") rules.push({ settings: rule, select: path.select });
    else {
      const fix = "Correct the path of the rule in NOTIFY_RULES (docs/notifications.md); until then it is left out.";
      broken.push({ rule: rule.name, problem: `cannot be used: path ${path.problem}`, fix });
    }
  }
  return { rules, brokenRules: broken };
}

interface WatchedRun {
  readonly onDelivered: (route: Route, records: readonly FeedRecord[]) => void;
  result(): { readonly matches: readonly RuleMatches[]; readonly problems: readonly BridgeError[] };
}

function monotonicNow(): number {
  return performance.now();
}

/** Whatever a rule does, records go on: a bug in looking at them ends the looking, and is told. */
async function watched(rules: readonly CompiledRule[], routes: readonly Route[], mostMs: number): Promise<WatchedRun> {
  const { ruleWatch } = await import("./notify/rules/rule-watch.ts");
  const firsts = new Map(routes.toReversed().map(({ feed, name }) => [feed, name]));
  const watch: RuleWatch = ruleWatch({ rules, routes: new Set(firsts.values()), mostMs, monotonicNow });
  let bug: { readonly error: unknown } | undefined;
  return {
    onDelivered(route, records) {
      if (bug !== undefined) return;
      try {
        watch.onDelivered(route, records);
      } catch (error) {
        bug = { error };
      }
    },
    result() {
      const { matches, passedOver } = watch.result();
      return { matches, problems: [...(bug === undefined ? [] : [stopped(bug.error)]), ...cutShort(passedOver)] };
    },
  };
}

function stopped(cause: unknown): BridgeError {
  const name = cause instanceof Error ? cause.name : "unknown";
  return new BridgeError(
    "RULES_CUT_SHORT",
    `The rules of NOTIFY_RULES hit a bug (${name}) and looked at nothing more in this run.`,
    {
      fix: "Records were delivered as ever. Report it, with the rules.",
      cause,
    },
  );
}

function cutShort(passedOver: number): readonly BridgeError[] {
  if (passedOver === 0) return [];
  const message = `${passedOver} delivered records were not looked at by the rules of NOTIFY_RULES: too large, too deep, or the time for rules was over.`;
  return [
    new BridgeError("RULES_CUT_SHORT", message, {
      fix: "Records were delivered as ever. Name the feed in each rule, and prefer plain paths ($.data.temperature) to descents and filters.",
    }),
  ];
}

/** Lines for the query of rules. */
function sayRules(broken: BrokenRules, matches: readonly RuleMatches[], log: Log): void {
  for (const { rule, problem, fix } of broken) log.warn("Notify rule", { rule, problem, fix });
  for (const { rule, matches: count } of matches) log.info("Notify rule", { rule, matches: count });
}
