// The Function app: registers the functions, nothing else.
import { fileURLToPath } from "node:url";
import { appBringsLines, bridgeOpener } from "./app.ts";
import { readEnvironment, readHostJson, readSettingsFiles } from "./config/environment.ts";
import { loadTelemetry } from "./config/load-settings.ts";
import { scheduleOrDefault } from "./config/schedule.ts";
import { registerForward } from "./functions/forward.ts";
import { tapHostLines } from "./functions/telemetry-hooks.ts";

const environment = readEnvironment();
/** Where host.json is: one folder above this one, bundled or not. */
const appRoot = fileURLToPath(new URL("..", import.meta.url));
const tap = appBringsLines(loadTelemetry(environment, readHostJson(appRoot)))
  ? tapHostLines((_level, line) => void process.stderr.write(`${line}\n`))
  : undefined;
registerForward(
  scheduleOrDefault(environment),
  bridgeOpener({
    environment,
    readFiles: () => readSettingsFiles(appRoot, environment),
    ...(tap === undefined ? {} : { tap }),
  }),
);
