// From how the routes of a run ended to what notices are made of.
import type { BridgeError } from "../../errors.ts";
import type { RunResult, TimedOutcome } from "../../pipeline/forward-all.ts";
import type { Failure, RouteReport } from "./causes.ts";

export function routeReports({ outcomes, bugs }: RunResult): readonly RouteReport[] {
  const broken = new Map(bugs.map(({ route, error }) => [route, bug(error)]));
  const known = outcomes.filter(({ route }) => !broken.has(route)).map(ofOutcome);
  return [...known, ...Array.from(broken, ([route, failure]) => ofBug(route, failure))];
}

function ofOutcome(outcome: TimedOutcome): RouteReport {
  const { route, watermark, totals, warnings, pushed = 0, recovered } = outcome;
  return {
    route,
    ending: endingOf(outcome),
    ...(outcome.kind === "blocked" ? { failure: failureOf(outcome.error) } : {}),
    ...(watermark === undefined ? {} : { watermark }),
    // What came another way is news too: a route that lives on pushes is not quiet.
    delivered: totals.delivered + pushed + recovered,
    deadLettered: totals.deadLettered,
    warnings: warnings.map(failureOf),
  };
}

/** Nothing is concluded of a route that another run has in hand, that is paused, or whose turn did not come. */
function endingOf({ kind, totals }: TimedOutcome): RouteReport["ending"] {
  if (kind === "blocked") return "failed";
  if (kind === "caught-up") return "caught-up";
  return kind === "out-of-time" && totals.slices + totals.pages > 0 ? "out-of-time" : "unknown";
}

function ofBug(route: string, failure: Failure): RouteReport {
  return { route, ending: "failed", failure, delivered: 0, deadLettered: 0, warnings: [] };
}

/** What an answer of the API looked like is in the log: a mail holds nothing of a record. */
const HOLDS_AN_ANSWER: ReadonlySet<string> = new Set(["RESPONSE_UNREADABLE"]);

export function failureOf({ code, message, fix }: BridgeError): Failure {
  const told = HOLDS_AN_ANSWER.has(code)
    ? "The answer of the API could not be read; the log shows its beginning."
    : message;
  return { code, message: told, fix };
}

/** Its text may hold anything, so only its name is told. */
function bug(error: unknown): Failure {
  const name = error instanceof Error ? error.name : "unknown";
  return {
    code: "UNEXPECTED",
    message: `The run hit a bug (${name}). The host has recorded it with its text.`,
    fix: "Report it with the text that the query below shows. The next run tries again; nothing was marked as done.",
  };
}
