// The webhook as callers meet it: real HTTP in front, the real SDK and a Service Bus emulator behind, state in Azurite.
import { createHmac, randomUUID } from "node:crypto";
import { startServiceBusEmulator, type ServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import type { Environment } from "../../src/config/load-settings.ts";
import { loadSwitches } from "../../src/config/switches.ts";
import { functionOpeners } from "../../src/function-openers.ts";
import { registerFunctions } from "../../src/functions/register.ts";
import { collectFunctions } from "../../src/host/collected-functions.ts";
import { startHttpAdapter, type HttpAdapter } from "../../src/host/http-adapter.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";

export const QUEUE = "orders";
export const KEY = "a function key of more than thirty-two characters";
export const SECRET = "a webhook secret of more than thirty-two characters";

export interface Instance extends AsyncDisposable {
  readonly adapter: HttpAdapter;
  /** What it logged, each line behind its level. */
  readonly lines: readonly string[];
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Settings of an app with one feed, a hub that nobody sends to here, and the queue of the webhook. */
export async function webhookSettings(
  bus: ServiceBusEmulator | undefined,
  more: Environment = {},
): Promise<Environment> {
  const { connectionString } = await sharedAzurite();
  return {
    MICROSHARE_USERNAME: "somebody@example.com",
    MICROSHARE_PASSWORD: "the password of somebody",
    MICROSHARE_API_KEY: "11111111-2222-3333-4444-555555555555",
    MICROSHARE_DATA_CONTEXT: "EXAMPLE",
    RECORD_TYPE: "io.example.counter",
    AzureWebJobsStorage: connectionString,
    STATE_TABLE: uniqueName("webhook"),
    DEAD_LETTER_CONTAINER: uniqueName("webhook"),
    // So that an answer that is lost is not waited for long.
    SEND_TIMEOUT: "PT2S",
    WEBHOOK: "on",
    WEBHOOK_SINK: "orders",
    SINKS: JSON.stringify([
      { name: "hub", kind: "event-hub", connectionStringSetting: "HUB_CONNECTION" },
      { name: "orders", kind: "service-bus", connectionStringSetting: "QUEUE_CONNECTION", feeds: "named" },
    ]),
    HUB_CONNECTION: `Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=send;SharedAccessKey=${"k".repeat(43)}=;EntityPath=hub;UseDevelopmentEmulator=true`,
    QUEUE_CONNECTION: bus?.connectionString(QUEUE) ?? "",
    ...more,
  };
}

export function startBus(): Promise<ServiceBusEmulator> {
  return startServiceBusEmulator({ queues: [{ name: QUEUE, duplicateDetectionMs: 600_000 }] });
}

/** The functions of an app, served by the adapter as one instance. */
export async function startInstance(environment: Environment): Promise<Instance> {
  const functions = collectFunctions();
  const openers = functionOpeners({ environment, appRoot: "/nowhere" });
  registerFunctions(functions, loadSwitches(environment), openers);
  const lines: string[] = [];
  const adapter = await startHttpAdapter(functions.https, {
    port: 0,
    functionKey: KEY,
    maxBodyBytes: 2 ** 21,
    log: (level, line) => void lines.push(`${level} ${line}`),
  });
  return {
    adapter,
    lines,
    async post(body, headers = {}) {
      const response = await fetch(`${adapter.url}/api/webhook`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-functions-key": KEY, ...headers },
        body:
          typeof body === "string" || body instanceof Uint8Array
            ? new Uint8Array(Buffer.from(body))
            : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === "" ? {} : Object(JSON.parse(text)) };
    },
    async [Symbol.asyncDispose]() {
      await adapter.close();
      await openers.close();
    },
  };
}

/** The headers of a request signed by hand, as docs/webhook.md tells callers to. */
export function signed(
  body: string,
  { secret = SECRET, at = Date.now(), id }: { secret?: string; at?: number; id?: string } = {},
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac("sha256", secret)
    .update(`${timestamp}.${id ?? ""}.${body}`)
    .digest("hex");
  return {
    "x-webhook-timestamp": timestamp,
    "x-webhook-signature": `v1=${signature}`,
    ...(id === undefined ? {} : { "x-correlation-id": id }),
  };
}

export function order(clientId: string = randomUUID()): { readonly clientId: string; readonly opportunity: string } {
  return { clientId, opportunity: "a new door" };
}
