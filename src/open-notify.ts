// From the settings to e-mail: what the functions `notification` and `mail` need. Constructs, like `app.ts`.
import type { BridgeOptions } from "./app.ts";
import { loadMail, loadSettings, secretsOf, type MailSettings } from "./config/load-settings.ts";
import { settingsError } from "./config/problems.ts";
import type { NotifySettings } from "./config/settings.ts";
import { BridgeError } from "./errors.ts";
import { problem, type HttpAnswer } from "./http/problem-details.ts";
import { requestRate, type RequestRate } from "./http/request-rate.ts";
import { createCredential } from "./identity.ts";
import { mailLog } from "./notify/mail-log.ts";
import type { OutboxStore } from "./notify/mail-outbox.ts";
import type { Mailer } from "./notify/mailer.ts";
import { receiveNotification, type NotificationRequest } from "./notify/notification.ts";
import { sendMails } from "./notify/send-mails.ts";
import { storageConnection } from "./open-state.ts";
import { openTable } from "./state/storage-clients.ts";
import { tableMailOutbox } from "./state/table-mail-outbox.ts";
import { cleanError } from "./telemetry/clean-error.ts";
import { createLog, type Log, type WriteLine } from "./telemetry/log.ts";
import { createRedact, type Redact } from "./telemetry/redact.ts";
import { watcher } from "./watch.ts";

/** E-mail for the length of one call. */
export interface Notify {
  /** Answers whatever the request is; throws for bugs alone. Wrong settings are an answer too. */
  receive(request: NotificationRequest): Promise<HttpAnswer>;
  /** See `sendMails`. Throws `SETTINGS_INVALID` and the errors of the state table, so that the host records a failed run. */
  sendMails(): Promise<void>;
}

export type OpenNotify = (write: WriteLine) => Promise<Notify>;

/** Below the minute between two ticks. */
const TICK_MS = 45_000;

interface Opened {
  readonly settings: MailSettings;
  readonly notify: NotifySettings;
  readonly outbox: OutboxStore;
  readonly openMailer: () => Promise<Mailer>;
  readonly rate: RequestRate;
}

/** What is opened is kept for the life of the process; the mail service's client only once there is a mail. */
export function notifyOpener(options: BridgeOptions): OpenNotify {
  const { environment, now = Date.now } = options;
  const watch = options.watch ?? watcher(options);
  let opening: Promise<Opened> | undefined;
  let redact: Redact | undefined;

  async function open(): Promise<Opened> {
    // Other settings may be wrong: mails go on, and one of them may tell just that.
    const settings = loadMail(environment);
    if (settings === undefined) {
      const loaded = loadSettings(environment, options.readFiles());
      if (loaded.kind === "invalid") throw settingsError(loaded.problems);
      throw new Error("NOTIFY is off, and something sends mails");
    }
    const { notify } = settings;
    let mailer: Promise<Mailer> | undefined;
    return {
      settings,
      notify,
      outbox: await openOutbox(settings, now),
      openMailer: () => (mailer ??= openMailer(notify, environment["IDENTITY_ENDPOINT"] !== undefined, now)),
      rate: requestRate(notify.requestsPerMinute, () => performance.now()),
    };
  }

  return async (write) => {
    const { write: told, deliver } = await watch(write);
    const hide = (redact ??= createRedact(secretsOf(environment)));
    let lines = 0;
    const counted: WriteLine = (level, line) => {
      lines += 1;
      told(level, line);
    };

    /** Telemetry is delivered when there was something to tell: a tick without mails costs nothing there. */
    async function withMail<Result>(work: (opened: Opened, log: Log) => Promise<Result>): Promise<Result> {
      try {
        const opened = await (opening ??= open());
        return await work(opened, createLog(counted, opened.settings.logLevel, hide));
      } catch (error) {
        if (!(error instanceof BridgeError)) throw error;
        // The next call tries again.
        if (error.code === "SETTINGS_INVALID") opening = undefined;
        const { code, message, fix } = error;
        counted("error", hide(`E-mail does not work: ${message} ${JSON.stringify({ error: { code, fix } })}`));
        throw cleanError(error, hide);
      } finally {
        if (lines > 0) await deliver();
      }
    }

    return {
      receive: (request) =>
        withMail(({ outbox, notify: { allowed }, rate }, log) =>
          receiveNotification(request, { outbox, allowed, rate, log }),
        ).catch((error: unknown) => {
          if (!(error instanceof BridgeError)) throw error;
          return problem(503, "E-mail is not set up. Nothing was taken.", { retryAfterMs: 60_000 });
        }),

      sendMails: () =>
        withMail(({ outbox, notify, openMailer: mailer }, log) => {
          const startedAt = performance.now();
          return sendMails({
            outbox,
            openMailer: mailer,
            allowed: notify.allowed,
            limits: { perMinute: notify.mailsPerMinute, perHour: notify.mailsPerHour },
            log: mailLog(log),
            now,
            hasTimeLeft: () => performance.now() - startedAt < TICK_MS,
          });
        }),
    };
  };
}

/** Makes no call. For everything that puts mails into the outbox. */
export async function openOutbox({ state }: Pick<MailSettings, "state">, now: () => number): Promise<OutboxStore> {
  return tableMailOutbox(openTable(await storageConnection(state.storage), state.table), { now });
}

async function openMailer({ access, sender }: NotifySettings, inAzure: boolean, now: () => number): Promise<Mailer> {
  const { createAzureMailer } = await import("./notify/azure-mailer.ts");
  const credential =
    access.kind === "key"
      ? { key: access.accessKey }
      : await createCredential(inAzure ? "managed-identity" : "default", access.clientId);
  return createAzureMailer({ endpoint: access.endpoint, credential, sender, now });
}
