// What functions open: loaded by the first one that is called, and kept for the life of the process.
import type { LineTap, OpenBridge, OpenNotify } from "./app.ts";
import { readSettingsFiles } from "./config/environment.ts";
import type { Environment } from "./config/load-settings.ts";
import type { Openers } from "./functions/register.ts";
import type { WebhookOpener } from "./open-webhook.ts";
import { watcher } from "./watch.ts";

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
  // One for all of them: nothing is opened before the first call.
  const watch = watcher(options);
  // Each for the life of the process: it keeps what is worth keeping from call to call.
  let bridge: Promise<OpenBridge> | undefined;
  let webhook: Promise<WebhookOpener> | undefined;
  let notify: Promise<OpenNotify> | undefined;
  return {
    async bridge(write) {
      bridge ??= import("./app.ts").then(({ bridgeOpener }) => bridgeOpener({ ...options, watch }));
      return (await bridge)(write);
    },
    async webhook(write) {
      webhook ??= import("./open-webhook.ts").then(({ webhookOpener }) => webhookOpener({ ...options, watch }));
      return (await webhook).open(write);
    },
    async notify(write) {
      notify ??= import("./open-notify.ts").then(({ notifyOpener }) => notifyOpener({ ...options, watch }));
      return (await notify)(write);
    },
    async close() {
      await (await webhook)?.close();
    },
  };
}
