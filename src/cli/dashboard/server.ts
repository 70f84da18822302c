// Serves the page, its data and the live events to a browser on this machine.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { BridgeError } from "../../errors.ts";
import type { Redact } from "../../telemetry/redact.ts";
import { WrongUse } from "../wrong-use.ts";
import { admit, hostOf, newToken } from "./guard.ts";
import type { Live } from "./live.ts";
import type { PageData } from "./page-data.ts";
import { readPageFiles } from "./page-files.ts";

export interface DashboardOptions {
  /** A loopback address; `loopbackAddress` has seen to it. */
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly read: () => Promise<PageData>;
  readonly live: Live;
  /** For everything but the page's own files. */
  readonly redact: Redact;
  /** Bugs: the page is told only that there is one. */
  readonly report: (error: unknown) => void;
}

export interface Dashboard {
  /** With the token. */
  readonly url: string;
  close(): Promise<void>;
}

/** Everything is from here; nothing is framed, sent or named elsewhere. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/** Windows that follow live events; a browser itself opens no more than six to one server. */
const MOST_STREAMS = 16;
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;
/** So that either side notices when the other has gone. */
const HEARTBEAT_MS = 15_000;

/** Throws `WrongUse` when the port is taken. */
export async function serveDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { address, port, read, live, redact, report } = options;
  const files = await readPageFiles();
  const token = newToken();
  const streams = new Set<ServerResponse>();
  let host = "";

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admitted = admit(request, host, token);
    if (typeof admitted !== "string") {
      const { status, text } = admitted;
      return plain(response, status, text);
    }
    if (admitted === "data.json") return sendData(response);
    if (admitted === "events") return request.method === "HEAD" ? plain(response, 200, "") : stream(response);
    const file = files.get(admitted === "" ? "index.html" : admitted);
    if (file === undefined) return plain(response, 404, "Nothing is here.");
    send(response, 200, file.type, file.bytes);
  }

  async function sendData(response: ServerResponse): Promise<void> {
    try {
      sendJson(response, 200, await read());
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      const { code, message, fix } = error;
      sendJson(response, 503, { error: { code, message, fix } });
    }
  }

  function sendJson(response: ServerResponse, status: number, value: unknown): void {
    send(response, status, "application/json; charset=utf-8", redact(JSON.stringify(value)));
  }

  function stream(response: ServerResponse): void {
    if (streams.size >= MOST_STREAMS) return plain(response, 503, "Too many windows follow the events.");
    response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream; charset=utf-8" });
    streams.add(response);
    const end = live.listen((name, value) => {
      // It does not read: the browser asks again by itself when it does.
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
      // JSON has no line breaks, so that each message is one line of data.
      else response.write(`event: ${name}\ndata: ${redact(JSON.stringify(value))}\n\n`);
    });
    const heartbeat = setInterval(() => response.write(":\n\n"), HEARTBEAT_MS);
    response.on("close", () => {
      clearInterval(heartbeat);
      streams.delete(response);
      end();
    });
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      report(error);
      if (response.headersSent) response.destroy();
      else plain(response, 500, "This is a bug of the bridge. What it is stands where bridge dashboard runs.");
    });
  });
  server.listen(port, address);
  try {
    await once(server, "listening");
  } catch (error) {
    throw explained(error, port);
  }
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the server listens on no port");
  host = hostOf(address, bound.port);
  return {
    url: `http://${host}/${token}/`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await Promise.all([closed, live.close()]);
    },
  };
}

function plain(response: ServerResponse, status: number, text: string): void {
  if (status === 405) response.setHeader("allow", "GET, HEAD");
  send(response, status, "text/plain; charset=utf-8", text === "" ? "" : `${text}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { ...HEADERS, "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}

function explained(error: unknown, port: number): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL") return error;
  return new WrongUse(`--port ${port} cannot be used (${code})`, "Leave --port out: then a free one is taken.");
}
