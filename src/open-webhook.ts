// From app settings to the webhook: its sink is kept open for the life of the process. Constructs, like `app.ts`.
import type { BridgeOptions } from "./app.ts";
import { loadSettings, secretsOf } from "./config/load-settings.ts";
import { settingsError } from "./config/problems.ts";
import type { Settings } from "./config/settings.ts";
import type { WebhookSettings } from "./config/webhook-settings.ts";
import { BridgeError } from "./errors.ts";
import { requestRate } from "./http/request-rate.ts";
import { openPush, type OpenedPush } from "./open-push.ts";
import { openSink, type SinkSurroundings } from "./open-sink.ts";
import { openState } from "./open-state.ts";
import type { Sink } from "./pipeline/ports.ts";
import { proxyDispatcher } from "./proxy-dispatcher.ts";
import type { SinkRetryPolicy } from "./sinks/retry-policy.ts";
import { createLog, type WriteLine } from "./telemetry/log.ts";
import { createRedact, type Redact } from "./telemetry/redact.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { wait } from "./wait.ts";
import { watcher } from "./watch.ts";
import { createAnsweredBefore } from "./webhook/answered-before.ts";
import type { Answer, WebhookContract } from "./webhook/contract.ts";
import { newId } from "./webhook/correlation-id.ts";
import { genericContract } from "./webhook/generic-contract.ts";
import { createHealth, healthAnswer } from "./webhook/health.ts";
import { problem } from "./webhook/problem.ts";
import { receive, type RawRequest, type ReceiveDeps } from "./webhook/receive.ts";
import { createSharedSend, type SharedSend } from "./webhook/shared-send.ts";

/** The webhook for the length of one request. Throws only for bugs: wrong settings are an answer too. */
export interface Webhook {
  receive(request: RawRequest): Promise<Answer>;
  health(): Promise<Answer>;
}

export type OpenWebhook = (write: WriteLine) => Promise<Webhook>;

export interface WebhookOpener {
  readonly open: OpenWebhook;
  /** Waits for what was taken, then closes the sink and delivers telemetry. For hosts that stop in order. */
  close(): Promise<void>;
}

/** Somebody waits for the answer, and is told to come back rather than kept. */
const RETRIES: SinkRetryPolicy = {
  attempts: 2,
  baseDelayMs: 200,
  maxDelayMs: 1000,
  busyDelayMs: 1000,
  busyTotalMs: 3000,
};
/** Below what callers and load balancers wait, and far below the 230 s of the Functions host. */
const SEND_LIMIT_MS = 20_000;
const MOST_WAITING_BYTES = 32 * 1024 * 1024;
/** Some four full batches of a Standard queue. */
const MOST_BYTES_AT_ONCE = 1024 * 1024;
/** On their way to a sink that promises no order anyway: with one, a request would wait for the answer to those before it too. */
const SENDS_AT_ONCE = 8;
/** Less than a send takes on Azure, and time for some requests to come together: each send costs far more than a message in it. */
const GATHER_MS = 5;
/** Of ids that are remembered: some 10 MB. */
const MOST_REMEMBERED = 50_000;
/** Between two deliveries of telemetry: there is no end of a run here to wait for. */
const DELIVERY_MS = 10_000;

interface Opened {
  readonly sink: Sink;
  readonly sharedSend: SharedSend;
  readonly push: OpenedPush | undefined;
  readonly deps: ReceiveDeps;
  readonly health: () => Promise<Answer>;
  readonly redact: Redact;
  readonly settings: Settings;
}

export function webhookOpener(options: BridgeOptions): WebhookOpener {
  const watch = options.watch ?? watcher(options);
  const now = options.now ?? Date.now;
  let opening: Promise<Opened> | undefined;
  let delivering: Promise<void> = Promise.resolve();
  let deliveredAt = performance.now();
  let warn: ((failure: unknown) => void) | undefined;

  async function open(telemetry: Telemetry): Promise<Opened> {
    const loaded = loadSettings(options.environment, options.readFiles());
    if (loaded.kind === "invalid") throw settingsError(loaded.problems);
    const { settings } = loaded;
    const { webhook } = settings;
    if (webhook === undefined) throw new Error("the webhook is not switched on");
    const around: SinkSurroundings = {
      sendTimeoutMs: settings.sendTimeoutMs,
      retry: RETRIES,
      dispatcher: proxyDispatcher(settings.proxy),
      environment: options.environment,
      telemetry,
      knownDevices: () => new Map(),
      now,
      wait: options.wait ?? wait,
      random: Math.random,
    };
    // The body of a message is the caller's own: only records have other forms.
    const sink = await openSink({ ...webhook.sink, format: "record" }, { ...around, sendsAtOnce: SENDS_AT_ONCE });
    const state = await openState(settings, telemetry, options.now);
    const push = await openPush(settings, { ...around, state, sendLimitMs: SEND_LIMIT_MS });
    const sharedSend = createSharedSend({
      sink,
      limitMs: SEND_LIMIT_MS,
      mostWaitingBytes: MOST_WAITING_BYTES,
      mostBytesAtOnce: MOST_BYTES_AT_ONCE,
      sendsAtOnce: keepsNoOrder(webhook.sink) ? SENDS_AT_ONCE : 1,
      gatherMs: GATHER_MS,
      now: monotonicNow,
      after: (ms, call) => void setTimeout(call, ms),
    });
    return {
      sink,
      sharedSend,
      push,
      deps: receiveDeps(
        webhook,
        [...(push === undefined ? [] : [push.contract]), genericContract(sharedSend.send)],
        now,
      ),
      health: createHealth({
        // No route has this name: what counts is that the table answers.
        checks: [(signal) => sink.check(signal), () => state.store.load("_health")],
        onFailure: (failure) => warn?.(failure),
        now: monotonicNow,
      }),
      redact: createRedact(secretsOf(options.environment)),
      settings,
    };
  }

  /** Not awaited by a request, but by `close`; never throws, and takes five seconds at most. */
  function deliverSoon(telemetry: Telemetry, deliver: () => Promise<void>): void {
    if (!telemetry.on || performance.now() - deliveredAt < DELIVERY_MS) return;
    deliveredAt = performance.now();
    delivering = delivering.then(deliver);
  }

  return {
    async open(write) {
      const { telemetry, write: told, deliver } = await watch(write);
      let opened: Opened;
      try {
        opened = await (opening ??= open(telemetry));
      } catch (error) {
        // The next request tries again.
        opening = undefined;
        if (!(error instanceof BridgeError)) throw error;
        told(
          "error",
          `Webhook ${JSON.stringify({ error: { code: error.code, message: error.message, fix: error.fix } })}`,
        );
        return notSetUp;
      }
      const log = createLog(told, opened.settings.logLevel, opened.redact);
      warn = (failure) => log.warn("Health", { error: wordsOf(failure) });
      return {
        async receive(request) {
          const startedAt = performance.now();
          const { facts, correlationId, ...answer } = await receive(request, opened.deps);
          const level = answer.status >= 500 ? "error" : "info";
          const durationMs = Math.round(performance.now() - startedAt);
          log[level]("Webhook", { correlationId, status: answer.status, durationMs, ...facts });
          deliverSoon(telemetry, deliver);
          return answer;
        },
        health: opened.health,
      };
    },
    async close() {
      const opened = await opening?.catch(() => undefined);
      await opened?.sharedSend.idle();
      await Promise.all([opened?.sink.close(), opened?.push?.close()]);
      const { telemetry, deliver } = await watch(() => {});
      deliveredAt = 0;
      deliverSoon(telemetry, deliver);
      await delivering;
    },
  };
}

function receiveDeps(webhook: WebhookSettings, contracts: readonly WebhookContract[], now: () => number): ReceiveDeps {
  const { secrets, replayWindowMs, maxBodyBytes } = webhook;
  return {
    rate: requestRate(webhook.requestsPerMinute, monotonicNow),
    maxBodyBytes,
    ...(secrets.length === 0 ? {} : { signatures: { secrets, replayWindowMs } }),
    contracts,
    answeredBefore: createAnsweredBefore({ keepMs: webhook.rememberMs, most: MOST_REMEMBERED, now: monotonicNow }),
    now,
  };
}

/** Elsewhere sends wait for each other on their partition or session, and more than one would only be smaller. */
function keepsNoOrder({ target }: WebhookSettings["sink"]): boolean {
  return target.kind === "service-bus" && target.sessions === "none";
}

/** What callers see while the settings are wrong: nothing of them. */
const notSetUp: Webhook = {
  receive: () => {
    const detail = "The webhook is not set up rightly. Nothing was sent.";
    return Promise.resolve(problem("unavailable", detail, { correlationId: newId(), retryAfterMs: 60_000 }));
  },
  health: () => Promise.resolve(healthAnswer(false)),
};

function wordsOf(failure: unknown): unknown {
  if (failure instanceof BridgeError) return { code: failure.code, message: failure.message, fix: failure.fix };
  return failure instanceof Error ? failure.message : String(failure);
}

function monotonicNow(): number {
  return performance.now();
}
