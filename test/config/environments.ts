// Sets of app settings to start from.
import { loadSettings, type Environment, type SettingsFiles } from "../../src/config/load-settings.ts";
import { describeProblem, type SettingProblem } from "../../src/config/problems.ts";
import type { Settings } from "../../src/config/settings.ts";

export const HUB_KEY = "aGlkZGVuIGtleSBvZiB0aGUgaHVi=";

export const hubConnectionString = `Endpoint=sb://evhns-example.servicebus.windows.net/;SharedAccessKeyName=bridge;SharedAccessKey=${HUB_KEY};EntityPath=microshare`;

/** The simple set-up: nothing but what must be there. */
export const simple = {
  MICROSHARE_USERNAME: "bridge@example.com",
  MICROSHARE_PASSWORD: "correct horse",
  MICROSHARE_API_KEY: "0123-api-key",
  EVENT_HUB_CONNECTION_STRING: hubConnectionString,
  AzureWebJobsStorage: "UseDevelopmentStorage=true",
};

export const twentyMinutes: SettingsFiles = { functionTimeout: "00:20:00" };

/** Settings over the simple set-up; undefined takes one away. */
export function load(changes: Environment, files: SettingsFiles = twentyMinutes): Settings {
  const loaded = loadSettings({ ...simple, ...changes }, files);
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(describeProblem).join("\n"));
  return loaded.settings;
}

export function problemsOf(changes: Environment, files: SettingsFiles = twentyMinutes): readonly SettingProblem[] {
  const loaded = loadSettings({ ...simple, ...changes }, files);
  return loaded.kind === "valid" ? [] : loaded.problems;
}

/** As lines of text. */
export function linesOf(changes: Environment, files: SettingsFiles = twentyMinutes): readonly string[] {
  return problemsOf(changes, files).map(describeProblem);
}
