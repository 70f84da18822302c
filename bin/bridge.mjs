#!/usr/bin/env node
// The command line: starts it on a Node that runs TypeScript as it is, whichever Node this one is. Plain JavaScript for old ones.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const LEAST_MAJOR = 24;
const PINNED = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
/** Set for the process that was started again: a Node that is too old once more must not start itself for ever. */
const STARTED_AGAIN = "BRIDGE_STARTED_AGAIN";
const WRONG_USE = 2;

const running = process.versions.node;
if (Number(running.split(".")[0]) >= LEAST_MAJOR) {
  // What it throws is a bug, and ends the process.
  void import("../src/cli/main.ts").then(({ start }) => start());
} else if (existsSync(PINNED) && process.env[STARTED_AGAIN] === undefined) {
  startOn(PINNED);
} else {
  process.stderr.write(
    `bridge needs Node ${LEAST_MAJOR} or later, and this is ${running}.\n` +
      "Fix: run `npm ci` in the project, which installs the right one beside its packages, or install it yourself.\n",
  );
  process.exitCode = WRONG_USE;
}

/** What is typed and pressed reaches both processes of a terminal; this one only waits for the other. */
function startOn(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: "inherit",
    env: Object.assign({}, process.env, { [STARTED_AGAIN]: "1" }),
  });
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`bridge could not start ${node}: ${error.message}\n`);
    process.exitCode = WRONG_USE;
  });
  child.on("exit", (code) => {
    process.exitCode = code === null ? 1 : code;
  });
}
