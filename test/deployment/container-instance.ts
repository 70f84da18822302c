// One instance of the bridge as its image runs it: the staged folder, a user without rights, no file to write.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface ContainerInstance {
  readonly port: number;
  readonly pid: number;
  /** What it has printed so far. */
  printed(): string;
  /** Resolves once it has printed a line with this in it. */
  whenPrinted(text: string): Promise<void>;
  kill(signal: "SIGKILL" | "SIGTERM"): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Resolves once it listens, on a free port. `folder` is what `npm run container` made. */
export async function startInstance(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<ContainerInstance> {
  // Whatever it tried to write, to start or to load beside its own JavaScript would be refused.
  const flags = ["--permission", "--allow-fs-read=*"];
  const child = spawn(process.execPath, [...flags, "dist/cli/bridge.js", "run", "--port", "0", "--json"], {
    cwd: folder,
    env: { ...environment, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
    ...withoutRights(),
  });
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  const heard = (line: string): void => {
    lines.push(line);
    for (const [text, resolve] of waiting) if (line.includes(text)) resolve();
  };
  createInterface({ input: child.stdout }).on("line", heard);
  createInterface({ input: child.stderr }).on("line", heard);
  const ended = once(child, "close").then(([code, signal]): number | string => code ?? signal);
  const whenPrinted = async (text: string): Promise<void> => {
    if (lines.some((line) => line.includes(text))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.set(text, resolve);
    await Promise.race([promise, ended.then((how) => endedBefore(text, how, lines))]);
    waiting.delete(text);
  };
  await whenPrinted("The app runs at");
  return {
    port: Number(/The app runs at http:\/\/[\d.]+:(\d+)/.exec(lines.join("\n"))?.[1]),
    pid: child.pid ?? 0,
    printed: () => lines.join("\n"),
    whenPrinted,
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

function endedBefore(text: string, how: number | string, lines: readonly string[]): never {
  throw new Error(`ended with ${how} before it printed "${text}":\n${lines.join("\n")}`);
}

/** As in the image; where the tests themselves are not root, they have none to give away. */
function withoutRights(): { readonly uid?: number; readonly gid?: number } {
  const nobody = { uid: 1000, gid: 1000 };
  if (process.getuid?.() !== 0) return {};
  // The program itself may lie where only root can read.
  return spawnSync(process.execPath, ["--version"], nobody).status === 0 ? nobody : {};
}
