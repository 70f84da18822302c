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
  const functionTimeout = readFunctionTimeout(readText(appRoot, "host.json"));
  const feedsPath = environment["FEEDS_FILE"]?.trim() ?? "";
  return {
    ...(functionTimeout === undefined ? {} : { functionTimeout }),
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
function readFunctionTimeout(hostJson: FeedsFile): string | undefined {
  if (!("text" in hostJson)) return undefined;
  try {
    const content: unknown = JSON.parse(hostJson.text);
    if (typeof content !== "object" || content === null || !("functionTimeout" in content)) return undefined;
    return typeof content.functionTimeout === "string" ? content.functionTimeout : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
