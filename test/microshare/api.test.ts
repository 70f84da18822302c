import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { answer, failureOf, page, read, reply, START, startPlatform } from "./fake-platform.ts";
import type { Handler } from "./http-server.ts";

const signal = new AbortController().signal;

describe("a call to the Microshare API", () => {
  it("is authorised, asks for gzip and gives the body with both clocks", async () => {
    await using platform = await startPlatform({ api: [page] });
    const response = await read(platform);
    expect(JSON.parse(response.body.toString())).toEqual({ meta: { totalPages: 1 }, objs: [{ id: "a" }] });
    expect(response).toMatchObject({ contentType: "application/json", answeredAt: START, receivedAt: START });
    const [request] = platform.apiRequests();
    expect(request?.method).toBe("GET");
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${platform.tokens[0]}`,
      accept: "application/json",
      "accept-encoding": "gzip",
    });
  });

  it("leaves the API's clock out when no usable Date came", async () => {
    await using platform = await startPlatform({ api: [answer(200, {}, { date: "yesterday" })] });
    expect(await read(platform)).not.toHaveProperty("answeredAt");
  });

  it("gives an empty content type when the server sent none", async () => {
    await using platform = await startPlatform({
      api: [(_request, response) => void response.writeHead(200).end("{}")],
    });
    expect((await read(platform)).contentType).toBe("");
  });

  it("keeps the base URL's path prefix and the trailing slash", async () => {
    await using platform = await startPlatform({ prefix: "/api/" });
    await platform.api.get("/share/io.example/", [["id", "x"]], { signal, feed: "rooms" });
    await platform.api.get("/share/io.example", [], { signal, feed: "rooms" });
    expect(platform.apiRequests().map(({ target }) => target)).toEqual([
      "/api/share/io.example/?id=x",
      "/api/share/io.example",
    ]);
  });

  it("percent-encodes every value and keeps arrays one parameter", async () => {
    await using platform = await startPlatform();
    await platform.api.get(
      "/share/x/",
      [
        ["dataContext", '["Example Facilities","a+b"]'],
        ["ownerOrg", '"[a-zA-Z]"'],
        ["loc1", "Café #1 & 'co' (50%)"],
      ],
      { signal, feed: "rooms" },
    );
    expect(platform.apiRequests()[0]?.target).toBe(
      "/share/x/?dataContext=%5B%22Example%20Facilities%22%2C%22a%2Bb%22%5D&ownerOrg=%22%5Ba-zA-Z%5D%22" +
        "&loc1=Caf%C3%A9%20%231%20%26%20%27co%27%20%2850%25%29",
    );
  });

  it.each(["share/x", "/share/a b", "/share/é", "/share/x?y=1", "/share/x#y"])(
    "refuses the path %s, which is not percent-encoded and absolute, as a bug",
    async (path) => {
      await using platform = await startPlatform();
      await expect(platform.api.get(path, [], { signal, feed: "rooms" })).rejects.toThrow(TypeError);
      expect(platform.server.requests).toEqual([]);
    },
  );

  it("decompresses gzip", async () => {
    const body = gzipSync(JSON.stringify({ objs: ["ü".repeat(50_000)] }));
    await using platform = await startPlatform({ api: [answer(200, body, { "content-encoding": "gzip" })] });
    expect(JSON.parse((await read(platform)).body.toString())).toEqual({ objs: ["ü".repeat(50_000)] });
  });

  it("reuses one connection for calls one after the other", async () => {
    await using platform = await startPlatform({ options: { concurrency: 1 } });
    for (let call = 0; call < 10; call += 1) await read(platform);
    expect(platform.server.requests).toHaveLength(11);
    expect(platform.server.connections()).toBe(1);
  });

  it("keeps the connection after an error answer", async () => {
    await using platform = await startPlatform({
      api: [answer(403, "Access to this path is denied"), page],
      options: { concurrency: 1 },
    });
    await failureOf(read(platform));
    await read(platform);
    expect(platform.server.connections()).toBe(1);
  });

  it("never has more requests in flight than allowed, logins included", async () => {
    const held: ServerResponse[] = [];
    let most = 0;
    const holdUntilThree: Handler = (_request, response) => {
      held.push(response);
      most = Math.max(most, held.length);
      if (held.length < 3) return;
      // One more could only be under way now.
      setImmediate(() => {
        for (const waiting of held.splice(0)) reply(waiting, 200, {});
      });
    };
    await using platform = await startPlatform({ api: [holdUntilThree], options: { concurrency: 3 } });
    await Promise.all(Array.from({ length: 21 }, () => read(platform)));
    expect(platform.apiRequests()).toHaveLength(21);
    expect(most).toBe(3);
    expect(platform.server.connections()).toBeLessThanOrEqual(3);
  });

  it("tells about every try without a secret", async () => {
    await using platform = await startPlatform({ api: [answer(429, "slow down"), page] });
    await read(platform);
    const host = `127.0.0.1:${platform.server.port}`;
    expect(platform.events).toMatchObject([
      { target: "login", host, attempt: 1, status: 200 },
      { target: "api", feed: "rooms", host, attempt: 1, status: 429, bytes: 9, durationMs: 0 },
      { target: "api", feed: "rooms", host, attempt: 2, status: 200, bytes: 45 },
    ]);
    expect(platform.events[0]).not.toHaveProperty("feed");
  });
});

describe("an aborted call", () => {
  const outOfTime = { code: "OUT_OF_TIME", message: expect.stringContaining("the run's time is used up") };

  it("is not begun when the time is over already", async () => {
    await using platform = await startPlatform();
    expect(await failureOf(read(platform, AbortSignal.abort()))).toMatchObject(outOfTime);
    expect(platform.server.requests).toEqual([]);
  });

  it("ends while the server thinks, whatever the reason of the abort is", async () => {
    const controller = new AbortController();
    await using platform = await startPlatform({ api: [() => controller.abort("enough")] });
    expect(await failureOf(read(platform, controller.signal))).toMatchObject(outOfTime);
  });

  it("ends while the body arrives", async () => {
    const controller = new AbortController();
    await using platform = await startPlatform({
      api: [
        (_request, response) => {
          response.writeHead(200).write("{", () => controller.abort("enough"));
        },
      ],
    });
    expect(await failureOf(read(platform, controller.signal))).toMatchObject(outOfTime);
  });

  it("ends during the wait before a retry, and says what it was waiting for", async () => {
    const controller = new AbortController();
    await using platform = await startPlatform({
      api: [answer(502, "bad gateway")],
      options: {
        wait: async () => {
          controller.abort();
          throw new Error("aborted");
        },
      },
    });
    const error = await failureOf(read(platform, controller.signal));
    expect(error).toMatchObject(outOfTime);
    expect(error.message).toContain("status 502");
  });

  it("ends when the wait before a retry only returns early", async () => {
    const controller = new AbortController();
    await using platform = await startPlatform({
      api: [answer(502, "bad gateway"), page],
      options: { wait: async () => controller.abort() },
    });
    expect(await failureOf(read(platform, controller.signal))).toMatchObject(outOfTime);
    expect(platform.apiRequests()).toHaveLength(1);
  });

  it("ends while waiting for a free place and leaves the queue intact", async () => {
    const held = Promise.withResolvers<() => void>();
    const controller = new AbortController();
    await using platform = await startPlatform({
      api: [(_request, response) => held.resolve(() => reply(response, 200, {})), page],
      options: { concurrency: 1 },
    });
    const first = read(platform);
    const release = await held.promise;
    const second = failureOf(read(platform, controller.signal));
    const third = read(platform);
    controller.abort();
    expect(await second).toMatchObject(outOfTime);
    release();
    await Promise.all([first, third]);
    expect(platform.apiRequests()).toHaveLength(2);
  });

  it("fails calls under way when the client is closed", async () => {
    const arrived = Promise.withResolvers<void>();
    await using platform = await startPlatform({ api: [() => arrived.resolve()] });
    const call = failureOf(read(platform));
    await arrived.promise;
    await platform.api.close();
    expect(await call).toMatchObject({ code: "OUT_OF_TIME" });
    expect(await failureOf(read(platform))).toMatchObject({ code: "OUT_OF_TIME" });
  });
});
