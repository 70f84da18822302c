// What the command line touches outside itself: streams, environment, signals. Tests pass their own.
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import type { BridgeOptions } from "../app.ts";
import { readEnvironment } from "../config/environment.ts";
import type { Environment } from "../config/load-settings.ts";

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface CliWorld {
  readonly stdout: Output;
  readonly stderr: Output;
  /** One line that a person types after a question; `undefined` where nobody sits. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly environment: Environment;
  /** Where host.json and local.settings.json are. */
  readonly root: string;
  /** Calls the listener at Ctrl-C, or when the process is told to end. Returns what takes the listener away. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** Time and waiting, for simulated time. */
  readonly time?: Pick<BridgeOptions, "now" | "wait">;
}

export function processWorld(): CliWorld {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    ask: process.stdin.isTTY ? askAtTerminal : undefined,
    environment: readEnvironment(),
    root: fileURLToPath(new URL("../..", import.meta.url)),
    onInterrupt(listener) {
      const signals = ["SIGINT", "SIGTERM"] as const;
      for (const signal of signals) process.once(signal, listener);
      return () => {
        for (const signal of signals) process.removeListener(signal, listener);
      };
    },
  };
}

async function askAtTerminal(question: string): Promise<string> {
  // Questions go to standard error: standard output belongs to the answer of the command.
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await reader.question(question);
  } finally {
    reader.close();
  }
}
