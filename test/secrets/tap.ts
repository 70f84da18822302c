// A wire tap: passes bytes on to a server and keeps what the clients said.
import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";

export interface Tap {
  readonly port: number;
  /** What each client has sent so far, connection by connection. */
  said(): readonly Buffer[];
  close(): void;
}

/** In front of a port of this machine. */
export async function startTap(target: number): Promise<Tap> {
  const said: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const heard: Buffer[] = [];
    said.push(heard);
    const upstream = connect({ port: target, host: "127.0.0.1", noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (chunk: Buffer) => heard.push(chunk));
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the tap has no port");
  return {
    port: address.port,
    said: () => said.map((chunks) => Buffer.concat(chunks)),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
