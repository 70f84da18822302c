// Summary lines as the code writes them, for the names that the queries rely on.
import { fireTimer } from "../../dev/demo/timer-host.ts";
import { bridgeOpener } from "../../src/app.ts";
import { BridgeError } from "../../src/errors.ts";
import { forwardHandler } from "../../src/functions/forward.ts";
import type { TimedOutcome } from "../../src/pipeline/forward-all.ts";
import { addLateness, NO_LATENESS } from "../../src/pipeline/lateness.ts";
import { noTotals } from "../../src/pipeline/totals.ts";
import { summarise } from "../../src/telemetry/run-summary.ts";

/** Every way in which a run of a route can end. The type makes a missing one an error. */
const everyOutcome: Record<TimedOutcome["kind"], true> = {
  "caught-up": true,
  "out-of-time": true,
  blocked: true,
  elsewhere: true,
  paused: true,
};
export const outcomes = Object.keys(everyOutcome);

/** Paths of all members of a summary that has everything to tell. */
export function fieldsOfSummaries(): ReadonlySet<string> {
  const error = new BridgeError("API_TIMEOUT", "no answer", { fix: "wait" });
  const facts = {
    route: "default@event-hub",
    totals: noTotals(),
    lateness: addLateness(NO_LATENESS, [{ time: 0, storedAt: 1000 }]),
    recovered: 1,
    firstRun: true,
    daily: false,
    start: 0,
    watermark: 0,
    gaps: 1,
    warnings: [error],
    tookMs: 1,
  };
  const context = { runId: "run", startedAt: 0, endedAt: 1, pastDue: true };
  const blocked = summarise({ ...facts, kind: "blocked", error }, context);
  const elsewhere = summarise({ ...facts, kind: "elsewhere", owner: "another" }, context);
  const paused = summarise({ ...facts, kind: "paused", paused: { by: "anna", reason: "moved", since: 0 } }, context);
  return new Set([...pathsOf(blocked), ...pathsOf(elsewhere), ...pathsOf(paused)]);
}

function pathsOf(value: unknown, before = ""): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    `${before}${name}`,
    ...pathsOf(member, `${before}${name}.`),
  ]);
}

/** The line of a run whose settings are wrong: it comes to no route. */
export async function lineWithoutRoute(): Promise<Readonly<Record<string, unknown>>> {
  const openBridge = bridgeOpener({ environment: {}, readFiles: () => ({ functionTimeout: "00:10:00" }) });
  const { summaries } = await fireTimer(forwardHandler(openBridge));
  return summaries[0] ?? {};
}
