// The Function app: registers the functions, nothing else. What they need is loaded by the first run: the host waits for the
// registration only, with every function of the app. Not even the settings are checked before.
import { fileURLToPath } from "node:url";
import { app } from "@azure/functions";
import type { LineTap } from "./app.ts";
import { readEnvironment, readHostJson } from "./config/environment.ts";
import { loadSwitches } from "./config/switches.ts";
import { hostUsesOpenTelemetry } from "./config/telemetry-mode.ts";
import { functionOpeners } from "./function-openers.ts";
import { registerFunctions } from "./functions/register.ts";
import { tapHostLines } from "./functions/telemetry-hooks.ts";

const environment = readEnvironment();
/** Where host.json is: one folder above this one, bundled or not. */
const appRoot = fileURLToPath(new URL("..", import.meta.url));
const hostJson = readHostJson(appRoot);
// Who brings the lines has to be said before the first function is registered; any other host takes them anyway.
const tap = hostUsesOpenTelemetry(environment, hostJson) ? await tapIfAppBringsLines() : undefined;
registerFunctions(
  app,
  loadSwitches(environment),
  functionOpeners({ environment, appRoot, ...(tap === undefined ? {} : { tap }) }),
);

async function tapIfAppBringsLines(): Promise<LineTap | undefined> {
  const { appBringsLines } = await import("./app.ts");
  if (!appBringsLines(environment, hostJson)) return undefined;
  return tapHostLines((_level, line) => void process.stderr.write(`${line}\n`));
}
