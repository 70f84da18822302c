// The Function app: registers the functions, nothing else. What they need is loaded by the first run: the host waits for the
// registration only, with every function of the app.
import { fileURLToPath } from "node:url";
import { app } from "@azure/functions";
import type { OpenBridge } from "./app.ts";
import { readEnvironment, readHostJson, readSettingsFiles } from "./config/environment.ts";
import { loadTelemetry } from "./config/load-settings.ts";
import { loadSwitches } from "./config/switches.ts";
import { registerFunctions } from "./functions/register.ts";
import { tapHostLines } from "./functions/telemetry-hooks.ts";
import { appBringsLines } from "./watch.ts";

const environment = readEnvironment();
/** Where host.json is: one folder above this one, bundled or not. */
const appRoot = fileURLToPath(new URL("..", import.meta.url));
const tap = appBringsLines(loadTelemetry(environment, readHostJson(appRoot)))
  ? tapHostLines((_level, line) => void process.stderr.write(`${line}\n`))
  : undefined;
let opener: Promise<OpenBridge> | undefined;
registerFunctions(app, loadSwitches(environment), {
  async bridge(write) {
    opener ??= openerOnce();
    return (await opener)(write);
  },
});

/** One for the life of the process: it keeps what is worth keeping from run to run. */
async function openerOnce(): Promise<OpenBridge> {
  const { bridgeOpener } = await import("./app.ts");
  return bridgeOpener({
    environment,
    readFiles: () => readSettingsFiles(appRoot, environment),
    ...(tap === undefined ? {} : { tap }),
  });
}
