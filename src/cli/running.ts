// The work of bridge run: loaded by it alone, as it needs the settings and the app.
import { loadSettings, secretsOf } from "../config/load-settings.ts";
import { settingsError } from "../config/problems.ts";
import { loadSwitches } from "../config/switches.ts";
import { functionOpeners } from "../function-openers.ts";
import { runApp, type HostLog } from "../host/run-app.ts";
import { openTimerMemory } from "../open-timers.ts";
import { nextRuns } from "../operations/next-run.ts";
import { createRedact } from "../telemetry/redact.ts";
import { waitUnlessAborted } from "../wait.ts";
import type { RunOptions } from "./commands/run.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Session } from "./session.ts";
import { countOf } from "./wrong-use.ts";

/** Resolves once the process is told to end and all that was under way has ended. */
export async function run(session: Session, { address, port }: RunOptions): Promise<ExitCode> {
  const environment = session.environment();
  const loaded = loadSettings(environment, session.readFiles());
  if (loaded.kind === "invalid") throw settingsError(loaded.problems);
  const stop = session.interrupted();
  const redact = createRedact(secretsOf(environment));
  const log: HostLog = (level, line) =>
    session.line({ at: new Date().toISOString(), level, line: redact(line) }, () => `${level} ${redact(line)}`);
  const key = environment["HOST_FUNCTION_KEY"]?.trim() ?? "";
  const openers = functionOpeners({ environment, appRoot: session.world.root, stop });
  const { webhook } = loaded.settings;
  const app = await runApp({
    switches: loadSwitches(environment),
    openers,
    memory: await openTimerMemory(loaded.settings, stop),
    nextAfter: (schedule, time) => nextRuns(schedule, time, 1)[0],
    now: session.world.time?.now ?? Date.now,
    wait: waitUnlessAborted,
    address,
    port: countOf("--port", port, 0, 65_535),
    log,
    ...(key === "" ? {} : { functionKey: key }),
    ...(webhook === undefined ? {} : { maxBodyBytes: webhook.maxBodyBytes }),
  });
  log("information", `The app runs at ${app.url} with ${app.functions.join(", ")}`);
  await aborted(stop);
  log("information", "The app ends: what is under way is brought to its end");
  await app.stop();
  await openers.close();
  log("information", "The app has ended");
  return EXIT.good;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
