// The mailer of Azure Communication Services, through its SDK. Loaded only when a mail is sent or followed.
import {
  EmailClient,
  type EmailClientOptions,
  type EmailMessage,
  type EmailSendOptionalParams,
} from "@azure/communication-email";
import type { TokenCredential } from "@azure/identity";
import { isCredentialFailure } from "../identity.ts";
import { mailError } from "./mail-errors.ts";
import { htmlOf, type Mail } from "./mail.ts";
import type { Mailer, MailOutcome, SendStarted } from "./mailer.ts";
import { isNoAnswer, retryAfterMs, seenFrom, type Seen } from "./mail-answer.ts";

export interface AzureMailerOptions {
  /** Without a slash at the end. Plain http is for this machine only, and never with a token: `loadSettings` sees to it. */
  readonly endpoint: string;
  /** Base64, or an identity. */
  readonly credential: { readonly key: string } | TokenCredential;
  readonly sender: string;
  readonly now: () => number;
  /** For tests: an authority of their own. */
  readonly tlsOptions?: EmailClientOptions["tlsOptions"];
}

export function createAzureMailer({ endpoint, credential, sender, now, tlsOptions }: AzureMailerOptions): Mailer {
  const client = new EmailClient(endpoint, credential, {
    allowInsecureConnection: endpoint.startsWith("http:"),
    // Each call is one request: a repeated one counts against the limits, and the outbox repeats better.
    retryOptions: { maxRetries: 0 },
    ...(tlsOptions === undefined ? {} : { tlsOptions }),
  });

  /** One request: its answer, or why there is none. Throws for a bug. */
  async function ask(message: EmailMessage, options: EmailSendOptionalParams): Promise<Seen | NoAnswer> {
    let seen: Seen | undefined;
    const onResponse: EmailSendOptionalParams["onResponse"] = (response) => {
      seen ??= seenFrom(response);
      // Else the SDK would ask for the status at once, which counts against a limit too, and tells nothing yet.
      response.headers.delete("operation-location");
    };
    try {
      await client.beginSend(message, { ...options, onResponse });
    } catch (error) {
      // The SDK throws for an operation that failed as for an answer that is an error: the answer itself says more.
      if (seen !== undefined) return seen;
      if (isCredentialFailure(error)) return { noAnswer: "denied", why: "no token for the app's identity" };
      if (isNoAnswer(error)) return { noAnswer: "silence", why: error.code ?? "no answer in time" };
      throw error;
    }
    if (seen === undefined) throw new Error("the mail SDK gave no answer and no error");
    return seen;
  }

  return {
    async send(mail, operationId, signal): Promise<SendStarted> {
      const seen = await ask(messageOf(mail, sender), { operationId, abortSignal: signal });
      if ("noAnswer" in seen) {
        if (seen.noAnswer === "denied") return { kind: "not-taken", error: mailError("MAIL_DENIED", seen.why) };
        return { kind: "uncertain", error: mailError("MAIL_UNAVAILABLE", seen.why) };
      }
      const { status, why } = seen;
      const later = laterOf(seen, now);
      if (status >= 200 && status < 300) {
        // Some proxies answer with a page of their own.
        if (seen.id === undefined)
          return { kind: "uncertain", error: mailError("MAIL_UNAVAILABLE", "an answer without an operation") };
        const { retryAfterMs: askAfterMs } = later;
        return {
          kind: "started",
          operationId: seen.id,
          ...(askAfterMs === undefined ? {} : { askAfterMs }),
        };
      }
      if (status === 429) return { kind: "not-taken", error: mailError("MAIL_THROTTLED", why), ...later };
      if (isDenied(status)) return { kind: "not-taken", error: mailError("MAIL_DENIED", why), ...later };
      if (status === 408 || status >= 500)
        return { kind: "uncertain", error: mailError("MAIL_UNAVAILABLE", why), ...later };
      return { kind: "refused", error: mailError("MAIL_REFUSED", why) };
    },

    async outcome(operationId, signal): Promise<MailOutcome> {
      const location = `${endpoint}/emails/operations/${encodeURIComponent(operationId)}`;
      const seen = await ask(NO_MESSAGE, { resumeFrom: resumedAt(location), abortSignal: signal });
      if ("noAnswer" in seen) {
        const code = seen.noAnswer === "denied" ? "MAIL_DENIED" : "MAIL_UNAVAILABLE";
        return { kind: "unanswered", error: mailError(code, seen.why) };
      }
      const { status, why, state, errorCode } = seen;
      const later = laterOf(seen, now);
      if (status === 404) return { kind: "unknown" };
      if (status === 429) return { kind: "unanswered", error: mailError("MAIL_THROTTLED", why), ...later };
      if (isDenied(status)) return { kind: "unanswered", error: mailError("MAIL_DENIED", why), ...later };
      if (status !== 200) return { kind: "unanswered", error: mailError("MAIL_UNAVAILABLE", why), ...later };
      if (state === "succeeded") return { kind: "succeeded" };
      if (state === "failed" || state === "canceled" || state === "cancelled") {
        return { kind: "failed", error: mailError("MAIL_FAILED", [state, errorCode].filter(Boolean).join(" ")) };
      }
      if (state === undefined)
        return { kind: "unanswered", error: mailError("MAIL_UNAVAILABLE", "an answer without a status") };
      const { retryAfterMs: askAfterMs } = later;
      return { kind: "running", ...(askAfterMs === undefined ? {} : { askAfterMs }) };
    },
  };
}

interface NoAnswer {
  readonly noAnswer: "denied" | "silence";
  readonly why: string;
}

/** 404 to a send: the resource is another one, or the sender's domain is not linked to it. */
function isDenied(status: number): boolean {
  return status === 401 || status === 403 || status === 404;
}

function laterOf(seen: Seen, now: () => number): { readonly retryAfterMs?: number } {
  const ms = retryAfterMs(seen.retryAfter, now());
  return ms === undefined ? {} : { retryAfterMs: ms };
}

function messageOf({ to, subject, text, html }: Mail, senderAddress: string): EmailMessage {
  return {
    senderAddress,
    content: { subject, plainText: text, html: html ?? htmlOf(text) },
    recipients: { to: to.map((address) => ({ address })) },
    // No pixel and no rewritten links: nobody is watched.
    disableUserEngagementTracking: true,
  };
}

/** The SDK looks an operation up only through a poller that is resumed; it sends no message then. */
function resumedAt(operationLocation: string): string {
  const config = { operationLocation, metadata: { mode: "OperationLocation" } };
  return JSON.stringify({ state: { status: "running", config } });
}

const NO_MESSAGE: EmailMessage = { senderAddress: "", content: { subject: "", plainText: "" }, recipients: { to: [] } };
