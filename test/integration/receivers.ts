// Instances of the webhook beside the bridge of a test: real HTTP, the same state, the same hub, the same clock.
import { bridgeOpener } from "../../src/app.ts";
import { loadSwitches } from "../../src/config/switches.ts";
import { registerFunctions } from "../../src/functions/register.ts";
import { collectFunctions } from "../../src/host/collected-functions.ts";
import { startHttpAdapter } from "../../src/host/http-adapter.ts";
import { webhookOpener } from "../../src/open-webhook.ts";
import type { BridgeUnderTest } from "./bridge-under-test.ts";

export interface Receiver extends AsyncDisposable {
  /** Posts envelopes; `signal` ends the wait, as when a caller loses patience. */
  push(envelopes: unknown, signal?: AbortSignal): Promise<Pushed>;
}

export interface Pushed {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

const KEY = "a function key of more than thirty-two characters";

export async function startReceiver(bridge: BridgeUnderTest): Promise<Receiver> {
  const options = {
    environment: bridge.settings,
    readFiles: () => ({ functionTimeout: "00:10:00" }),
    now: () => bridge.clock.now,
    async wait(ms: number, signal: AbortSignal) {
      signal.throwIfAborted();
      bridge.clock.now += ms;
    },
  };
  const webhook = webhookOpener(options);
  const functions = collectFunctions();
  registerFunctions(functions, loadSwitches(bridge.settings), {
    bridge: bridgeOpener(options),
    webhook: webhook.open,
    notify: () => Promise.reject(new Error("no mail is sent here")),
  });
  const adapter = await startHttpAdapter(functions.https, { port: 0, functionKey: KEY, log: () => undefined });
  return {
    async push(envelopes, signal) {
      const response = await fetch(`${adapter.url}/api/webhook`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-functions-key": KEY },
        body: JSON.stringify(envelopes),
        ...(signal === undefined ? {} : { signal }),
      });
      const body = Object(await response.json());
      return { status: response.status, retryAfter: response.headers.get("retry-after"), body };
    },
    async [Symbol.asyncDispose]() {
      await adapter.close();
      await webhook.close();
    },
  };
}

/** As the stream writes a record: without `_id` and `updateDate`, and with the time of storage as a number. */
export function envelope(json: string, change = "create"): Readonly<Record<string, unknown>> {
  const { _id: _, updateDate: __, createDate, ...obj } = Object(JSON.parse(json));
  return {
    event_type: change,
    id: obj.id,
    obj: { ...obj, createDate: Date.parse(String(createDate)) },
    obj_type: "objs",
    recType: obj.recType,
    source: "ShareService",
  };
}
