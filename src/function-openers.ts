// What functions open: loaded by the first one that is called, and kept for the life of the process.
import type { LineTap, OpenBridge } from "./app.ts";
import { readSettingsFiles } from "./config/environment.ts";
import type { Environment } from "./config/load-settings.ts";
import type { Openers } from "./functions/register.ts";

export interface OpenerOptions {
  readonly environment: Environment;
  /** Where host.json is. */
  readonly appRoot: string;
  readonly tap?: LineTap;
  /** See `BridgeOptions`. */
  readonly stop?: AbortSignal;
}

/** The same for every host: the Functions one and our own. */
export function functionOpeners({ environment, appRoot, ...how }: OpenerOptions): Openers {
  let bridge: Promise<OpenBridge> | undefined;

  /** One for the life of the process: it keeps what is worth keeping from run to run. */
  async function bridgeOnce(): Promise<OpenBridge> {
    const { bridgeOpener } = await import("./app.ts");
    return bridgeOpener({
      environment,
      readFiles: () => readSettingsFiles(appRoot, environment),
      ...how,
    });
  }

  return {
    async bridge(write) {
      bridge ??= bridgeOnce();
      return (await bridge)(write);
    },
  };
}
