// A Microshare platform of a few lines: login, web login and an API that answers as the test scripts it; time stands still.
import type { ServerResponse } from "node:http";
import type { MicroshareApi, MicroshareApiOptions, RequestEvent } from "../../src/microshare/api.ts";
import { createMicroshareApi } from "../../src/microshare/api.ts";
import { BridgeError } from "../../src/errors.ts";
import type { Handler, SeenRequest, TestServer } from "./http-server.ts";
import { startServer } from "./http-server.ts";

export const START = Date.parse("2025-03-04T08:00:00.000Z");

/** Characters that every encoding writes differently. */
export const SECRETS = {
  username: "svc+poller@example.com",
  password: `p@ss w/"rd&<é>#1'?`,
  apiKey: "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE",
};

export interface FakePlatform extends AsyncDisposable {
  readonly server: TestServer;
  readonly api: MicroshareApi;
  readonly events: RequestEvent[];
  /** Delays the client waited, in milliseconds. */
  readonly waits: number[];
  /** Tokens issued so far, oldest first. */
  readonly tokens: string[];
  readonly clock: { now: number };
  apiRequests(): SeenRequest[];
  logins(): SeenRequest[];
}

export interface Script {
  /** One per API call, in order; the last one answers all further calls. Default: an empty page. */
  readonly api?: readonly Handler[];
  /** The same for the token endpoint. Default: a fresh token each time. */
  readonly token?: readonly Handler[];
  readonly login?: readonly Handler[];
  readonly options?: Partial<MicroshareApiOptions>;
  /** Base path of the API, where not the root. */
  readonly prefix?: string;
}

export async function startPlatform(script: Script = {}): Promise<FakePlatform> {
  const tokens: string[] = [];
  const issue: Handler = (_request, response) => {
    tokens.push(`${tokens.length}`.padStart(4, "0").padEnd(64, "abcdef0123456789"));
    reply(response, 200, { access_token: tokens.at(-1), token_type: "Bearer", extended: { identity: "examplefac" } });
  };
  const parts: Record<"token" | "login" | "api", { readonly handlers: readonly Handler[]; turn: number }> = {
    token: { handlers: script.token ?? [issue], turn: 0 },
    login: { handlers: script.login ?? [(_request, response) => reply(response, 404, "no web login")], turn: 0 },
    api: { handlers: script.api ?? [(_request, response) => reply(response, 200, { meta: {}, objs: [] })], turn: 0 },
  };
  const server = await startServer((request, response) => {
    const part = parts[partOf(request.target)];
    const handler = part.handlers[Math.min(part.turn, part.handlers.length - 1)];
    part.turn += 1;
    if (handler === DEFAULT_ANSWER) issue(request, response);
    else handler?.(request, response);
  });
  const clock = { now: START };
  const waits: number[] = [];
  const events: RequestEvent[] = [];
  const api = createMicroshareApi({
    apiUrl: `${server.url}${script.prefix ?? ""}`,
    authUrl: server.url,
    appUrl: server.url,
    authMode: "oauth2",
    tokenTransport: "body",
    ...SECRETS,
    scope: "ALL:ALL",
    minTls: "TLSv1.3",
    concurrency: 2,
    maxResponseBytes: 1_000_000,
    retry: { attempts: 4, baseDelayMs: 1000, maxDelayMs: 30_000 },
    requestTimeoutMs: 5000,
    totalTimeoutMs: 180_000,
    now: () => clock.now,
    wait: async (ms, signal) => {
      signal.throwIfAborted();
      waits.push(ms);
      clock.now += ms;
    },
    random: () => 0.5,
    onRequest: (event) => events.push(event),
    ...script.options,
  });
  return {
    server,
    api,
    events,
    waits,
    tokens,
    clock,
    apiRequests: () => server.requests.filter(({ target }) => partOf(target) === "api"),
    logins: () => server.requests.filter(({ target }) => partOf(target) !== "api"),
    async [Symbol.asyncDispose]() {
      await api.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function partOf(target: string): "token" | "login" | "api" {
  if (target.startsWith("/oauth2/token")) return "token";
  return target.startsWith("/login") ? "login" : "api";
}

/** In a script for the token endpoint: answer with a fresh token. */
export const DEFAULT_ANSWER: Handler = () => undefined;

/** An answer with a fixed `Date`, so that nothing depends on the wall clock. Objects go as JSON, text as plain text. */
export function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  const isText = typeof body === "string" || Buffer.isBuffer(body);
  response.sendDate = false;
  response.writeHead(status, {
    "content-type": isText ? "text/plain; charset=UTF-8" : "application/json",
    date: new Date(START).toUTCString(),
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}

/** A handler that gives this answer. */
export function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | string[]>> = {},
): Handler {
  return (_request, response) => reply(response, status, body, headers);
}

export const page: Handler = answer(200, { meta: { totalPages: 1 }, objs: [{ id: "a" }] });

/** One GET as a feed reader makes it. */
export function read(platform: { readonly api: MicroshareApi }, signal: AbortSignal = new AbortController().signal) {
  return platform.api.get("/share/io.example.rooms/", [["id", "650000000000000000000001"]], { signal, feed: "rooms" });
}

/** The error a promise rejects with; anything but a `BridgeError` fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<BridgeError> {
  const error = await promise.then(
    () => new Error("It did not fail."),
    (reason: unknown) => reason,
  );
  if (!(error instanceof BridgeError)) throw error;
  return error;
}
