// What is wrong with a setting, and how all of it is told at once.
import { BridgeError } from "../errors.ts";

export interface SettingProblem {
  /** Name of the app setting. */
  readonly setting: string;
  /** Where inside the setting, when it holds several things: `feed "rooms", lookback`. */
  readonly place?: string;
  /** Completes the sentence "SETTING ...", without a full stop. Never holds the value. */
  readonly problem: string;
  /** The value, shortened; only when it is neither a secret nor looks like one. */
  readonly value?: string;
  /** One or two sentences. */
  readonly fix: string;
}

/** One problem as one line of text. */
export function describeProblem(problem: SettingProblem): string {
  const place = problem.place === undefined ? "" : ` (${problem.place})`;
  const value = problem.value === undefined ? "" : ` The value is ${JSON.stringify(problem.value)}.`;
  return `${problem.setting}${place} ${problem.problem}.${value} ${problem.fix}`;
}

/** The failure of every run until the settings are right; its message lists all problems with what to do about each. */
export function settingsError(problems: readonly SettingProblem[]): BridgeError {
  const lines = problems.map((problem) => `- ${describeProblem(problem)}`);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new BridgeError("SETTINGS_INVALID", `The app settings have ${count}:\n${lines.join("\n")}`, {
    fix: "Correct the app settings named in the list (in local.settings.json on your machine), then restart the app.",
  });
}
