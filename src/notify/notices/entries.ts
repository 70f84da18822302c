// How what is remembered of a cause changes with what a run saw of it.
import type { Instant } from "../../pipeline/records.ts";
import type { LastingCause, NoticeTerms } from "./causes.ts";
import { FORGOTTEN_MS, type Judgement, type Sight } from "./judge.ts";
import { keyOf, MOST_ENTRIES, type NoticeEntry } from "./notice-state.ts";

const LASTING_MOST_MS = 7 * 24 * 60 * 60_000;

/** The entries after a run, before anything is told of it. */
export function afterRun(
  entries: readonly NoticeEntry[],
  { seen, over }: Judgement,
  now: Instant,
  terms: NoticeTerms,
): readonly NoticeEntry[] {
  const next = new Map(entries.map((entry) => [keyOf(entry), entry]));
  for (const sight of seen) {
    const key = keyOf(sight);
    const before = next.get(key);
    // What there is no room for is taken up by a later run, should it still be so.
    if (before !== undefined || next.size < MOST_ENTRIES) next.set(key, seenAgain(before, sight, now));
  }
  for (const one of over) {
    const key = keyOf(one);
    const before = next.get(key);
    if (before === undefined || before.overAt !== undefined) continue;
    next.set(key, { ...before, overAt: now });
  }
  return [...next.values()].filter((entry) => isNeeded(entry, now, terms));
}

function seenAgain(before: NoticeEntry | undefined, sight: Sight, now: Instant): NoticeEntry {
  const { cause, where, since = now, failure, times, rule } = sight;
  const code = failure === undefined ? {} : { code: failure.code };
  const ofRule = rule === undefined ? {} : { to: [...rule.to], coolDownMs: rule.coolDownMs };
  const example = rule === undefined ? {} : { example: rule.example };
  if (before === undefined) return { cause, where, since, count: times ?? 1, ...code, ...ofRule, ...example };
  if (times !== undefined) {
    // Counted on while it waits for its cool-down; the first one is the example.
    const waits = before.count > 0;
    return { ...before, ...code, ...ofRule, ...(waits ? {} : { since, ...example }), count: before.count + times };
  }
  const { overAt, ...open } = before;
  // An end that nobody was told of yet is none; a new beginning after an end is a new time of it.
  const isNew = overAt !== undefined && before.told === undefined;
  if (isNew) return { ...open, ...code, since, count: 1, reminders: 0 };
  return { ...open, ...code, count: cause === "failing" ? open.count + 1 : open.count };
}

/** An entry is kept while its cause lasts, while there is something to tell of it, and for its cool-down. */
function isNeeded(entry: NoticeEntry, now: Instant, terms: NoticeTerms): boolean {
  const { toldAt, overAt, count } = entry;
  const cools = toldAt !== undefined && now < toldAt + coolDownOf(entry, terms) && now > toldAt - FORGOTTEN_MS;
  if (isMomentary(entry)) return count > 0 || cools;
  if (overAt !== undefined) return entry.told === true || cools;
  return now - Math.max(entry.since, toldAt ?? 0) < FORGOTTEN_MS || entry.told !== true;
}

export function coolDownOf({ coolDownMs }: NoticeEntry, terms: NoticeTerms): number {
  return coolDownMs ?? terms.coolDownMs;
}

export function isMomentary({ cause }: NoticeEntry): boolean {
  return cause === "dead-letters" || cause === "late" || cause === "rule";
}

export type Due = "begun" | "lasting" | "over" | "momentary";

/** What there is to tell of an entry now, if anything. */
export function dueOf(
  entry: NoticeEntry,
  explained: ReadonlySet<string>,
  now: Instant,
  terms: NoticeTerms,
): Due | undefined {
  const { told, toldAt, overAt, count, reminders = 0 } = entry;
  const coolDownMs = coolDownOf(entry, terms);
  const cools = toldAt !== undefined && now < toldAt + coolDownMs;
  if (isMomentary(entry)) return count > 0 && !cools ? "momentary" : undefined;
  if (overAt !== undefined) return told === true ? "over" : undefined;
  if (told === true) {
    const pauseMs = Math.max(coolDownMs, Math.min(LASTING_MOST_MS, coolDownMs * 2 ** reminders));
    return now < (toldAt ?? 0) + pauseMs ? undefined : "lasting";
  }
  if (cools || (entry.cause === "failing" && count < terms.afterFailures)) return undefined;
  return entry.cause === "stale" && explained.has(entry.where) ? undefined : "begun";
}

const EXPLAINS: ReadonlySet<string> = new Set<LastingCause>(["failing", "incomplete", "identity"]);

/** Routes that stand still for a reason that has its own notice: that their watermark grows old is no news. */
export function explainedRoutes(entries: readonly NoticeEntry[], terms: NoticeTerms): ReadonlySet<string> {
  const open = entries.filter(
    ({ cause, overAt, count }) =>
      EXPLAINS.has(cause) && overAt === undefined && (cause !== "failing" || count >= terms.afterFailures),
  );
  return new Set(open.map(({ where }) => where));
}

export function afterTelling(entry: NoticeEntry, due: Due, now: Instant): NoticeEntry {
  if (due === "begun") return { ...entry, told: true, toldAt: now, reminders: 0 };
  if (due === "lasting") return { ...entry, toldAt: now, reminders: (entry.reminders ?? 0) + 1 };
  const { told: _, example: __, ...rest } = entry;
  return due === "over" ? rest : { ...rest, toldAt: now, count: 0 };
}
