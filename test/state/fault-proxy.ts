// Stands between an SDK and Azurite: counts requests, and answers some of them wrongly, late or not at all.
import { createServer, request as httpRequest, type IncomingHttpHeaders } from "node:http";

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ProxiedAnswer {
  readonly status: number;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: Buffer | string;
}

/** `drop` closes the connection without an answer, `hang` never answers. */
export type FaultyAnswer = ProxiedAnswer | "drop" | "hang";

/** Decides about one request; `forward` lets the real service act and gives its answer. */
export type Fault = (
  request: ProxiedRequest,
  forward: () => Promise<ProxiedAnswer>,
) => FaultyAnswer | Promise<FaultyAnswer>;

export interface FaultProxy {
  /** The target's URL with this proxy in front. */
  readonly url: string;
  readonly requests: readonly ProxiedRequest[];
  /** The next requests meet these faults, one each; later ones are forwarded. */
  meet(...faults: readonly Fault[]): void;
  /** Forgets the requests and faults so far. */
  reset(): void;
  close(): void;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { host, hostname, port, pathname } = new URL(target);
  const requests: ProxiedRequest[] = [];
  let faults: Fault[] = [];

  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
      const { method = "", url: path = "", headers } = incoming;
      const request = { method, path, headers, body: Buffer.concat(chunks) };
      requests.push(request);
      const forward = () => send(request, { host, hostname, port });
      const fault = faults.shift();
      const answer = await (fault ? fault(request, forward) : forward());
      if (answer === "hang") return;
      if (answer === "drop") {
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  return {
    url: `http://127.0.0.1:${address.port}${pathname}`,
    requests,
    meet(...more) {
      faults.push(...more);
    },
    reset() {
      requests.length = 0;
      faults = [];
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function send(
  { method, path, headers, body }: ProxiedRequest,
  { host, hostname, port }: { host: string; hostname: string; port: string },
): Promise<ProxiedAnswer> {
  return new Promise((resolve, reject) => {
    const call = httpRequest({ hostname, port, method, path, headers: { ...headers, host } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { "transfer-encoding": _, ...rest } = response.headers;
        resolve({ status: response.statusCode ?? 0, headers: rest, body: Buffer.concat(chunks) });
      });
    });
    call.on("error", reject);
    call.end(body);
  });
}
