// The configuration of nginx, on the real one: what it passes on, and what it keeps away.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNginx, type Nginx } from "./nginx.ts";

interface Heard {
  readonly by: number;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
}

const heard: Heard[] = [];
/** Held back until the test lets it go. */
let gate: Promise<void> | undefined;

async function startInstance(by: number): Promise<Server> {
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => (bytes += chunk.byteLength));
    request.on("end", () => {
      heard.push({ by, url: request.url ?? "", headers: request.headers, bytes });
      void Promise.resolve(gate).then(() => response.end(`from ${by}`));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

describe("nginx in front of two instances", () => {
  let instances: readonly [Server, Server];
  let nginx: Nginx;

  beforeAll(async () => {
    instances = [await startInstance(1), await startInstance(2)];
    nginx = await startNginx([portOf(instances[0]), portOf(instances[1])]);
  });

  afterAll(async () => {
    await nginx[Symbol.asyncDispose]();
    for (const server of instances) server.closeAllConnections();
  });

  const post = async (path: string, body = "{}") =>
    nginx.fetch(path, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", "x-forwarded-for": "6.6.6.6" },
    });

  it("says who asks and how, and believes nothing that the caller wrote there", async () => {
    heard.length = 0;
    const answer = await post("/api/webhook?code=the-function-key");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("strict-transport-security")).toContain("max-age=");
    expect(heard[0]?.url).toBe("/api/webhook?code=the-function-key");
    expect(heard[0]?.headers).toMatchObject({
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "https",
      "x-request-id": expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(nginx.accessLog().join("\n")).not.toContain("the-function-key");
  });

  it("passes nothing but the API, and no body that is too long", async () => {
    heard.length = 0;
    expect((await nginx.fetch("/")).status).toBe(404);
    expect((await nginx.fetch("/admin/host/keys")).status).toBe(404);
    expect((await post("/api/webhook", "x".repeat(1024 * 1024 + 1))).status).toBe(413);
    expect(heard).toEqual([]);
    expect((await post("/api/webhook", "x".repeat(1024 * 1024))).status).toBe(200);
    expect(heard[0]?.bytes).toBe(1024 * 1024);
  });

  it("speaks TLS alone", async () => {
    const socket = connect(Number(new URL(nginx.url).port), "127.0.0.1");
    socket.write("GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("400");
    socket.destroy();
  });

  it("gives each instance as much as it has to do", async () => {
    heard.length = 0;
    const opened = Promise.withResolvers<void>();
    gate = opened.promise;
    const asked = Promise.all(Array.from({ length: 10 }, async () => post("/api/webhook")));
    while (heard.length < 10) await new Promise((resolve) => setImmediate(resolve));
    const counts = [1, 2].map((by) => heard.filter((one) => one.by === by).length);
    opened.resolve();
    gate = undefined;
    expect(counts).toEqual([5, 5]);
    expect((await asked).map(({ status }) => status)).toEqual(Array(10).fill(200));
  });

  it("goes on with one when the other is gone, and sends no request twice", async () => {
    heard.length = 0;
    instances[0].close();
    instances[0].closeAllConnections();
    const statuses: number[] = [];
    for (let number = 0; number < 20; number += 1) statuses.push((await post(`/api/webhook?n=${number}`)).status);
    expect(statuses).toEqual(Array(20).fill(200));
    const urls = heard.map(({ url }) => url);
    expect(new Set(urls).size).toBe(urls.length);
    expect(heard.every(({ by }) => by === 2)).toBe(true);
  });

  it("does not repeat a request that an instance had seen when it was cut off: that is for the caller", async () => {
    heard.length = 0;
    gate = new Promise(() => {});
    const asked = post("/api/webhook");
    while (heard.length < 1) await new Promise((resolve) => setImmediate(resolve));
    instances[1].closeAllConnections();
    expect((await asked).status).toBe(502);
    expect(heard).toHaveLength(1);
    gate = undefined;
  });

  it("is not taken when it is wrong", async () => {
    await expect(startNginx([1, 2], (text) => text.replace("least_conn;", "least_con;"))).rejects.toThrow("least_con");
  });
});
