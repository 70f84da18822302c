// npm start: builds, then hands over to the Functions host of Azure Functions Core Tools.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { bundle, ROOT } from "./bundle.ts";

const problem = whatIsMissing();
if (problem === undefined) {
  await bundle();
  const host = spawn("func", ["start"], { cwd: ROOT, stdio: "inherit", shell: process.platform === "win32" });
  host.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

function whatIsMissing(): string | undefined {
  const found = spawnSync("func", ["--version"], { stdio: "ignore", shell: process.platform === "win32" });
  if (found.error !== undefined || found.status !== 0) {
    return (
      "Azure Functions Core Tools are not installed (the command `func` was not found).\n" +
      "Install version 4: npm install --global azure-functions-core-tools@4\n" +
      "Without them, `npm run demo` runs the same function on embedded stand-ins."
    );
  }
  if (!existsSync(`${ROOT}local.settings.json`)) {
    return (
      "local.settings.json does not exist. Copy local.settings.example.json to it and fill it in.\n" +
      "It expects Azurite for storage: npx azurite --disableTelemetry"
    );
  }
  return undefined;
}
