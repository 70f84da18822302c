// The built app in a process of its own, which can be killed at any moment.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { FromHost, ToHost } from "./messages.ts";

export interface AppProcess {
  /** Fires the timer. Resolves with undefined when the process is killed before the run ends. */
  fire(isPastDue: boolean): Promise<RunEnd | undefined>;
  /** `kill -9`, at this very moment; resolves when the process is gone. */
  kill(): Promise<void>;
}

export interface RunEnd {
  readonly lines: readonly string[];
  /** What the host would record as the failure of the run. */
  readonly error?: string;
}

const HOST = fileURLToPath(new URL("host.ts", import.meta.url));

/** Resolves when the app is loaded. `environment` is all the environment the process gets, beside PATH. */
export async function startApp(folder: string, environment: Readonly<Record<string, string>>): Promise<AppProcess> {
  const child = fork(HOST, [folder], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const errors: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const exited = once(child, "exit");
  let killed = false;
  let onMessage: ((message: FromHost) => void) | undefined;
  child.on("message", (message: FromHost) => onMessage?.(message));

  async function next(): Promise<FromHost | undefined> {
    const message = new Promise<FromHost>((resolve) => (onMessage = resolve));
    const first = await Promise.race([message, exited.then(() => undefined)]);
    if (first === undefined && !killed) throw new Error(`the process of the app ended by itself:\n${errors.join("")}`);
    return first;
  }

  await next();
  return {
    async fire(isPastDue) {
      const ended = next();
      child.send({ invocationId: crypto.randomUUID(), isPastDue } satisfies ToHost);
      const message = await ended;
      if (message?.kind !== "ended") return undefined;
      return { lines: message.lines, ...(message.error === undefined ? {} : { error: message.error }) };
    },
    async kill() {
      killed = true;
      child.kill("SIGKILL");
      await exited;
    },
  };
}
