// Reads the process environment, host.json and the file named by FEEDS_FILE: the only place of src/ that does.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { FeedsFile } from "./feed-list.ts";
import type { Environment, SettingsFiles } from "./load-settings.ts";

/** A copy of the app settings as they are now; the host may still change them between the start of the process and the load. */
export function readEnvironment(): Environment {
  return { ...process.env };
}

/**
 * Never throws: what cannot be read becomes a problem of the settings, or a cautious default.
 * @param appRoot folder of host.json
 */
export function readSettingsFiles(appRoot: string, environment: Environment): SettingsFiles {
  const hostJson = readHostJson(appRoot);
  const feedsPath = environment["FEEDS_FILE"]?.trim() ?? "";
  return {
    ...hostJson,
    ...(feedsPath === "" ? {} : { feedsFile: readText(appRoot, feedsPath) }),
  };
}

function readText(appRoot: string, path: string): FeedsFile {
  try {
    return { text: readFileSync(resolve(appRoot, path), "utf8").replace(/^\uFEFF/, "") };
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    return { errorCode: String(error.code) };
  }
}

/** A host.json that is missing or not JSON stops the host itself, so it is not our problem to tell. */
export function readHostJson(appRoot: string): Pick<SettingsFiles, "functionTimeout" | "telemetryMode"> {
  const file = readText(appRoot, "host.json");
  if (!("text" in file)) return {};
  try {
    const { functionTimeout, telemetryMode }: Record<string, unknown> = Object(JSON.parse(file.text));
    return {
      ...(typeof functionTimeout === "string" ? { functionTimeout } : {}),
      ...(typeof telemetryMode === "string" ? { telemetryMode } : {}),
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}

/**
 * Keeps the SDK of Application Insights from reporting on itself to its maker: an hourly job has nothing to add, and it
 * would be one more host to let through. It reads the process environment and nothing else. A value that is set wins.
 */
export function keepTelemetrySdkQuiet(): void {
  process.env["APPLICATION_INSIGHTS_NO_STATSBEAT"] ??= "true";
}
