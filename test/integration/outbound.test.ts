// The way out: TLS with an authority of one's own, WebSockets, and nothing but one proxy between the bridge and the world.
import { createServer } from "node:http";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { makeCertificate } from "../../dev/certificates.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, startBridge, type BridgeUnderTest } from "./bridge-under-test.ts";
import { addRecords, keysOf, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const certificate = makeCertificate();
const tls = { key: certificate.keyPem, cert: certificate.certPem };

/** What NODE_EXTRA_CA_CERTS does at the start of a process. */
function trust(...authorities: (string | undefined)[]): void {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, ...authorities.filter((one) => one !== undefined)]);
  onTestFinished(() => setDefaultCACertificates(before));
}

interface TunnelProxy extends AsyncDisposable {
  readonly port: number;
  /** Host and port of every tunnel asked for. */
  readonly tunnels: readonly string[];
  readonly credentials: readonly (string | undefined)[];
}

/** Tunnels by `ports`, from the port asked for to the port of a stand-in; every other address is refused. */
async function startTunnelProxy(ports: ReadonlyMap<number, number>): Promise<TunnelProxy> {
  const tunnels: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
  };
  const server = createServer((_request, response) => void response.writeHead(501).end());
  server.on("connection", keep);
  server.on("connect", ({ url = "", headers }, client: Socket) => {
    tunnels.push(url);
    credentials.push(headers["proxy-authorization"]);
    const port = ports.get(Number(url.split(":").at(-1)));
    if (port === undefined) {
      client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const target = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    keep(target);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
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

/** Everything over TLS, the hub over WebSockets. */
function startSecureBridge(): Promise<BridgeUnderTest> {
  return startBridge({ feeds: () => [ROOMS], simulator: { tls }, hubs: { transport: "websocket" } });
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

describe("the way out", () => {
  it("is TLS to Microshare and AMQP over WebSockets to the hub", async () => {
    await using bridge = await startSecureBridge();
    trust(certificate.certPem, bridge.hubs.caCertPem);
    const rooms = addRecords(bridge, ROOMS.recType);
    expect(bridge.settings["MICROSHARE_API_URL"]).toMatch(/^https:/);
    expect(failuresOf(await bridge.run())).toEqual([]);
    bridge.nextHour();
    rooms.push(...addRecords(bridge, ROOMS.recType, [5]));
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
  });

  it("goes through the proxy of HTTPS_PROXY alone, with its password, on port 443", async () => {
    await using bridge = await startSecureBridge();
    trust(certificate.certPem, bridge.hubs.caCertPem);
    const { apiUrl, authUrl } = bridge.microshare;
    // Addresses that nobody listens at: only the proxy knows the way.
    const ports = new Map([
      [443, bridge.hubs.port],
      [9441, portOf(apiUrl)],
      [9442, portOf(authUrl)],
    ]);
    await using proxy = await startTunnelProxy(ports);
    const hub = bridge.settings["EVENT_HUB_CONNECTION_STRING"]?.replace(/sb:[/][/][^;]*/, "sb://localhost/");
    bridge.set({
      HTTPS_PROXY: `http://bridge:${encodeURIComponent("pr0xy p@ss")}@127.0.0.1:${proxy.port}`,
      MICROSHARE_API_URL: "https://localhost:9441",
      MICROSHARE_AUTH_URL: "https://localhost:9442",
      EVENT_HUB_CONNECTION_STRING: hub,
    });
    const rooms = addRecords(bridge, ROOMS.recType);
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
    expect([...new Set(proxy.tunnels)].toSorted()).toEqual(["localhost:443", "localhost:9441", "localhost:9442"]);
    const basic = `Basic ${Buffer.from("bridge:pr0xy p@ss").toString("base64")}`;
    expect(new Set(proxy.credentials)).toEqual(new Set([basic]));
  });

  it("goes past the proxy to the hosts of NO_PROXY", async () => {
    await using bridge = await startSecureBridge();
    trust(certificate.certPem, bridge.hubs.caCertPem);
    await using proxy = await startTunnelProxy(new Map());
    bridge.set({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: "localhost,127.0.0.1" });
    const rooms = addRecords(bridge, ROOMS.recType);
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
    expect(proxy.tunnels).toEqual([]);
  });

  it("names the proxy when that does not let it through to the hub", async () => {
    await using bridge = await startSecureBridge();
    trust(certificate.certPem, bridge.hubs.caCertPem);
    const { apiUrl, authUrl } = bridge.microshare;
    await using proxy = await startTunnelProxy(new Map([apiUrl, authUrl].map((url) => [portOf(url), portOf(url)])));
    const rooms = addRecords(bridge, ROOMS.recType);
    bridge.set({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(failuresOf(await bridge.run())).toMatchObject([
      { code: "SINK_UNREACHABLE", fix: expect.stringContaining("HTTPS_PROXY") },
    ]);
    expect(proxy.tunnels).toContain(`localhost:${bridge.hubs.port}`);
    bridge.set({ HTTPS_PROXY: undefined });
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
  });

  it("names the certificates when an authority is not known", async () => {
    await using bridge = await startSecureBridge();
    const rooms = addRecords(bridge, ROOMS.recType);
    expect(failuresOf(await bridge.run())).toMatchObject([
      { code: "API_UNREACHABLE", fix: expect.stringContaining("NODE_EXTRA_CA_CERTS") },
    ]);
    trust(certificate.certPem);
    expect(failuresOf(await bridge.run())).toMatchObject([
      { code: "SINK_UNREACHABLE", message: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT") },
    ]);
    trust(certificate.certPem, bridge.hubs.caCertPem);
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
  });

  it("takes TLS 1.2 only when told to", async () => {
    await using bridge = await startBridge({
      feeds: () => [ROOMS],
      simulator: { tls: { ...tls, maxVersion: "TLSv1.2" } },
    });
    trust(certificate.certPem);
    const rooms = addRecords(bridge, ROOMS.recType);
    expect(failuresOf(await bridge.run())).toMatchObject([
      { code: "API_UNREACHABLE", fix: expect.stringContaining("MICROSHARE_MIN_TLS") },
    ]);
    bridge.set({ MICROSHARE_MIN_TLS: "1.2" });
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
  });
});
