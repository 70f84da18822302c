// A management endpoint on the loopback interface: hands each request on, keeps a log, lets faults strike.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

export interface ManagementRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string;
  readonly body: string;
  /** `http://127.0.0.1:port`. */
  readonly origin: string;
}

export interface ManagementAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers in place of the endpoint, or lets the request pass with `undefined`. `hang` never answers. */
export type ManagementFault = (request: ManagementRequest) => ManagementAnswer | "hang" | undefined;

export interface ManagementServer {
  readonly url: string;
  /** As `METHOD path`, in the order of their coming. */
  readonly requests: readonly string[];
  /** Asked for each request, the newest first. */
  strike(fault: ManagementFault): void;
  close(): Promise<void>;
}

export async function startManagementServer(
  answer: (request: ManagementRequest) => ManagementAnswer,
): Promise<ManagementServer> {
  const requests: string[] = [];
  const faults: ManagementFault[] = [];
  let url = "";
  const server = createServer((incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://loopback");
    const path = decodeURIComponent(pathname);
    requests.push(`${incoming.method} ${path}`);
    const respond = (body: string): void => {
      const request: ManagementRequest = {
        method: incoming.method ?? "",
        path,
        query: searchParams,
        authorization: incoming.headers.authorization ?? "",
        body,
        origin: url,
      };
      const struck = faults.map((fault) => fault(request)).find((said) => said !== undefined);
      if (struck === "hang") return;
      const said = struck ?? answer(request);
      response.writeHead(said.status, said.headers).end(said.body ?? "");
    };
    text(incoming).then(respond, () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    requests,
    strike: (fault) => void faults.unshift(fault),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Strikes so many times, then never again. */
export function times(count: number, fault: ManagementFault): ManagementFault {
  let left = count;
  return (request) => {
    const struck = left > 0 ? fault(request) : undefined;
    if (struck !== undefined) left -= 1;
    return struck;
  };
}
