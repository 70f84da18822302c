// What functions open: loaded by the first one that is called, and kept for the life of the process.
import type { LineTap, OpenBridge, OpenNotify } from "./app.ts";
import { readSettingsFiles } from "./config/environment.ts";
import type { Environment } from "./config/load-settings.ts";
import type { Openers } from "./functions/register.ts";
import type { WebhookOpener } from "./open-webhook.ts";
import type { Watcher } from "./watch.ts";

export interface OpenerOptions {
  readonly environment: Environment;
  /** Where host.json is. */
  readonly appRoot: string;
  readonly tap?: LineTap;
  /** See `BridgeOptions`. */
  readonly stop?: AbortSignal;
}

export interface FunctionOpeners extends Openers {
  /** Waits for what functions have taken, and lets go of what they keep open: for hosts that stop in order. */
  close(): Promise<void>;
}

/** The same for every host: the Functions one and our own. */
export function functionOpeners({ environment, appRoot, ...how }: OpenerOptions): FunctionOpeners {
  const options = { environment, readFiles: () => readSettingsFiles(appRoot, environment), ...how };
  // One for all of them. Loaded with the first: the host waits for whatever the registration loads.
  let watching: Promise<Watcher> | undefined;
  const shared = async () => ({ ...options, watch: await (watching ??= openWatch()) });
  const openWatch = async () => (await import("./watch.ts")).watcher(options);
  // Each for the life of the process: it keeps what is worth keeping from call to call.
  let bridge: Promise<OpenBridge> | undefined;
  let webhook: Promise<WebhookOpener> | undefined;
  let notify: Promise<OpenNotify> | undefined;
  return {
    async bridge(write) {
      bridge ??= import("./app.ts").then(async ({ bridgeOpener }) => bridgeOpener(await shared()));
      return (await bridge)(write);
    },
    async webhook(write) {
      webhook ??= import("./open-webhook.ts").then(async ({ webhookOpener }) => webhookOpener(await shared()));
      return (await webhook).open(write);
    },
    async notify(write) {
      notify ??= import("./open-notify.ts").then(async ({ notifyOpener }) => notifyOpener(await shared()));
      return (await notify)(write);
    },
    async close() {
      await (await webhook)?.close();
    },
  };
}
