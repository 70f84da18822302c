// One HTTP server of the platform: reads the request, lets faults strike, answers, keeps the log.
import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { buffer as readBody } from "node:stream/consumers";
import { textAnswer } from "./answer.ts";
import type { Answer, ApiRequest } from "./answer.ts";
import type { ActiveFaults, Effect } from "./faults.ts";
import type { RequestLog } from "./request-log.ts";
import { sendAnswer } from "./send-answer.ts";
import type { SimulatorOptions } from "./types.ts";

export interface ServerParts {
  readonly name: "api" | "auth" | "app";
  /** In front of every path; a request without it gets 404. */
  readonly prefix: string;
  readonly clock: { now(): number };
  readonly gzip: boolean;
  readonly tls: SimulatorOptions["tls"];
  readonly faults: ActiveFaults;
  readonly log: RequestLog;
  readonly onRequest: SimulatorOptions["onRequest"];
  /** `effects` are the faults that hit this request. */
  readonly answer: (request: ApiRequest, effects: readonly Effect[]) => Answer;
}

export interface RunningServer {
  /** With the prefix, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const listener: RequestListener = (incoming, response) => {
    respond(incoming, response, parts).catch((error: unknown) => {
      // A client that went away is part of the game, everything else is a bug of the simulator.
      if (!incoming.readableAborted && !response.destroyed) parts.log.failed(error);
      response.destroy();
    });
  };
  const server: Server =
    parts.tls === undefined ? createHttpServer(listener) : createHttpsServer({ ...parts.tls }, listener);
  // Longer than any test waits, so that an idle connection is never closed under a client's next request.
  server.keepAliveTimeout = 60_000;
  server.on("connection", () => parts.log.connected());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return {
    url: `${parts.tls === undefined ? "http" : "https"}://127.0.0.1:${address.port}${parts.prefix}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(incoming: IncomingMessage, response: ServerResponse, parts: ServerParts): Promise<void> {
  const { name, prefix, clock, faults, log } = parts;
  const [path = "", ...queryParts] = (incoming.url ?? "").split("?");
  const queryText = queryParts.join("?");
  const secret = name !== "api";
  const entry = log.arrived({
    server: name,
    method: incoming.method ?? "",
    path,
    queryText: secret ? "" : queryText,
    at: clock.now(),
  });
  response.once("close", () => entry.left());
  const bytes = await readBody(incoming);
  const { rawHeaders } = incoming;
  parts.onRequest?.({
    server: name,
    method: incoming.method ?? "",
    target: incoming.url ?? "",
    rawHeaders,
    body: bytes,
  });
  const pathAndQuery = secret || queryText === "" ? path : `${path}?${queryText}`;
  const effects = faults.hitsOn({ server: name, pathAndQuery, now: clock.now() });
  for (const effect of effects) if (effect.kind === "delay") await effect.wait(pathAndQuery);
  if (effects.some((effect) => effect.kind === "hang")) return;
  const request: ApiRequest = {
    method: incoming.method ?? "",
    path: path.slice(prefix.length),
    query: new URLSearchParams(queryText),
    queryText,
    body: bytes.toString("utf8"),
    contentType: incoming.headers["content-type"] ?? "",
    authorization: incoming.headers.authorization,
    // Read again: the clock may have moved during a delay.
    now: clock.now(),
  };
  const answer = failure(effects) ?? (path.startsWith(`${prefix}/`) ? parts.answer(request, effects) : unknownPath());
  const acceptsGzip = parts.gzip && (incoming.headers["accept-encoding"] ?? "").includes("gzip");
  entry.answered(await sendAnswer(answer, { response, acceptsGzip, now: request.now, effects }));
}

function failure(effects: readonly Effect[]): Answer | undefined {
  const fail = effects.find((effect) => effect.kind === "fail");
  return fail === undefined ? undefined : textAnswer(fail.status, fail.body, fail.headers);
}

function unknownPath(): Answer {
  return textAnswer(404, "The requested resource could not be found.");
}
