// Which functions the app has: each that is switched on is registered with the host, the others load nothing.
import type { HttpFunctionOptions, TimerFunctionOptions } from "@azure/functions";
import type { OpenBridge, OpenNotify } from "../app.ts";
import type { OpenWebhook } from "../open-webhook.ts";
import { registerForward } from "./forward.ts";
import { registerMail } from "./mail.ts";
import { registerWebhook } from "./webhook.ts";

/** The part of a host that functions are registered with: `app` of the Functions library, or a host of our own. */
export interface FunctionHost {
  timer(name: string, options: TimerFunctionOptions): void;
  http(name: string, options: HttpFunctionOptions): void;
}

/** What is switched on, and what the host must know of it: read from the environment by `config/switches.ts`. */
export interface FunctionSwitches {
  /** NCRONTAB, of `forward`. */
  readonly schedule: string;
  /** Present where `webhook` and `health` are switched on; the route is below `/api`. */
  readonly webhook?: { readonly route: string };
  /** Whether `notification` and `mail` are switched on. */
  readonly notify: boolean;
}

/** Called by the first invocation, not before: what a function needs is loaded then. */
export interface Openers {
  readonly bridge: OpenBridge;
  readonly webhook: OpenWebhook;
  readonly notify: OpenNotify;
}

export function registerFunctions(host: FunctionHost, switches: FunctionSwitches, open: Openers): void {
  registerForward(host, switches.schedule, open.bridge);
  if (switches.webhook !== undefined) registerWebhook(host, switches.webhook.route, open.webhook);
  if (switches.notify) registerMail(host, open.notify);
}
