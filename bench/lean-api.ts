// A share list of any length from a server that costs next to nothing: the simulator's answers for one kind of call, without
// its store, its faults and its views. A test holds the two against each other.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { recordWriter, type RecordSet, type RecordWriter } from "./records.ts";

export interface LeanApi {
  /** Of both the token service and the data API. */
  readonly url: string;
  /** From now on these lists are served, each page after `latencyMs`; counts begin anew. */
  serve(sets: readonly RecordSet[], latencyMs: number): void;
  /** Since the last `serve`, by the kind of call. */
  readonly calls: { readonly list: number; readonly token: number };
  close(): Promise<void>;
}

const TOKEN = "a-token-that-opens-this-server-only";
const JSON_TYPE = "application/json; charset=UTF-8";

/** Listens on a free port of 127.0.0.1. Any user name and password will do. */
export async function startLeanApi(): Promise<LeanApi> {
  let lists = new Map<string, RecordWriter>();
  let latencyMs = 0;
  const calls = { list: 0, token: 0 };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    request.resume();
    if (request.method === "POST" && url.pathname === "/oauth2/token") {
      calls.token += 1;
      return send(response, Buffer.from(JSON.stringify({ access_token: TOKEN, token_type: "Bearer" })));
    }
    calls.list += 1;
    if (latencyMs > 0) await delay(latencyMs);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response
        .writeHead(401, { "content-type": "text/plain; charset=UTF-8" })
        .end("The supplied authentication is invalid");
      return;
    }
    const writer = lists.get(decodeURIComponent(url.pathname.split("/")[2] ?? ""));
    const page = Number(url.searchParams.get("page") ?? 1);
    const perPage = Number(url.searchParams.get("perPage") ?? 999);
    send(response, writer === undefined ? pageOf(undefined, page, perPage) : pageOf(writer, page, perPage));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    serve(sets, ms) {
      lists = new Map(sets.map((set) => [set.recType, recordWriter(set)]));
      latencyMs = ms;
      calls.list = 0;
      calls.token = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { "content-type": JSON_TYPE, "content-length": body.length }).end(body);
}

/** Ascending by storage time: the order of `sort=tstamp`. */
function pageOf(writer: RecordWriter | undefined, page: number, perPage: number): Buffer {
  const { count, bytes } = writer?.set ?? { count: 0, bytes: 0 };
  const from = Math.min(count, (page - 1) * perPage);
  const to = Math.min(count, from + perPage);
  const meta = {
    currentCount: to - from,
    currentPage: page,
    perPage,
    source: "db",
    totalCount: count,
    totalPages: Math.ceil(count / perPage),
  };
  const head = `{"meta":${JSON.stringify(meta)},"objs":[`;
  const body = Buffer.allocUnsafe(head.length + Math.max(0, (to - from) * (bytes + 1) - 1) + 2);
  let at = body.write(head, 0, "latin1");
  for (let index = from; index < to; index += 1) {
    if (index > from) at += body.write(",", at, "latin1");
    at = writer === undefined ? at : writer.write(body, at, index);
  }
  body.write("]}", at, "latin1");
  return body;
}
