// The settings by themselves, before anything is asked of anybody.
import { loadSettings, secretsOf, type Environment, type SettingsFiles } from "../../config/load-settings.ts";
import { createRedact } from "../../telemetry/redact.ts";
import type { Check } from "./checklist.ts";

/** One failed check for each problem; none when all is right. */
export function settingsProblems(environment: Environment, files: SettingsFiles): readonly Check[] {
  const loaded = loadSettings(environment, files);
  if (loaded.kind === "valid") return [];
  const redact = createRedact(secretsOf(environment));
  return loaded.problems.map(({ setting, place, problem, value, fix }) => ({
    id: "settings",
    title: `setting ${setting}${place === undefined ? "" : ` (${place})`}`,
    outcome: "failed" as const,
    detail: redact(`${problem}${value === undefined ? "" : `; the value is ${JSON.stringify(value)}`}`),
    code: "SETTINGS_INVALID" as const,
    fix: redact(fix),
  }));
}
