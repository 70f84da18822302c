// A proxy that opens tunnels with CONNECT, as a company's does, and remembers them. Every host name leads to this machine.
import { createServer } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

export interface ConnectProxy extends AsyncDisposable {
  readonly port: number;
  /** Host and port of every tunnel asked for. */
  readonly tunnels: string[];
  readonly credentials: (string | undefined)[];
}

/** `status` other than 200 refuses every tunnel; 0 hangs up. */
export async function startProxy(status = 200): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => void response.writeHead(501).end());
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  server.on("connection", keep);
  server.on("connect", (request, client: Socket) => {
    tunnels.push(request.url ?? "");
    credentials.push(request.headers["proxy-authorization"]);
    if (status === 0) {
      client.destroy();
      return;
    }
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n`);
      return;
    }
    const port = Number((request.url ?? "").split(":").at(-1));
    const target = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    keep(target);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  return {
    port: address.port,
    tunnels,
    credentials,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
