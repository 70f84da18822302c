// Serves HTTP functions without the Functions host: the same handlers and requests, over Node's HTTP server.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { InvocationContext, type HttpFunctionOptions, type HttpRequest, type LogLevel } from "@azure/functions";
import { BridgeError } from "../errors.ts";
import { functionKeyCheck, shownKey } from "./function-key.ts";
import { httpRoutes, type HttpRoute } from "./http-routes.ts";
import { LazyRequest } from "./lazy-request.ts";
import { readRequestBody } from "./request-body.ts";
import { sendAnswer, sendProblem } from "./send-answer.ts";

export interface HttpAdapterOptions {
  /** Address to listen on. Default: this machine alone. */
  readonly address?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What callers of functions with a key must show; without it such functions cannot be served. */
  readonly functionKey?: string;
  /** Of one request, in bytes. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** How long `close` waits for requests under way, in milliseconds. Default 30 s. */
  readonly drainMs?: number;
  /** What functions log, and what goes wrong here. Never a body or a key. */
  readonly log: (level: LogLevel, line: string) => void;
}

export interface HttpAdapter {
  readonly url: string;
  readonly port: number;
  /** Takes no new request, answers those under way, and cuts what is left after the time allowed. */
  close(): Promise<void>;
}

const ONE_MIB = 1024 * 1024;
const DRAIN_MS = 30_000;
/** For headers and body of a request to arrive; Node's own default is five minutes. */
const REQUEST_TIMEOUT_MS = 60_000;

/** How long a body is still read away after its refusal: cut off at once, the caller might not see the answer. */
const LINGER_MS = 500;

/** Throws `SETTINGS_INVALID` when a function needs a key and there is none: it is never served to everybody instead. */
export async function startHttpAdapter(
  functions: ReadonlyMap<string, HttpFunctionOptions>,
  options: HttpAdapterOptions,
): Promise<HttpAdapter> {
  const { address = "127.0.0.1", maxBodyBytes = ONE_MIB, functionKey = "", log } = options;
  const find = httpRoutes(functions);
  reportMissingKey(functions, functionKey);
  const isFunctionKey = functionKeyCheck(functionKey);
  /** Also those whose caller has gone: what a handler does must come to its end. */
  const underWay = new Map<Promise<void>, ServerResponse>();
  let closing: Promise<void> | undefined;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = requestUrl(request);
    if (url === undefined) return sendProblem(response, 400, "The request has no usable address.");
    const method = request.method ?? "";
    const found = find(method, url.pathname);
    if (found.kind === "no-such-path") return sendProblem(response, 404, "Nothing is here.");
    if (found.kind === "other-method") {
      return sendProblem(response, 405, `Use ${found.allowed.join(" or ")}.`, { allow: found.allowed.join(", ") });
    }
    const { route } = found;
    const { headers } = request;
    const key = headers["x-functions-key"];
    const shown = shownKey(Array.isArray(key) ? key.join(", ") : key, () => url.searchParams);
    // Like the Functions host: no word about what is wrong with it.
    if (route.needsKey && !isFunctionKey(shown)) return sendAnswer(response, { status: 401 });
    const body = await readRequestBody(request, maxBodyBytes);
    if (body.kind === "broken-off") return;
    if (body.kind === "too-large") {
      response.on("finish", () => cutLater(request));
      return sendProblem(response, 413, `The body has more than ${maxBodyBytes} bytes.`);
    }
    await call(route, new LazyRequest({ method, url, headers, bytes: body.bytes }), response);
  }

  async function call(route: HttpRoute, request: HttpRequest, response: ServerResponse): Promise<void> {
    const traceParent = request.headers.get("traceparent");
    const context = new InvocationContext({
      functionName: route.name,
      invocationId: crypto.randomUUID(),
      ...(traceParent === null ? {} : { traceContext: { traceParent } }),
      logHandler: (level, ...args) => log(level, args.map(String).join(" ")),
    });
    await sendAnswer(response, (await route.options.handler(request, context)) ?? { status: 204 });
  }

  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    if (closing !== undefined) response.setHeader("connection", "close");
    const served = serve(request, response)
      .catch((error: unknown) => {
        log("error", `A request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        return sendProblem(response, 500, "The request could not be served.");
      })
      .finally(() => underWay.delete(served));
    underWay.set(served, response);
  });
  server.listen(options.port, address);
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the server listens on no port");
  return {
    port: bound.port,
    url: `http://${address.includes(":") ? `[${address}]` : address}:${bound.port}`,
    close: () => (closing ??= drain()),
  };

  async function drain(): Promise<void> {
    const closed = once(server, "close");
    server.close();
    for (const response of underWay.values()) if (!response.headersSent) response.setHeader("connection", "close");
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      server.closeAllConnections();
      over.resolve();
    }, options.drainMs ?? DRAIN_MS);
    await Promise.race([Promise.all([closed, ...underWay.keys()]), over.promise]);
    clearTimeout(timer);
  }
}

function reportMissingKey(functions: ReadonlyMap<string, HttpFunctionOptions>, functionKey: string): void {
  if (functionKey !== "") return;
  const closed = [...functions].filter(([, { authLevel = "anonymous" }]) => authLevel !== "anonymous");
  if (closed.length === 0) return;
  const names = closed.map(([name]) => name).join(", ");
  throw new BridgeError("SETTINGS_INVALID", `HOST_FUNCTION_KEY is not set, and callers of ${names} must show a key.`, {
    fix: "Set HOST_FUNCTION_KEY to a long random text and give it to the callers.",
  });
}

function cutLater(request: IncomingMessage): void {
  if (!request.complete) setTimeout(() => request.destroy(), LINGER_MS).unref();
}

function requestUrl({ headers, url = "" }: IncomingMessage): URL | undefined {
  // Only a path: what names a host of its own is for proxies.
  return url.startsWith("/") ? (URL.parse(`http://${headers.host ?? "localhost"}${url}`) ?? undefined) : undefined;
}
