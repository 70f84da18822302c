// The adapter over real HTTP: what handlers get and what callers see.
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import type { HttpFunctionOptions, HttpHandler, HttpRequest } from "@azure/functions";
import { HttpResponse } from "@azure/functions";
import { afterEach, describe, expect, it } from "vitest";
import { collectFunctions } from "../../src/host/collected-functions.ts";
import { startHttpAdapter, type HttpAdapter, type HttpAdapterOptions } from "../../src/host/http-adapter.ts";

const KEY = "the key of these functions";
const open: HttpAdapter[] = [];
const lines: string[] = [];

afterEach(async () => {
  for (const adapter of open.splice(0)) await adapter.close();
  lines.length = 0;
});

describe("the HTTP adapter", () => {
  it("gives a handler the library's own request, and the caller its answer", async () => {
    const seen: Record<string, unknown>[] = [];
    const { url } = await serve({
      echo: {
        route: "deep/echo",
        async handler(request, context) {
          const { method, url: address, query, params } = request;
          const headers = request.headers.get("x-one");
          seen.push({ method, address, headers, params, more: query.get("more"), body: await request.json() });
          context.info("one line");
          return { status: 201, jsonBody: { name: context.functionName }, headers: { "x-answer": "yes" } };
        },
      },
    });
    const answer = await fetch(`${url}/API/deep/Echo?more=a%20b`, {
      method: "POST",
      headers: { "x-one": "1" },
      body: JSON.stringify({ text: "dépôt" }),
    });
    expect([answer.status, answer.headers.get("x-answer"), await answer.json()]).toEqual([
      201,
      "yes",
      { name: "echo" },
    ]);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(seen).toEqual([
      {
        method: "POST",
        address: `${url}/API/deep/Echo?more=a%20b`,
        headers: "1",
        params: {},
        more: "a b",
        body: { text: "dépôt" },
      },
    ]);
    expect(lines).toEqual(["information one line"]);
  });

  it("takes every form of answer that the library knows", async () => {
    const answers: Readonly<Record<string, Awaited<ReturnType<HttpHandler>>>> = {
      text: { body: "plain" },
      bytes: { body: new Uint8Array([111, 107]) },
      typed: { jsonBody: [1], headers: new Headers({ "content-type": "application/problem+json" }) },
      response: new HttpResponse({ status: 202, body: "built", headers: { "x-two": "2" } }),
      form: { body: new URLSearchParams({ a: "b" }) },
    };
    const { url } = await serve(
      Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, { handler: () => answer }])),
    );
    const got: unknown[] = [];
    for (const name of Object.keys(answers)) {
      const answer = await fetch(`${url}/api/${name}`);
      got.push([answer.status, answer.headers.get("content-type"), await answer.text()]);
    }
    expect(got).toEqual([
      [200, null, "plain"],
      [200, null, "ok"],
      [200, "application/problem+json", "[1]"],
      [202, expect.stringContaining("text/plain"), "built"],
      [200, expect.stringContaining("application/x-www-form-urlencoded"), "a=b"],
    ]);
  });

  it("answers 404 for other paths and 405 for other methods", async () => {
    const { url } = await serve({ one: { methods: ["POST"], handler: () => ({}) } });
    const missing = await fetch(`${url}/one`);
    expect([missing.status, missing.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    expect(await missing.json()).toEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "Nothing is here.",
    });
    const wrong = await fetch(`${url}/api/one`);
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("lets nobody in without the function key, from header or query", async () => {
    let calls = 0;
    const handler = () => ({ status: 200, body: String((calls += 1)) });
    const { url } = await serve({ locked: { authLevel: "function", handler }, open: { handler } });
    const ask = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${url}/api/${path}`, { headers })).status;
    expect(await ask("locked")).toBe(401);
    expect(await ask("locked?code=")).toBe(401);
    expect(await ask("locked", { "x-functions-key": `${KEY}.` })).toBe(401);
    expect(await ask(`locked?code=${encodeURIComponent(KEY)}`, { "x-functions-key": "wrong" })).toBe(401);
    expect(calls).toBe(0);
    expect(await ask("locked", { "x-functions-key": KEY })).toBe(200);
    expect(await ask(`locked?code=${encodeURIComponent(KEY)}`)).toBe(200);
    expect(await ask("open")).toBe(200);
  });

  it("does not start when a function needs a key and there is none", async () => {
    const { https } = functionsOf({ locked: { authLevel: "function", handler: () => ({}) } });
    await expect(startHttpAdapter(https, { port: 0, log: () => {} })).rejects.toMatchObject({
      code: "SETTINGS_INVALID",
      fix: expect.stringContaining("HOST_FUNCTION_KEY"),
    });
  });

  it("refuses two functions on one path, and routes with parameters", async () => {
    for (const routes of [["same", "SAME"], ["{id}"]]) {
      const { https } = functionsOf(
        Object.fromEntries(routes.map((route, index) => [`f${index}`, { route, handler: () => ({}) }])),
      );
      await expect(startHttpAdapter(https, { port: 0, log: () => {} })).rejects.toMatchObject({
        code: "SETTINGS_INVALID",
      });
    }
  });

  it("takes a body up to the limit and no byte more, announced or in chunks", async () => {
    const sizes: number[] = [];
    const handler: HttpHandler = async (request) => {
      sizes.push((await request.arrayBuffer()).byteLength);
      return {};
    };
    const { url } = await serve({ sized: { handler } }, { maxBodyBytes: 1000 });
    const send = async (body: BodyInit) => {
      // Streams need to be told that nobody reads while they are sent.
      const half: RequestInit = Object({ duplex: "half" });
      return (await fetch(`${url}/api/sized`, { method: "POST", body, ...half })).status;
    };
    const stream = (bytes: number) => new Blob(["x".repeat(bytes)]).stream();
    expect([await send("x".repeat(1000)), await send(stream(1000)), await send("")]).toEqual([200, 200, 200]);
    expect([await send("x".repeat(1001)), await send("x".repeat(500_000)), await send(stream(500_000))]).toEqual([
      413, 413, 413,
    ]);
    expect(sizes).toEqual([1000, 1000, 0]);
  });

  it("tells a caller nothing of a bug in a handler, and goes on", async () => {
    const { url } = await serve({
      broken: {
        handler() {
          throw new Error("an inner secret");
        },
      },
    });
    for (let tries = 0; tries < 2; tries += 1) {
      const answer = await fetch(`${url}/api/broken`);
      expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining("secret")]);
    }
    expect(lines.join()).toContain("error A request failed: Error: an inner secret");
  });

  it("is not shaken by what is no request", async () => {
    const { url, port } = await serve({ one: { handler: () => ({ body: "fine" }) } });
    const raw = async (text: string) => {
      const socket = connect(port, "127.0.0.1");
      socket.end(text);
      let answer = "";
      for await (const chunk of socket) answer += String(chunk);
      return answer.split("\r\n")[0];
    };
    expect(await raw("GET http://elsewhere/api/one HTTP/1.1\r\nhost: x\r\n\r\n")).toBe("HTTP/1.1 400 Bad Request");
    expect(await raw("GET /api/one HTTP/1.1\r\nhost: a b c\r\n\r\n")).toBe("HTTP/1.1 400 Bad Request");
    expect(await raw("\u0000nonsense\r\n\r\n")).toBe("HTTP/1.1 400 Bad Request");
    expect(await (await fetch(`${url}/api/one`)).text()).toBe("fine");
  });

  it("answers what is under way when it is stopped, and takes nothing new", async () => {
    const arrived = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const adapter = await serve({
      slow: {
        async handler() {
          arrived.resolve();
          await go.promise;
          return { body: "done" };
        },
      },
    });
    const answer = fetch(`${adapter.url}/api/slow`);
    await arrived.promise;
    const closed = adapter.close();
    await expect(fetch(`${adapter.url}/api/slow`)).rejects.toThrow("fetch failed");
    go.resolve();
    expect(await (await answer).text()).toBe("done");
    await closed;
  });

  it("waits on stopping for a handler whose caller has gone", async () => {
    const arrived = Promise.withResolvers<HttpRequest>();
    const go = Promise.withResolvers<void>();
    let ended = false;
    const adapter = await serve({
      slow: {
        async handler(request) {
          arrived.resolve(request);
          await go.promise;
          ended = true;
          return {};
        },
      },
    });
    const call = httpRequest(`${adapter.url}/api/slow`);
    call.on("error", () => {});
    call.end();
    await arrived.promise;
    const gone = new Promise((resolve) => call.on("close", resolve));
    call.destroy();
    await gone;
    const closed = adapter.close();
    go.resolve();
    await closed;
    expect(ended).toBe(true);
  });

  it("cuts what does not end in the time allowed", async () => {
    const arrived = Promise.withResolvers<void>();
    const adapter = await serve(
      {
        stuck: {
          handler() {
            arrived.resolve();
            return new Promise<never>(() => {});
          },
        },
      },
      { drainMs: 20 },
    );
    const answer = fetch(`${adapter.url}/api/stuck`).catch((error: unknown) => error);
    await arrived.promise;
    await adapter.close();
    expect(await answer).toBeInstanceOf(TypeError);
  });
});

async function serve(
  functions: Readonly<Record<string, HttpFunctionOptions>>,
  options: Partial<HttpAdapterOptions> = {},
): Promise<HttpAdapter> {
  const log = (level: string, line: string) => void lines.push(`${level} ${line}`);
  const adapter = await startHttpAdapter(functionsOf(functions).https, { port: 0, functionKey: KEY, log, ...options });
  open.push(adapter);
  return adapter;
}

function functionsOf(functions: Readonly<Record<string, HttpFunctionOptions>>) {
  const collected = collectFunctions();
  for (const [name, options] of Object.entries(functions)) collected.http(name, options);
  return collected;
}
