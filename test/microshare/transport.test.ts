import type { TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import { makeCertificate } from "../../dev/certificates.ts";
import type { MicroshareApiOptions } from "../../src/microshare/api.ts";
import { createMicroshareApi } from "../../src/microshare/api.ts";
import { startProxy } from "./connect-proxy.ts";
import { failureOf, read, reply, START } from "./fake-platform.ts";
import { startServer } from "./http-server.ts";
import type { Handler } from "./http-server.ts";

const certificate = makeCertificate();
const tls = { key: certificate.keyPem, cert: certificate.certPem };
const once = { attempts: 1, baseDelayMs: 1, maxDelayMs: 1 };

const platform: Handler = (request, response) =>
  request.target.startsWith("/oauth2/token")
    ? reply(response, 200, { access_token: "opaque-token" })
    : reply(response, 200, { objs: [] });

function client(url: string, options: Partial<MicroshareApiOptions> = {}) {
  const api = createMicroshareApi({
    apiUrl: url,
    authUrl: url,
    appUrl: url,
    authMode: "oauth2",
    tokenTransport: "body",
    username: "someone@example.com",
    password: "hunter22",
    scope: "ALL:ALL",
    minTls: "TLSv1.3",
    concurrency: 1,
    maxResponseBytes: 1_000_000,
    ca: certificate.certPem,
    retry: once,
    requestTimeoutMs: 5000,
    totalTimeoutMs: 10_000,
    now: () => START,
    wait: () => Promise.resolve(),
    random: () => 0.5,
    ...options,
  });
  return { api, [Symbol.asyncDispose]: () => api.close() };
}

describe("TLS to the Microshare API", () => {
  it("is version 1.3 over HTTP/1.1, on one kept connection", async () => {
    await using server = await startServer(platform, tls);
    const versions = new Set<string | null>();
    server.server.on("secureConnection", (socket: TLSSocket) =>
      versions.add(`${socket.getProtocol()} ${socket.alpnProtocol}`),
    );
    await using c = client(server.url);
    for (let call = 0; call < 3; call += 1) await read(c);
    expect([...versions]).toEqual(["TLSv1.3 http/1.1"]);
    expect(server.connections()).toBe(1);
  });

  it("refuses a server that only speaks 1.2, at once, and names the setting", async () => {
    await using server = await startServer(platform, { ...tls, maxVersion: "TLSv1.2" });
    await using c = client(server.url, { retry: { ...once, attempts: 4 } });
    const error = await failureOf(read(c));
    expect(error).toMatchObject({ code: "API_UNREACHABLE", message: expect.stringContaining("TLS version") });
    expect(error.fix).toContain("MICROSHARE_MIN_TLS");
    expect(server.requests).toEqual([]);
    expect(server.connections()).toBe(1);
  });

  it("accepts such a server where the setting allows it", async () => {
    await using server = await startServer(platform, { ...tls, maxVersion: "TLSv1.2" });
    await using c = client(server.url, { minTls: "TLSv1.2" });
    await read(c);
    expect(server.requests).toHaveLength(2);
  });

  it("refuses a certificate nobody vouches for, and one for another host", async () => {
    await using server = await startServer(platform, tls);
    await using proxy = await startProxy();
    await using strange = client(server.url, { ca: makeCertificate().certPem });
    const proxyUrl = `http://127.0.0.1:${proxy.port}`;
    await using elsewhere = client(`https://other.example.com:${server.port}`, { proxyUrl });
    for (const c of [strange, elsewhere]) {
      const error = await failureOf(read(c));
      expect(error).toMatchObject({
        code: "API_UNREACHABLE",
        message: expect.stringContaining("no secure connection"),
      });
      expect(error.fix).toContain("NODE_EXTRA_CA_CERTS");
    }
    expect(server.requests).toEqual([]);
    expect(proxy.tunnels).toHaveLength(1);
  });

  it("says so when the server does not speak TLS at all", async () => {
    await using server = await startServer(platform);
    await using c = client(server.url.replace("http:", "https:"));
    expect((await failureOf(read(c))).message).toContain("no secure connection");
  });
});

describe("a host that cannot be reached", () => {
  it("is named with port and what to open", async () => {
    const server = await startServer(platform);
    await server[Symbol.asyncDispose]();
    await using c = client(server.url, { retry: { ...once, attempts: 3 } });
    const error = await failureOf(read(c));
    expect(error.code).toBe("API_UNREACHABLE");
    expect(error.message).toContain(`the connection to 127.0.0.1:${server.port} failed (ECONNREFUSED), after 3 tries`);
    expect(error.fix).toMatch(/outbound HTTPS \(port 443\).*MICROSHARE_AUTH_URL.*HTTPS_PROXY/);
  });

  it("may have a name that cannot be resolved", async () => {
    await using c = client("http://nowhere.invalid");
    const error = await failureOf(read(c));
    expect(error).toMatchObject({
      code: "API_UNREACHABLE",
      message: expect.stringContaining("the name nowhere.invalid"),
    });
    expect(error.fix).toContain("DNS");
  });
});

describe("a proxy", () => {
  it("is asked for a tunnel with its own credentials, and the tunnel is kept", async () => {
    await using server = await startServer(platform, tls);
    await using proxy = await startProxy();
    await using c = client(server.url, { proxyUrl: `http://proxyuser:pr%40xy@127.0.0.1:${proxy.port}` });
    for (let call = 0; call < 3; call += 1) await read(c);
    expect(proxy.tunnels).toEqual([`127.0.0.1:${server.port}`]);
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from("proxyuser:pr@xy").toString("base64")}`]);
    expect(server.requests[1]?.headers).not.toHaveProperty("proxy-authorization");
  });

  it("does not lower the TLS version or the check of the certificate", async () => {
    await using old = await startServer(platform, { ...tls, maxVersion: "TLSv1.2" });
    await using server = await startServer(platform, tls);
    await using proxy = await startProxy();
    const proxyUrl = `http://127.0.0.1:${proxy.port}`;
    await using oldClient = client(old.url, { proxyUrl });
    expect((await failureOf(read(oldClient))).message).toContain("TLS version");
    await using strange = client(server.url, { proxyUrl, ca: makeCertificate().certPem });
    expect((await failureOf(read(strange))).message).toContain("no secure connection");
    expect(proxy.tunnels).toHaveLength(2);
  });

  it("is left aside for hosts of NO_PROXY and for plain loopback addresses", async () => {
    await using server = await startServer(platform, tls);
    await using plain = await startServer(platform);
    await using proxy = await startProxy();
    const proxyUrl = `http://127.0.0.1:${proxy.port}`;
    await using direct = client(server.url, { proxyUrl, noProxy: "example.com,127.0.0.1" });
    await using loopback = client(plain.url, { proxyUrl });
    await read(direct);
    await read(loopback);
    expect(proxy.tunnels).toEqual([]);
  });

  it.each([407, 403, 502])("that refuses the tunnel with %s is named as the culprit", async (status) => {
    await using server = await startServer(platform, tls);
    await using proxy = await startProxy(status);
    await using c = client(server.url, { proxyUrl: `http://127.0.0.1:${proxy.port}`, retry: { ...once, attempts: 2 } });
    const error = await failureOf(read(c));
    expect(error).toMatchObject({
      code: "API_UNREACHABLE",
      message: expect.stringContaining("the proxy did not open"),
    });
    expect(error.fix).toContain("HTTPS_PROXY");
    expect(String(error.cause)).toContain(String(status));
    expect(proxy.tunnels).toHaveLength(2);
  });

  it("that hangs up does not keep the call for ever", async () => {
    await using server = await startServer(platform, tls);
    await using proxy = await startProxy(0);
    await using c = client(server.url, { proxyUrl: `http://127.0.0.1:${proxy.port}` });
    expect(await failureOf(read(c))).toMatchObject({ code: "API_UNREACHABLE" });
  });

  it("that is not there is hinted at, as the name or address that failed may be its own", async () => {
    const proxy = await startProxy();
    await proxy[Symbol.asyncDispose]();
    await using refused = client("https://api.example.com", { proxyUrl: `http://127.0.0.1:${proxy.port}` });
    await using unresolved = client("https://api.example.com", { proxyUrl: "http://nowhere.invalid:8080" });
    for (const c of [refused, unresolved]) {
      const error = await failureOf(read(c));
      expect(error).toMatchObject({ code: "API_UNREACHABLE", message: expect.stringContaining("a proxy is set") });
      expect(error.fix).toContain("check the address in HTTPS_PROXY");
    }
  });
});
