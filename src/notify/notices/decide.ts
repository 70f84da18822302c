// Decides what people are told after a run: a pure function of what is remembered, what the run tells, and the time.
import type { Instant } from "../../pipeline/records.ts";
import type { Cause, Failure, NoticeTerms, RunReport } from "./causes.ts";
import { afterRun, afterTelling, dueOf, explainedRoutes, type Due } from "./entries.ts";
import { judge } from "./judge.ts";
import { keyOf, type NoticeEntry, type NoticeState } from "./notice-state.ts";
import { afterMails, mailsAllowed } from "./pace.ts";

/** One thing that a mail tells. */
export interface NoticeItem {
  readonly due: Due;
  readonly cause: Cause;
  readonly where: string;
  readonly since: Instant;
  /** Set when it is over. */
  readonly until?: Instant;
  /** Failures in a row, or how often. */
  readonly count: number;
  readonly code?: string;
  /** As this run saw it. */
  readonly failure?: Failure;
  readonly example?: string;
}

/** One mail: everything in it is of one kind, unless it is a digest. */
export interface Notice {
  readonly at: Instant;
  readonly to: readonly string[];
  readonly digest: boolean;
  /** Never empty. */
  readonly items: readonly NoticeItem[];
}

export interface Decision {
  readonly state: NoticeState;
  readonly notices: readonly Notice[];
}

/**
 * What is remembered after the run, and the mails to write. The promises, whatever the order of runs: no cause is told
 * twice within its cool-down; one that lasts is told; each lasting one that was told is told once when it is over; in no
 * hour go more than `MOST_MAILS_AN_HOUR` mails. What may not go now is not forgotten: it waits in the state.
 */
export function decide(state: NoticeState, report: RunReport, terms: NoticeTerms): Decision {
  const now = nowOf(report.at, state.at);
  const judgement = judge(state, { ...report, at: now }, terms);
  const entries = afterRun(state.entries, judgement, now, terms);
  const explained = explainedRoutes(entries, terms);
  const failures = new Map(judgement.seen.map((sight) => [keyOf(sight), sight.failure]));
  const due = entries.flatMap((entry): Candidate[] => {
    const what = dueOf(entry, explained, now, terms);
    if (what === undefined) return [];
    return [{ to: entry.to ?? terms.to, item: itemOf(entry, what, failures.get(keyOf(entry))) }];
  });
  // An outbox that takes nothing gets no more: what there is to tell comes together until it does.
  const notices = groupedWithin(due, state.waiting.length > 0 ? 0 : mailsAllowed(state.pace, now), now);
  const told = new Map(notices.flatMap(({ items }) => items.map((item) => [keyOf(item), item.due] as const)));
  return {
    state: {
      ...state,
      at: now,
      entries: entries.map((entry) => {
        const what = told.get(keyOf(entry));
        return what === undefined ? entry : afterTelling(entry, what, now);
      }),
      deliveredAt: judgement.deliveredAt,
      pace: afterMails(state.pace, notices.length, now),
    },
    notices,
  };
}

/** Of runs side by side one may come to tell after a later one has. A time far ahead comes from a clock that was wrong. */
function nowOf(reportAt: Instant, stateAt: Instant): Instant {
  return stateAt - reportAt > LONGEST_RUN_MS ? reportAt : Math.max(reportAt, stateAt);
}

const LONGEST_RUN_MS = 24 * 60 * 60_000;

interface Candidate {
  readonly to: readonly string[];
  readonly item: NoticeItem;
}

function itemOf(entry: NoticeEntry, due: Due, failure: Failure | undefined): NoticeItem {
  const { cause, where, since, count, code, overAt, example } = entry;
  return {
    due,
    cause,
    where,
    since,
    count,
    ...(code === undefined ? {} : { code }),
    ...(overAt === undefined ? {} : { until: overAt }),
    ...(failure === undefined ? {} : { failure }),
    ...(example === undefined ? {} : { example }),
  };
}

/** One mail for each thing that happened, wherever it did; a digest for each group of readers when these are too many. */
function groupedWithin(due: readonly Candidate[], mails: number, at: Instant): readonly Notice[] {
  if (mails === 0) return [];
  const groups = grouped(due, ({ to, item }) => [to, item.due, item.cause, item.code, ofItsOwn(item)], {
    at,
    digest: false,
  });
  if (groups.length <= mails && due.every(({ item }) => item.due !== "lasting")) return groups;
  // Those who wait longest come first.
  return grouped(due, ({ to }) => [to], { at, digest: true })
    .map((notice) => (isOfOneKind(notice) ? { ...notice, digest: false } : notice))
    .toSorted((one, other) => oldestOf(one) - oldestOf(other))
    .slice(0, mails);
}

/** A rule has a text of its own. */
function ofItsOwn({ cause, where }: NoticeItem): string {
  return cause === "rule" || cause === "rule-broken" ? where : "";
}

function grouped(
  due: readonly Candidate[],
  by: (one: Candidate) => unknown,
  kind: Pick<Notice, "at" | "digest">,
): readonly Notice[] {
  const groups = Map.groupBy(due, (one) => JSON.stringify(by(one)));
  return [...groups.values()].map((candidates) => ({
    to: candidates[0]?.to ?? [],
    ...kind,
    items: candidates.map(({ item }) => item),
  }));
}

function isOfOneKind({ items: [first, ...others] }: Notice): boolean {
  return first !== undefined && first.due !== "lasting" && others.length === 0;
}

function oldestOf({ items }: Notice): Instant {
  return Math.min(...items.map(({ since, until }) => until ?? since));
}
