// How long one run may take. Node gets no sign before the host ends the process, so a run keeps its own time.
import type { SettingProblem } from "./problems.ts";
import { formatDuration } from "./durations.ts";
import { formatFix } from "./check-text.ts";
import type { SettingReader } from "./setting-reader.ts";

const MINUTE_MS = 60_000;

/** Default of the plan with the shortest one (Consumption); used when host.json does not say. */
const SHORTEST_DEFAULT_MS = 5 * MINUTE_MS;
/** Default of the other plans; used when host.json allows runs without end. */
const USUAL_DEFAULT_MS = 30 * MINUTE_MS;
/** The rest is for the last save, closing links and the host itself. */
const SHARE_OF_TIMEOUT = 0.8;

/** @param functionTimeout as written in host.json; undefined when it is not there */
export function timeBudget(
  reader: SettingReader,
  functionTimeout: string | undefined,
  report: (problem: SettingProblem) => void,
): number {
  const timeout = readFunctionTimeout(functionTimeout);
  const assumedMs = timeout === "endless" ? USUAL_DEFAULT_MS : (timeout ?? SHORTEST_DEFAULT_MS);
  const budgetMs = reader.optional("TIME_BUDGET") ?? Math.floor(assumedMs * SHARE_OF_TIMEOUT);
  if (typeof timeout === "number" && budgetMs >= timeout) {
    report({
      setting: "TIME_BUDGET",
      problem: `is not below functionTimeout in host.json (${formatDuration(timeout)}), when the host ends the process`,
      fix: `Set TIME_BUDGET to about 80 % of it (${formatDuration(timeout * SHARE_OF_TIMEOUT)}), or raise functionTimeout.`,
    });
  }
  if (!reader.isWrong("TIME_BUDGET") && reader.withDefault("MICROSHARE_REQUEST_TIMEOUT") >= budgetMs) {
    report({
      setting: "MICROSHARE_REQUEST_TIMEOUT",
      problem: `is not below the time of a whole run (${formatDuration(budgetMs)})`,
      fix: formatFix("MICROSHARE_REQUEST_TIMEOUT"),
    });
  }
  return budgetMs;
}

const TIME_SPAN = /^(?:(\d{1,4})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/;

/** A .NET time span (`00:20:00`, `1.00:00:00`) in milliseconds; `-1` is endless. Anything else stops the host itself. */
function readFunctionTimeout(text: string | undefined): number | "endless" | undefined {
  if (text?.trim() === "-1") return "endless";
  const parts = TIME_SPAN.exec(text?.trim() ?? "");
  if (parts === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
