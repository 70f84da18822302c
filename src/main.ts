// The Function app: registers the functions, nothing else.
import { fileURLToPath } from "node:url";
import { bridgeOpener } from "./app.ts";
import { readEnvironment, readSettingsFiles } from "./config/environment.ts";
import { scheduleOrDefault } from "./config/schedule.ts";
import { registerForward } from "./functions/forward.ts";

const environment = readEnvironment();
/** Where host.json is: one folder above this one, bundled or not. */
const appRoot = fileURLToPath(new URL("..", import.meta.url));
registerForward(
  scheduleOrDefault(environment),
  bridgeOpener({ environment, readFiles: () => readSettingsFiles(appRoot, environment) }),
);
