// What each cause is called in a mail, which query shows it, and which command helps.
import type { Cause } from "./causes.ts";

export interface CauseWords {
  /** Of one place: completes the subject behind "Route NAME". */
  readonly begun: string;
  /** The same of several: behind "3 routes". */
  readonly begunAll: string;
  /** What is said when it has ended. */
  readonly over: string;
  readonly overAll: string;
  /** What that means: one or two sentences. */
  readonly meaning: string;
  /** What to do, where no error brings its own fix. */
  readonly advice: string;
  /** Name and file of the query that shows it. */
  readonly query: { readonly name: string; readonly file: string };
  /** As it is typed in the folder of the app. */
  readonly command?: string;
}

const WHAT_FAILED = { name: "What failed?", file: "docs/queries/what-failed.kql" };
const SILENT_FEEDS = { name: "Silent feeds", file: "docs/queries/silent-feeds.kql" };
const HOW_MUCH = { name: "How much?", file: "docs/queries/how-much.kql" };
const LAG = { name: "Watermark lag", file: "docs/queries/watermark-lag.kql" };
const LATE = { name: "What is late?", file: "docs/queries/what-is-late.kql" };
const RULES = { name: "Rules", file: "docs/queries/rules.kql" };

/** A bug is not what the bridge fails with on purpose: another query shows it. */
export const UNEXPECTED_FAILURES = { name: "Unexpected failures", file: "docs/queries/unexpected-failures.kql" };

export const CAUSE_WORDS: Readonly<Record<Cause, CauseWords>> = {
  failing: {
    begun: "fails",
    begunAll: "fail",
    over: "runs again",
    overAll: "run again",
    meaning: "A run that fails keeps its watermark: nothing is lost as long as the API still shows the records.",
    advice: "Look up the failure and its fix with the query below.",
    query: WHAT_FAILED,
  },
  incomplete: {
    begun: "cannot show that it is complete",
    begunAll: "cannot show that they are complete",
    over: "is complete again",
    overAll: "are complete again",
    meaning: "The bridge stops here rather than pass over records in silence. It does not go away by itself.",
    advice: "Look up the failure and its fix with the query below.",
    query: WHAT_FAILED,
    command: "bridge skip-window (only to give the window up)",
  },
  identity: {
    begun: "reads for the wrong tenant",
    begunAll: "read for the wrong tenant",
    over: "reads for the right tenant again",
    overAll: "read for the right tenant again",
    meaning: "The token acts for another tenant than MICROSHARE_IDENTITY names. Nothing is read until they agree.",
    advice: "Correct MICROSHARE_IDENTITY, or the account.",
    query: WHAT_FAILED,
  },
  stale: {
    begun: "is behind",
    begunAll: "are behind",
    over: "has caught up",
    overAll: "have caught up",
    meaning: "The watermark, up to which everything is delivered, is older than NOTIFY_WATERMARK_AGE.",
    advice:
      "A line that climbs in the query below stands still: What failed? tells why. One that comes down works off a " +
      "backlog, and ends by itself; if that takes longer than a day, raise TIME_BUDGET or run more often (POLL_SCHEDULE).",
    query: LAG,
  },
  quiet: {
    begun: "finds nothing new",
    begunAll: "find nothing new",
    over: "has news again",
    overAll: "have news again",
    meaning: "The runs are in order: the API answers, and the watermark moves on. There is only nothing to deliver.",
    advice:
      "See in the Microshare console whether the devices report, then whether this account may still see them: on a share " +
      "feed a right that was taken away looks like silence. For feeds that are quiet at times raise NOTIFY_QUIET_PERIODS.",
    query: SILENT_FEEDS,
  },
  settings: {
    begun: "No run can begin",
    begunAll: "No run can begin",
    over: "Runs begin again",
    overAll: "Runs begin again",
    meaning: "Nothing is read until it is corrected. Nothing is lost as long as the API still shows the records.",
    advice: "Correct the app settings, then restart the app.",
    query: WHAT_FAILED,
  },
  "rule-broken": {
    begun: "cannot be used",
    begunAll: "cannot be used",
    over: "is used again",
    overAll: "are used again",
    meaning: "Records are delivered as ever, and the other rules go on.",
    advice: "Correct NOTIFY_RULES.",
    query: RULES,
  },
  "dead-letters": {
    begun: "has new dead letters",
    begunAll: "have new dead letters",
    over: "has no new dead letters",
    overAll: "have no new dead letters",
    meaning: "Records that could not be read, or that the sink will never take. They are kept, and the rest goes on.",
    advice:
      "Their reasons are in the state table, their bodies in the container of dead letters. Remove the cause, then replay them.",
    query: HOW_MUCH,
    command: "bridge dead-letters replay",
  },
  late: {
    begun: "gets records nearly too late",
    begunAll: "get records nearly too late",
    over: "gets records in time",
    overAll: "get records in time",
    meaning: "Records that are stored later than the lookback reaches are found by the daily deep lookback alone.",
    advice: "Raise LOOKBACK above the lateness of the feed.",
    query: LATE,
  },
  rule: {
    begun: "matches",
    begunAll: "match",
    over: "matches no more",
    overAll: "match no more",
    meaning: "",
    advice: "",
    query: RULES,
  },
};
