// The command line in a test: in this process with its streams caught, or as a child through bin/bridge.mjs.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/main.ts";
import type { CliWorld } from "../../src/cli/world.ts";
import type { Environment } from "../../src/config/load-settings.ts";

export const BIN = fileURLToPath(new URL("../../bin/bridge.mjs", import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Typed {
  readonly environment?: Environment;
  /** What a person answers to each question; without it nobody is there. */
  readonly says?: string;
  readonly isTTY?: boolean;
  readonly root?: string;
  readonly time?: CliWorld["time"];
  /** Told all that was written to standard output so far; what it returns true for is Ctrl-C. */
  readonly interruptWhen?: (stdout: string) => boolean;
}

/** Runs a command in this process. No local.settings.json is read, unless `root` has one. */
export async function type(args: readonly string[], typed: Typed = {}): Promise<Ended & { readonly asked: string[] }> {
  const written = { stdout: "", stderr: "" };
  const asked: string[] = [];
  const listeners = new Set<() => void>();
  const { says, interruptWhen, isTTY = false } = typed;
  const output = (name: "stdout" | "stderr"): CliWorld["stdout"] => ({
    isTTY,
    write(text) {
      written[name] += text;
      if (interruptWhen?.(written.stdout) === true) for (const listener of listeners) listener();
    },
  });
  const exitCode = await main(args, {
    stdout: output("stdout"),
    stderr: output("stderr"),
    environment: typed.environment ?? {},
    root: typed.root ?? "/nowhere/",
    ask:
      says === undefined
        ? undefined
        : (question) => {
            asked.push(question);
            return Promise.resolve(says);
          },
    onInterrupt(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ...(typed.time === undefined ? {} : { time: typed.time }),
  });
  return { exitCode, ...written, asked };
}

export interface Spawned {
  /** Nothing of the environment of the tests reaches the program, except what is given here. */
  readonly environment?: Environment;
  /** Words for Node itself, in front of the program. */
  readonly nodeArgs?: readonly string[];
  readonly node?: string;
  /** Once standard output holds this, the signal is sent. */
  readonly interruptAt?: { readonly text: string; readonly signal: NodeJS.Signals };
  /** Called once, when standard error holds the text. */
  readonly when?: { readonly stderr: string; readonly act: () => void };
}

/** Runs a command as a process of its own. */
export async function spawnBridge(args: readonly string[], spawned: Spawned = {}): Promise<Ended> {
  const { node = process.execPath, nodeArgs = [], environment = {}, interruptAt, when } = spawned;
  const child = spawn(node, [...nodeArgs, BIN, ...args], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  let isSent = false;
  let hasActed = false;
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
      if (when !== undefined && !hasActed && written.stderr.includes(when.stderr)) {
        hasActed = true;
        when.act();
      }
      if (interruptAt === undefined || isSent || !written.stdout.includes(interruptAt.text)) return;
      isSent = true;
      child.kill(interruptAt.signal);
    });
  }
  await once(child, "close");
  return { exitCode: child.exitCode, ...written };
}
