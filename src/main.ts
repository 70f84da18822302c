// The Function app: registers the functions, nothing else. What they need is loaded by the first run: the host waits for the
// registration only, with every function of the app.
import { fileURLToPath } from "node:url";
import { app } from "@azure/functions";
import { readEnvironment, readHostJson } from "./config/environment.ts";
import { loadTelemetry } from "./config/load-settings.ts";
import { loadSwitches } from "./config/switches.ts";
import { functionOpeners } from "./function-openers.ts";
import { registerFunctions } from "./functions/register.ts";
import { tapHostLines } from "./functions/telemetry-hooks.ts";
import { appBringsLines } from "./watch.ts";

const environment = readEnvironment();
/** Where host.json is: one folder above this one, bundled or not. */
const appRoot = fileURLToPath(new URL("..", import.meta.url));
const tap = appBringsLines(loadTelemetry(environment, readHostJson(appRoot)))
  ? tapHostLines((_level, line) => void process.stderr.write(`${line}\n`))
  : undefined;
registerFunctions(
  app,
  loadSwitches(environment),
  functionOpeners({ environment, appRoot, ...(tap === undefined ? {} : { tap }) }),
);
