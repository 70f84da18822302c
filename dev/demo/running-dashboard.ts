// `bridge dashboard` in this process, over given settings and a given time: for the demo, the pictures and the tests.
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/main.ts";
import type { CliWorld } from "../../src/cli/world.ts";
import type { Environment } from "../../src/config/load-settings.ts";

export interface RunningDashboard {
  readonly url: string;
  /** Ctrl-C. Resolves with the exit code and what stood on standard error. */
  close(): Promise<{ readonly exitCode: number; readonly stderr: string }>;
}

export interface RunningOptions {
  /** How often the page asks again. */
  readonly everySeconds: number;
  readonly time: NonNullable<CliWorld["time"]>;
}

/** Throws when it ends instead of starting. */
export async function startDashboard(
  environment: Environment,
  { everySeconds, time }: RunningOptions,
): Promise<RunningDashboard> {
  const interrupts = new Set<() => void>();
  const address = Promise.withResolvers<string>();
  let stderr = "";
  const ended = main(["dashboard", "--json", "--every", String(everySeconds)], {
    stdout: { write: (text) => address.resolve(String(Object(JSON.parse(text))["url"])) },
    stderr: { write: (text) => void (stderr += text) },
    ask: undefined,
    environment,
    // A folder without settings: those of the user are none of the demo's.
    root: fileURLToPath(new URL(".", import.meta.url)),
    onInterrupt(listener) {
      interrupts.add(listener);
      return () => void interrupts.delete(listener);
    },
    time,
  });
  const url = await Promise.race([address.promise, ended.then(() => undefined)]);
  if (url === undefined) throw new Error(`the dashboard did not start: ${stderr}`);
  return {
    url,
    async close() {
      for (const listener of interrupts) listener();
      return { exitCode: await ended, stderr };
    },
  };
}
