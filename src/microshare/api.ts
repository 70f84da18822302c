// The Microshare API as the feed readers see it: one authorised GET that either answers or fails clearly.
import type { BridgeError } from "../errors.ts";
import type { RetryPolicy } from "../retry.ts";
import { API_HEADERS, apiSubject, apiUrl } from "./api-request.ts";
import { createCaller, startBudget } from "./call-with-retry.ts";
import { classifyResponse } from "./classify-response.ts";
import { toBridgeError } from "./failure.ts";
import type { Subject } from "./failure.ts";
import { createSecretFilter } from "./hide-secrets.ts";
import type { HideSecrets } from "./hide-secrets.ts";
import { single } from "./http-call.ts";
import type { HttpAnswer } from "./http-call.ts";
import { createOauth2Login } from "./oauth2-login.ts";
import type { RequestEvent } from "./request-event.ts";
import { createSemaphore } from "../semaphore.ts";
import { createTokenSource } from "./token.ts";
import { createTransport } from "./transport.ts";
import { createWebLogin } from "./web-login.ts";

export type { RequestEvent } from "./request-event.ts";

export interface MicroshareApi {
  /**
   * GET under the API base URL: authorised, decompressed, size-guarded, repeated where that can help.
   * `path` begins with a slash and is percent-encoded already; query values are encoded here, one parameter per pair, in
   * the order given. Resolves only for status 200; what the body is worth is the reader's question (`parse-json.ts`).
   * Throws a `BridgeError` that names the feed; `OUT_OF_TIME` when the signal is aborted.
   */
  get(
    path: string,
    query: readonly (readonly [name: string, value: string])[],
    options: {
      readonly signal: AbortSignal;
      /** Name of the feed, for messages and counts. */
      readonly feed: string;
      /** For one try; the client's own `requestTimeoutMs` when absent. */
      readonly timeoutMs?: number;
    },
  ): Promise<ApiResponse>;
  /** Closes every connection; calls still under way fail. */
  close(): Promise<void>;
}

/** The answer to one call: status 200, body complete and decompressed. */
export interface ApiResponse {
  readonly body: Buffer;
  /** As sent; empty when the server sent none. */
  readonly contentType: string;
  /** The API's own clock (`Date` header): milliseconds since 1970, whole seconds; absent when it sent none. */
  readonly answeredAt?: number;
  /** This host's clock when the body was complete, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** Blanks out credentials and tokens in text that goes into a message. Absent in hand-made responses of tests. */
  readonly hideSecrets?: (text: string) => string;
}

export interface MicroshareApiOptions {
  /** Base URLs; a path prefix is kept (`https://host/api`). */
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly appUrl: string;
  readonly authMode: "oauth2" | "web";
  /** How the OAuth2 parameters travel; a form body keeps the password out of the logs of proxies. */
  readonly tokenTransport: "body" | "query";
  readonly username: string;
  readonly password: string;
  /** Needed by OAuth2 only. */
  readonly apiKey?: string;
  readonly scope: string;
  /** The identity the token must act under. */
  readonly identity?: string;
  readonly minTls: "TLSv1.2" | "TLSv1.3";
  /** Requests in flight over all feeds, logins included. */
  readonly concurrency: number;
  /** Of one response body, after decompression. */
  readonly maxResponseBytes: number;
  /** For https hosts; plain loopback addresses are always reached directly. May hold user and password. */
  readonly proxyUrl?: string;
  /** Hosts that are reached directly, in the form of the `NO_PROXY` variable. */
  readonly noProxy?: string;
  /** Further trusted certificates (PEM) instead of the system's own. */
  readonly ca?: string;
  readonly retry: RetryPolicy;
  /** For one try, from sending to the last byte of the body. */
  readonly requestTimeoutMs: number;
  /** For one `get` or one login with all its tries and waits; waiting for a free place does not count. */
  readonly totalTimeoutMs: number;
  readonly now: () => number;
  /** Resolves after `ms`, or rejects once the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
  /** Told about every try, for counting. */
  readonly onRequest?: (event: RequestEvent) => void;
}

/** For those who set the bridge up: what the login itself tells. */
export interface SignedInApi extends MicroshareApi {
  /** Logs in unless that is done. `identity` is what the token acts under, absent where its issuer does not say. */
  signIn(signal: AbortSignal): Promise<{ readonly identity?: string }>;
}

export function createMicroshareApi(options: MicroshareApiOptions): SignedInApi {
  const { now } = options;
  const secrets = createSecretFilter(secretsOf(options));
  const closing = new AbortController();
  const dispatcher = createTransport(options);
  const caller = createCaller({
    ...options,
    dispatcher,
    semaphore: createSemaphore(options.concurrency),
    maxBytes: options.maxResponseBytes,
    proxied: options.proxyUrl !== undefined,
    hideSecrets: secrets.hide,
    onRequest: options.onRequest ?? (() => undefined),
  });
  const loginOptions = { ...options, caller, hideSecrets: secrets.hide, onToken: secrets.remember };
  const login = options.authMode === "oauth2" ? createOauth2Login(loginOptions) : createWebLogin(loginOptions);
  const tokens = createTokenSource({ login, now });

  return {
    async get(path, query, { signal: runSignal, feed, timeoutMs = options.requestTimeoutMs }) {
      const signal = AbortSignal.any([runSignal, closing.signal]);
      const budget = startBudget(options.totalTimeoutMs, now);
      const url = apiUrl(options.apiUrl, path, query);
      const subject = apiSubject(url, path, query, feed);

      const callWithToken = (token: string): Promise<ApiResponse | "unauthorised"> =>
        caller.call(
          { method: "GET", url, headers: { ...API_HEADERS, authorization: `Bearer ${token}` } },
          subject,
          (answer) => {
            const verdict = classifyResponse(answer, subject, secrets.hide);
            if (verdict.kind !== "done") return verdict;
            return { kind: "done", value: verdict.value === "ok" ? toResponse(answer, secrets.hide) : verdict.value };
          },
          { signal, timeoutMs, budget },
        );

      const getToken = (): Promise<string> => budget.uncounted(() => tokens.get(signal, subject.who));
      const token = await getToken();
      const first = await callWithToken(token);
      if (first !== "unauthorised") return first;
      // It may have expired or been revoked: log in once, repeat once.
      tokens.drop(token);
      const second = await callWithToken(await getToken());
      if (second !== "unauthorised") return second;
      throw tokenRejected(subject);
    },
    async signIn(signal) {
      await tokens.get(AbortSignal.any([signal, closing.signal]), "Microshare login");
      const identity = tokens.held()?.identity;
      return typeof identity === "string" ? { identity: secrets.hide(identity) } : {};
    },
    async close() {
      closing.abort();
      await dispatcher.destroy();
    },
  };
}

function toResponse(answer: HttpAnswer, hideSecrets: HideSecrets): ApiResponse {
  return {
    body: answer.body,
    contentType: single(answer.headers["content-type"]) ?? "",
    ...(answer.answeredAt === undefined ? {} : { answeredAt: answer.answeredAt }),
    receivedAt: answer.receivedAt,
    hideSecrets,
  };
}

function tokenRejected(subject: Subject): BridgeError {
  return toBridgeError(subject, {
    code: "TOKEN_REJECTED",
    what: `${subject.host} rejected a token for ${subject.call} that was issued a moment ago (status 401)`,
    fix: "Check MICROSHARE_SCOPE and MICROSHARE_IDENTITY, that MICROSHARE_API_URL and MICROSHARE_AUTH_URL belong to the same environment, that the API key was not revoked, and for tenants with a host of their own which MICROSHARE_AUTH_MODE they need.",
  });
}

/** User and password of the proxy count too. */
function secretsOf(options: MicroshareApiOptions): string[] {
  const proxy = options.proxyUrl === undefined ? undefined : new URL(options.proxyUrl);
  const proxySecrets =
    proxy === undefined ? [] : [decodeURIComponent(proxy.username), decodeURIComponent(proxy.password)];
  const pairs = [`${options.username}:${options.password}`, proxySecrets.join(":")];
  return [options.username, options.password, options.apiKey ?? "", ...proxySecrets, ...pairs];
}
