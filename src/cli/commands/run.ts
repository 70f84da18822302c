// bridge run: the whole app as one process, for a machine, a container or a cluster.
import { loadSettings, secretsOf } from "../../config/load-settings.ts";
import { settingsError } from "../../config/problems.ts";
import { loadSwitches } from "../../config/switches.ts";
import { functionOpeners } from "../../function-openers.ts";
import { runApp, type HostLog } from "../../host/run-app.ts";
import { openTimerMemory } from "../../open-timers.ts";
import { nextRuns } from "../../operations/next-run.ts";
import { createRedact } from "../../telemetry/redact.ts";
import type { AddCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import { countOf } from "../wrong-use.ts";

interface RunOptions {
  readonly address: string;
  readonly port: string;
}

export const addRun: AddCommand = (program, act) => {
  program
    .command("run")
    .description("the whole app as one process, without the Functions host, until it is told to end")
    .option("--address <address>", "where it listens; 0.0.0.0 for all networks of a container", "127.0.0.1")
    .option("--port <port>", "of what it serves over HTTP; 0 takes a free one", "8080")
    .addHelpText("after", RULES)
    .action(act<RunOptions>(run));
};

const RULES = `
The timers fire by POLL_SCHEDULE as in Azure: one run for all that were missed, again after a crash, and never two at
once, however many processes share the storage account. GET /api/live says that the process is there.

At Ctrl-C, SIGTERM or SIGINT it takes no new request, reads no more, sends and saves what it has read, and ends; give it
30 seconds. A second signal ends it at once, which loses and repeats nothing either.`;

async function run(session: Session, { address, port }: RunOptions): Promise<ExitCode> {
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
    wait: waitOrStop,
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

/** Resolves when the time is over or the signal aborts; keeps the process alive. */
async function waitOrStop(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
}
