// A TCP relay in front of a server: cuts connections, keeps answers back, and loses them, whatever is spoken on them.
import { connect, createServer, type Socket } from "node:net";

export interface SocketFaults {
  readonly port: number;
  /** Open now. */
  readonly connections: number;
  cut(): void;
  /** Keeps what the server says back for so long, then passes it on. */
  delayAnswers(ms: number): void;
  /** The server gets everything, the client hears nothing for so long; then its connections are cut. */
  loseAnswers(ms: number): void;
  close(): Promise<void>;
}

type Mode = "open" | "delay" | "lose";

export async function startSocketFaults(targetPort: number): Promise<SocketFaults> {
  const pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>();
  let mode: Mode = "open";
  let ending: NodeJS.Timeout | undefined;

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    const pair = { client, upstream };
    pairs.add(pair);
    client.on("data", (piece) => void upstream.write(piece));
    upstream.on("data", (piece) => {
      if (mode !== "lose") client.write(piece);
    });
    if (mode === "delay") upstream.pause();
    // What a client had sent before it died still arrives.
    client.on("close", () => void upstream.end());
    upstream.on("close", () => {
      pairs.delete(pair);
      client.destroy();
    });
    for (const socket of [client, upstream]) socket.on("error", () => undefined); // either side may vanish at any time
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the relay has no port");

  function cut(): void {
    for (const { client, upstream } of pairs) {
      // A socket that is ending already cannot be reset: Node would keep its handle, and the process, for ever.
      if (client.writableEnded) client.destroy();
      else client.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** A new fault ends the one before it. */
  function enter(next: Mode, ms: number): void {
    leave();
    mode = next;
    if (next === "delay") for (const { upstream } of pairs) upstream.pause();
    ending = setTimeout(leave, ms);
  }

  function leave(): void {
    clearTimeout(ending);
    const before = mode;
    mode = "open";
    if (before === "lose") cut();
    if (before === "delay") for (const { upstream } of pairs) upstream.resume();
  }

  return {
    port: address.port,
    get connections() {
      return pairs.size;
    },
    cut,
    delayAnswers: (ms) => enter("delay", ms),
    loseAnswers: (ms) => enter("lose", ms),
    async close() {
      clearTimeout(ending);
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
