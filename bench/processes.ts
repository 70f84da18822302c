// The processes of a measurement: servers on one core, where the machine can pin, contenders on the other.
import { fork, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { startAzurite, type Azurite } from "../dev/azurite.ts";
import type { Task, Used } from "./measure.ts";
import { deployedNodeArguments } from "./node-arguments.ts";
import { startRemote, type Remote } from "./rpc.ts";
import type { Contender } from "./scenarios.ts";
import type { ApiMethods } from "./servers/api.ts";
import type { HubMethods } from "./servers/hub.ts";

export interface Servers {
  readonly api: Remote<ApiMethods>;
  readonly hub: Remote<HubMethods>;
  readonly azurite: Azurite;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const azurite = await startAzurite();
  const api = startRemote<ApiMethods>(new URL("servers/api.ts", import.meta.url));
  const hub = startRemote<HubMethods>(new URL("servers/hub.ts", import.meta.url));
  for (const pid of [api.pid, hub.pid]) pin(pid, SERVER_CORE);
  return {
    api,
    hub,
    azurite,
    async stop() {
      await Promise.all([api.stop(), hub.stop(), azurite.close()]);
    },
  };
}

const files: Readonly<Record<Contender, readonly [file: string, argument: string]>> = {
  bridge: ["bridge.js", ""],
  obvious: ["obvious.js", ""],
  "obvious with rows": ["obvious.js", "rows"],
  "floor: read": ["floor-read.js", ""],
  "floor: send": ["floor-send.js", ""],
};

/** Runs a contender in a process of its own, to its end. Throws when it fails. */
export async function runContender(contender: Contender, task: Task, asDeployed: boolean, built: URL): Promise<Used> {
  const [file, argument] = files[contender];
  const child = fork(new URL(file, built), [JSON.stringify(task), argument], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: asDeployed ? [...deployedNodeArguments()] : [],
  });
  pin(child.pid, CONTENDER_CORE);
  const used = received(child);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${contender} ended with code ${code}`);
  return used;
}

async function received(child: ChildProcess): Promise<Used> {
  const [used] = await once(child, "message");
  return Object(used);
}

export const CONTENDER_CORE = 0;
export const SERVER_CORE = 1;

/** On machines without `taskset` or a second core everything shares what there is. */
export function pin(pid: number | undefined, core: number): void {
  if (!canPin || pid === undefined) return;
  spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", String(core), String(pid)], { stdio: "ignore" });
}

export const canPin = availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;
