import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Agent, ProxyAgent, type Dispatcher } from "undici";
import { startEventHubsEmulator, type EventHubsEmulator } from "../../dev/event-hubs-emulator/index.ts";
import { createEventHubsSink } from "../../src/sinks/event-hubs.ts";
import { outgoingEvents } from "../contracts/outgoing-events.ts";
import { never } from "../contracts/sink.ts";
import { connectionStringOf, fakeClock, hub, nobody } from "./hub-harness.ts";

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

async function startHub(): Promise<EventHubsEmulator> {
  const emulator = await startEventHubsEmulator({ hubs: [{ name: hub }], transport: "websocket" });
  open.push(emulator);
  return emulator;
}

function openSink(connectionString: string, dispatcher?: Dispatcher) {
  const network = dispatcher === undefined ? {} : { dispatcher };
  const sink = createEventHubsSink({
    connection: { connectionString },
    ...network,
    ...fakeClock(),
    sendTimeoutMs: 3_000,
  });
  if (dispatcher !== undefined) open.push(dispatcher);
  open.push(sink);
  return sink;
}

/** An HTTP proxy that tunnels, and counts what it was asked for. */
async function startProxy(answer?: string) {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer();
  server.on("connect", (request, socket: Socket) => {
    asked.push(request.url ?? "");
    sockets.add(socket);
    if (answer !== undefined) {
      socket.end(`HTTP/1.1 ${answer}\r\n\r\n`);
      return;
    }
    const [host = "", port = ""] = (request.url ?? "").split(":");
    const target = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(socket);
      socket.pipe(target);
    });
    for (const end of [socket, target]) end.on("error", () => [socket, target].map((each) => each.destroy()));
    sockets.add(target);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  open.push({
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  });
  return { asked, url: `http://127.0.0.1:${port}` };
}

describe("AMQP over WebSockets", () => {
  it("goes through a proxy", async () => {
    const emulator = await startHub();
    const proxy = await startProxy();
    const agent = new ProxyAgent({ uri: proxy.url, requestTls: { ca: emulator.caCertPem ?? "" } });
    const sink = openSink(connectionStringOf(emulator), agent);
    const report = await sink.send(outgoingEvents({ count: 20 }), never());
    expect(report.failure).toBeUndefined();
    expect(emulator.events(hub)).toHaveLength(20);
    expect(proxy.asked).toEqual([`localhost:${emulator.port}`]);
  });

  it("tells what the proxy answered when it refuses", async () => {
    const emulator = await startHub();
    const proxy = await startProxy("407 Proxy Authentication Required");
    const sink = openSink(connectionStringOf(emulator), new ProxyAgent({ uri: proxy.url }));
    await expect(sink.check(never())).rejects.toMatchObject({
      code: "SINK_UNREACHABLE",
      message: expect.stringContaining("407"),
      fix: expect.stringContaining("HTTPS_PROXY"),
    });
  });

  it("names the reason of a failed connection", async () => {
    const emulator = await startHub();
    const right = connectionStringOf(emulator);
    const refused = openSink(right.replace(/sb:\/\/[^;]*/u, `sb://${nobody}/`));
    await expect(refused.check(never())).rejects.toMatchObject({
      code: "SINK_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    const untrusted = openSink(right, new Agent());
    await expect(untrusted.check(never())).rejects.toMatchObject({
      code: "SINK_UNREACHABLE",
      message: expect.stringMatching(/SELF_SIGNED|certificate/iu),
    });
  });

  it("has no reason to name when the socket never got as far as a request", async () => {
    // Port 9 is one of those that browsers, and undici with them, never connect to.
    const key = "SharedAccessKeyName=sender;SharedAccessKey=none";
    const sink = openSink(`Endpoint=sb://127.0.0.1:9/;${key};EntityPath=${hub}`);
    await expect(sink.check(never())).rejects.toMatchObject({
      code: "SINK_UNREACHABLE",
      message: expect.stringContaining("WebSocketFailed"),
    });
  });
});
