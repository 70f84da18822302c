// The functions of e-mail as a host runs them: real HTTP, the real SDK against the simulator, state in Azurite, a clock of its own.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { InvocationContext, type Timer } from "@azure/functions";
import {
  startEmailSimulator,
  type EmailSimulator,
  type EmailSimulatorOptions,
} from "../../dev/email-simulator/index.ts";
import { loadSwitches } from "../../src/config/switches.ts";
import type { Environment } from "../../src/config/load-settings.ts";
import { registerFunctions } from "../../src/functions/register.ts";
import { collectFunctions } from "../../src/host/collected-functions.ts";
import { startHttpAdapter } from "../../src/host/http-adapter.ts";
import { notifyOpener } from "../../src/open-notify.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";
import { simple, twentyMinutes } from "../config/environments.ts";

export const FUNCTION_KEY = "a-function-key-of-the-tests-0815";
export const START = Date.parse("2026-11-26T08:00:00Z");

export interface NotifyUnderTest extends AsyncDisposable {
  readonly service: EmailSimulator;
  readonly url: string;
  readonly settings: Environment;
  /** What the functions logged, with the level before each line. */
  readonly lines: readonly string[];
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  /** One tick of the timer, so long after the last one. Rejects as the run does. */
  tick(afterMs?: number): Promise<void>;
  /** The same, with the number of calls to storage. */
  countedTick(afterMs?: number): Promise<number>;
  /** As a new process: nothing is remembered but the state. */
  restart(): void;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface NotifyOptions {
  readonly settings?: Environment;
  readonly service?: EmailSimulatorOptions;
  /** Puts something between the functions and the addresses in their settings. */
  readonly tapped?: (settings: Environment) => Promise<Environment>;
}

export async function startNotify(options: NotifyOptions = {}): Promise<NotifyUnderTest> {
  const clock = { now: START };
  const service = await startEmailSimulator({ now: () => clock.now, ...options.service });
  const { connectionString } = await sharedAzurite();
  const untapped = {
    ...simple,
    AzureWebJobsStorage: connectionString,
    STATE_TABLE: uniqueName("notify"),
    NOTIFY: "on",
    NOTIFY_CONNECTION_STRING: service.connectionString,
    NOTIFY_SENDER: "DoNotReply@example.com",
    NOTIFY_ALLOWED_RECIPIENTS: "ops@example.com, example.org",
    ...options.settings,
  };
  const environment = (await options.tapped?.(untapped)) ?? untapped;
  const lines: string[] = [];
  const open = () => notifyOpener({ environment, readFiles: () => twentyMinutes, now: () => clock.now });
  let opened = open();
  const functions = collectFunctions();
  registerFunctions(functions, loadSwitches(environment), {
    bridge: () => Promise.reject(new Error("nothing is forwarded here")),
    webhook: () => Promise.reject(new Error("nothing is received here")),
    notify: (write) => opened(write),
  });
  const log = (level: string, line: string): void => void lines.push(`${level} ${line}`);
  const http = await startHttpAdapter(functions.https, { port: 0, functionKey: FUNCTION_KEY, log });

  async function tick(afterMs = 60_000): Promise<void> {
    clock.now += afterMs;
    const context = new InvocationContext({
      functionName: "mail",
      logHandler: (level, ...args) => log(level, args.join(" ")),
    });
    await functions.timers.get("mail")?.handler(TIMER, context);
  }

  return {
    service,
    url: `${http.url}/api/notification`,
    settings: environment,
    lines,
    async post(body, headers = {}) {
      const response = await fetch(`${http.url}/api/notification`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-functions-key": FUNCTION_KEY, ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      const text = await response.text();
      const parsed: unknown = text === "" ? {} : JSON.parse(text);
      return { status: response.status, headers: response.headers, body: { ...Object(parsed) } };
    },
    tick,
    async countedTick(afterMs) {
      let calls = 0;
      // Storage and the mail service are called by Node's own client.
      const count = (): void => void (calls += 1);
      subscribe("http.client.request.start", count);
      try {
        await tick(afterMs);
      } finally {
        unsubscribe("http.client.request.start", count);
      }
      return calls;
    },
    restart() {
      opened = open();
    },
    async [Symbol.asyncDispose]() {
      await http.close();
      await service.close();
    },
  };
}

const TIMER: Timer = {
  isPastDue: false,
  schedule: { adjustForDST: false },
  scheduleStatus: { last: "", next: "", lastUpdated: "" },
};
