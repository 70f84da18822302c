// The port: plain TCP, TLS, or AMQP over secure WebSockets; each ends in a stream of AMQP bytes.
import { createServer as createHttpsServer } from "node:https";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Certificate } from "../certificates.ts";

export type Transport = "tcp" | "tls" | "websocket";

export interface Listener {
  readonly port: number;
  /** Kills all sockets and frees the port. */
  close(): Promise<void>;
}

export const webSocketPath = "/$servicebus/websocket";
const webSocketProtocol = "AMQPWSB10";

/** Listens on a free port of 127.0.0.1. A socket that `isSilent` says so of is kept open and never answered. */
export async function listen(options: {
  readonly transport: Transport;
  readonly certificate: Certificate | undefined;
  isSilent(): boolean;
  readonly serve: (stream: Duplex) => void;
}): Promise<Listener> {
  const sockets = new Set<Socket>();
  const secured = secureLayer(options.transport, options.certificate, options.serve);
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // clients may vanish at any time
    if (options.isSilent()) socket.resume();
    else secured(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    port: address.port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The TCP server stays in front of every transport, so that a silent peer is silent from the first byte. */
function secureLayer(
  transport: Transport,
  certificate: Certificate | undefined,
  serve: (stream: Duplex) => void,
): (socket: Socket) => void {
  if (transport === "tcp") return serve;
  const identity = { key: certificate?.keyPem, cert: certificate?.certPem };
  if (transport === "tls") {
    const server = createTlsServer(identity, serve);
    return (socket) => void server.emit("connection", socket);
  }
  const server = createHttpsServer(identity);
  const webSockets = new WebSocketServer({
    server,
    path: webSocketPath,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(webSocketProtocol) ? webSocketProtocol : false),
  });
  webSockets.on("connection", (webSocket) => serve(createWebSocketStream(webSocket)));
  return (socket) => void server.emit("connection", socket);
}
