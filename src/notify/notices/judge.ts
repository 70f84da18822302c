// From what a run tells to what was seen, and what was seen to be over. What a run cannot know stays as it was.
import type { Instant } from "../../pipeline/records.ts";
import type { Cause, Failure, LastingCause, NoticeTerms, RouteReport, RuleMatches, RunReport } from "./causes.ts";
import type { NoticeState } from "./notice-state.ts";

/** A cause that holds now, or did in this run. */
export interface Sight {
  readonly cause: Cause;
  readonly where: string;
  /** Where it is known to have begun before this run. */
  readonly since?: Instant;
  readonly failure?: Failure;
  /** Of a momentary cause: how often. */
  readonly times?: number;
  readonly rule?: RuleMatches;
}

export interface Judgement {
  readonly seen: readonly Sight[];
  readonly over: readonly { readonly cause: LastingCause; readonly where: string }[];
  readonly deliveredAt: Readonly<Record<string, Instant>>;
}

/** Each needs somebody who changes a setting or a right, or accepts a gap: waiting for several runs would help nobody. */
const INCOMPLETE: ReadonlySet<string> = new Set([
  "WINDOW_SATURATED",
  "WINDOW_INCOMPLETE",
  "PAGING_UNRELIABLE",
  "RIGHTS_FILTERED",
]);
const IDENTITY = "IDENTITY_MISMATCH";
const LATE = "LATE_NEAR_LOOKBACK";

export function judge(state: NoticeState, report: RunReport, terms: NoticeTerms): Judgement {
  const deliveredAt = lastDeliveries(state, report, terms);
  const verdicts = report.routes.flatMap((route) => judgeRoute(route, deliveredAt[route.route], report.at, terms));
  const { settings, brokenRules, ruleMatches } = report;
  const broken = new Set(brokenRules.map(({ rule }) => rule));
  const mended = state.entries.filter(({ cause, where }) => cause === "rule-broken" && !broken.has(where));
  return {
    seen: [
      ...verdicts.flatMap(({ kind, ...sight }) => (kind === "seen" ? [sight] : [])),
      ...(settings === undefined ? [] : [{ cause: "settings" as const, where: "", failure: settings }]),
      ...brokenRules.map(({ rule, failure }) => ({ cause: "rule-broken" as const, where: rule, failure })),
      ...ruleMatches.map((rule) => ({ cause: "rule" as const, where: rule.rule, times: rule.matches, rule })),
    ],
    over: [
      ...verdicts.flatMap(({ kind, cause, where }) => (kind === "over" && isLasting(cause) ? [{ cause, where }] : [])),
      // Rules are not looked at while the settings are wrong.
      ...(settings === undefined ? [{ cause: "settings" as const, where: "" }] : []),
      ...(settings === undefined ? mended.map(({ where }) => ({ cause: "rule-broken" as const, where })) : []),
    ],
    deliveredAt,
  };
}

type Verdict = Sight & { readonly kind: "seen" | "over" };

function isLasting(cause: Cause): cause is LastingCause {
  return cause !== "dead-letters" && cause !== "late" && cause !== "rule";
}

function judgeRoute(
  report: RouteReport,
  deliveredAt: Instant | undefined,
  now: Instant,
  terms: NoticeTerms,
): readonly Verdict[] {
  const { route: where, ending, failure, warnings, watermark, deadLettered } = report;
  if (ending === "unknown") return [];
  const incomplete = [failure, ...warnings].find((one) => one !== undefined && INCOMPLETE.has(one.code));
  const identity = [failure, ...warnings].find((one) => one?.code === IDENTITY);
  const failing =
    failure === undefined || INCOMPLETE.has(failure.code) || failure.code === IDENTITY ? undefined : failure;
  const late = warnings.find(({ code }) => code === LATE);
  // A run that failed tells of nothing else that it is over: it may not have come so far.
  const runsWell = failure === undefined;
  const lasting = (cause: LastingCause, found: Failure | undefined): Verdict[] => {
    if (found !== undefined) return [{ kind: "seen", cause, where, failure: found }];
    return runsWell ? [{ kind: "over", cause, where }] : [];
  };
  return [
    ...lasting("failing", failing),
    ...lasting("incomplete", incomplete),
    ...lasting("identity", identity),
    ...stale(where, watermark, failure, now, terms),
    ...quiet(report, deliveredAt, now, terms),
    ...(deadLettered > 0
      ? [{ kind: "seen" as const, cause: "dead-letters" as const, where, times: deadLettered }]
      : []),
    ...(late === undefined ? [] : [{ kind: "seen" as const, cause: "late" as const, where, failure: late, times: 1 }]),
  ];
}

function stale(
  where: string,
  watermark: Instant | undefined,
  failure: Failure | undefined,
  now: Instant,
  { watermarkAgeMs }: NoticeTerms,
): readonly Verdict[] {
  if (watermark === undefined) return [];
  if (now - watermark <= watermarkAgeMs) return [{ kind: "over", cause: "stale", where }];
  return [{ kind: "seen", cause: "stale", where, since: watermark, ...(failure === undefined ? {} : { failure }) }];
}

/** A route that is caught up and has nothing to deliver is quiet; one that fails or is behind is stuck, which is another cause. */
function quiet(
  { route: where, ending, delivered }: RouteReport,
  deliveredAt: Instant | undefined,
  now: Instant,
  { quietMs }: NoticeTerms,
): readonly Verdict[] {
  if (delivered > 0 || quietMs === undefined) return [{ kind: "over", cause: "quiet", where }];
  if (ending !== "caught-up" || deliveredAt === undefined || now - deliveredAt < quietMs) return [];
  return [{ kind: "seen", cause: "quiet", where, since: deliveredAt }];
}

/** Only runs with news, and new routes, change it: a quiet run has nothing to write. */
function lastDeliveries(state: NoticeState, { routes, at, settings }: RunReport, { quietMs }: NoticeTerms) {
  if (settings !== undefined) return state.deliveredAt;
  if (quietMs === undefined) return {};
  const known = new Map(Object.entries(state.deliveredAt));
  for (const { route, delivered, ending } of routes) {
    if (ending !== "unknown" && (delivered > 0 || !known.has(route))) known.set(route, at);
  }
  const ours = new Set(routes.map(({ route }) => route));
  return Object.fromEntries([...known].filter(([route, instant]) => ours.has(route) || at - instant < FORGOTTEN_MS));
}

/** A route that is gone from the settings, here and in every app that shares the state. */
export const FORGOTTEN_MS = 90 * 24 * 60 * 60_000;
