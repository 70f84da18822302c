// The server of the dashboard over real HTTP: who is let in, what is served, and what never leaves.
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { loopbackAddress } from "../../src/cli/dashboard/guard.ts";
import { createLive, type Follow } from "../../src/cli/dashboard/live.ts";
import type { PageData } from "../../src/cli/dashboard/page-data.ts";
import { CHART_FILES, OWN_FILES } from "../../src/cli/dashboard/page-files.ts";
import { serveDashboard, type DashboardOptions } from "../../src/cli/dashboard/server.ts";
import { BridgeError } from "../../src/errors.ts";
import { createRedact } from "../../src/telemetry/redact.ts";
import { type } from "../cli/terminal.ts";

const SECRET = "a secret of the settings";
const DATA: PageData = {
  status: { at: "2025-03-04T08:00:00.000Z", schedule: "0 0 * * * *", routes: [] },
  details: [],
  sinks: [],
  everySeconds: 10,
};
const closing: (() => Promise<void>)[] = [];
const bugs: unknown[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  bugs.length = 0;
});

async function serve(options: Partial<DashboardOptions> = {}): Promise<URL> {
  const report = (error: unknown): void => void bugs.push(error);
  const dashboard = await serveDashboard({
    address: "127.0.0.1",
    port: 0,
    read: () => Promise.resolve(DATA),
    live: createLive({ follow: { because: "nothing to follow" }, report }),
    redact: createRedact([SECRET]),
    report,
    ...options,
  });
  closing.push(dashboard.close);
  return new URL(dashboard.url);
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function ask(
  url: URL,
  path: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  httpRequest({ host: url.hostname, port: url.port, path, method, headers, agent: false }, (response) => {
    const { statusCode: status, headers: got } = response;
    text(response).then((body) => resolve({ status, headers: got, body }), reject);
  })
    .on("error", reject)
    .end();
  return promise;
}

describe("the server of the dashboard", () => {
  it("serves nothing without the token, which is long and new each time", async () => {
    const [one, other] = [await serve(), await serve()];
    const token = one.pathname.slice(1, -1);
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(other.pathname).not.toBe(one.pathname);
    const wrong = [
      "/",
      "/data.json",
      "/events",
      "/page.css",
      `/${token.slice(0, -1)}/data.json`,
      `/${token}x/data.json`,
      `/x/${token}/data.json`,
      `/data.json?token=${token}`,
      other.pathname,
    ];
    for (const path of wrong) {
      const { status, body } = await ask(one, path);
      expect({ path, status }).toEqual({ path, status: 403 });
      expect(body).not.toContain(token);
    }
    expect((await ask(one, `${one.pathname}data.json`)).status).toBe(200);
  });

  it("serves the page, each of its files and the chart library, and no other file", async () => {
    const url = await serve();
    for (const name of ["", ...OWN_FILES, ...Object.keys(CHART_FILES)]) {
      const { status, body, headers } = await ask(url, `${url.pathname}${name}`);
      expect({ name, status, length: headers["content-length"] }).toEqual({
        name,
        status: 200,
        length: String(Buffer.byteLength(body)),
      });
    }
    for (const name of [
      "server.ts",
      "tsconfig.json",
      "../page-data.ts",
      "..%2fserver.ts",
      "page.css/",
      "constructor",
    ]) {
      expect({ name, status: (await ask(url, `${url.pathname}${name}`)).status }).toEqual({ name, status: 404 });
    }
  });

  it("names nothing outside itself in its files, and runs nothing that stands in the page", async () => {
    const url = await serve();
    for (const name of OWN_FILES) {
      expect((await ask(url, `${url.pathname}${name}`)).body).not.toMatch(
        /https?:\/\/(?!www\.w3\.org\/2000\/svg)|\bstyle=|\son\w+=|@import/,
      );
    }
    const html = (await ask(url, url.pathname)).body;
    expect(html.match(/<script[^>]*>[^<]*/g)).toEqual(['<script type="module" src="main.js">']);
  });

  it("answers only to names of this machine, so that no name made to mean it leads here", async () => {
    const url = await serve();
    const path = `${url.pathname}data.json`;
    for (const host of ["bridge.example.com", `bridge.example.com:${url.port}`, "127.0.0.1", "127.0.0.1:1"]) {
      expect({ host, status: (await ask(url, path, { headers: { host } })).status }).toEqual({ host, status: 421 });
    }
    expect((await ask(url, path, { headers: { host: `localhost:${url.port}` } })).status).toBe(200);
    const socket = connect(Number(url.port), url.hostname).end(`GET ${path} HTTP/1.0\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 421 /);
  });

  it("takes no method but GET and HEAD", async () => {
    const url = await serve();
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const { status, headers } = await ask(url, `${url.pathname}data.json`, { method });
      expect({ method, status, allow: headers["allow"] }).toEqual({ method, status: 405, allow: "GET, HEAD" });
    }
    expect(await ask(url, url.pathname, { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  it("sets strict headers on every answer, and lets no other page read one", async () => {
    const url = await serve();
    const origin = { headers: { origin: "https://bridge.example.com" } };
    const answers = await Promise.all(
      ["", "data.json", "nothing"].map((name) => ask(url, `${url.pathname}${name}`, origin)),
    );
    answers.push(await ask(url, "/", origin), await ask(url, url.pathname, { method: "POST", ...origin }));
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        "content-security-policy": expect.stringMatching(/^default-src 'none'; script-src 'self'; style-src 'self';/),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
      });
      expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*|http/);
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  it("says why the data cannot be read, with the fix and without a secret", async () => {
    const url = await serve({
      read: () =>
        Promise.reject(new BridgeError("STATE_UNAVAILABLE", `storage ${SECRET}`, { fix: `Look at ${SECRET}.` })),
    });
    const { status, body } = await ask(url, `${url.pathname}data.json`);
    expect({ status, body: JSON.parse(body) }).toEqual({
      status: 503,
      body: { error: { code: "STATE_UNAVAILABLE", message: "storage [secret]", fix: "Look at [secret]." } },
    });
  });

  it("tells a bug where the program runs, and nothing of it to the page", async () => {
    const bug = new TypeError(`a bug with ${SECRET}`);
    const url = await serve({ read: () => Promise.reject(bug) });
    const { status, body } = await ask(url, `${url.pathname}data.json`);
    expect({ status, has: body.includes(SECRET) }).toEqual({ status: 500, has: false });
    expect(bugs).toEqual([bug]);
  });

  it("streams live events to all who listen, follows once for all, and ends with the last", async () => {
    const follows: Parameters<Follow>[0][] = [];
    const ended = Promise.withResolvers<void>();
    const live = createLive({
      async follow(options) {
        follows.push(options);
        options.onReady();
        await new Promise<void>((resolve) => options.signal.addEventListener("abort", () => resolve()));
        ended.resolve();
      },
      report: (error) => void bugs.push(error),
    });
    const url = await serve({ live });
    const stop = new AbortController();
    const streams = await Promise.all([1, 2].map(() => fetch(`${url.href}events`, { signal: stop.signal })));
    const readers = streams.map(({ body }) => body?.pipeThrough(new TextDecoderStream()).getReader());
    const event = {
      partition: "0",
      sequence: 1,
      enqueued: "2025-03-04T08:00:00.000Z",
      properties: { recordKey: SECRET },
      bytes: 2,
    };
    await Promise.all(readers.map((reader) => read(reader, "following")));
    expect(follows.length).toBe(1);
    follows[0]?.onEvents("event-hub", [
      event,
      ...Array.from({ length: 60 }, (_, index) => ({ ...event, sequence: index + 2 })),
    ]);
    for (const reader of readers) {
      const told = await read(reader, "event: events");
      expect(told).toContain('"skipped":11');
      expect(told).not.toContain(SECRET);
    }
    stop.abort();
    await ended.promise;
    expect(bugs).toEqual([]);
  });
});

async function read(reader: ReadableStreamDefaultReader<string> | undefined, until: string): Promise<string> {
  for (let all = ""; ;) {
    const part = await reader?.read();
    if (part === undefined || part.done) throw new Error(`the stream ended without ${until}: ${all}`);
    all += part.value;
    if (all.includes(until) && all.endsWith("\n\n")) return all;
  }
}

describe("bridge dashboard", () => {
  it("refuses every address that another machine can reach", async () => {
    for (const address of ["127.0.0.1", "127.0.0.2", "::1"]) expect(loopbackAddress(address)).toBe(address);
    expect(loopbackAddress("localhost")).toBe("127.0.0.1");
    for (const address of ["0.0.0.0", "::", "192.168.0.1", "127.0.0.1.example.com", "127.1", "example.com", ""]) {
      const { exitCode, stderr } = await type(["dashboard", "--address", address]);
      expect({ address, exitCode }).toEqual({ address, exitCode: 2 });
      expect(stderr).toContain("Fix: Leave it out, or give 127.0.0.1 or ::1.");
    }
  });

  it("says what is wrong with the settings, and starts no server", async () => {
    const { exitCode, stdout, stderr } = await type(["dashboard"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("SETTINGS_INVALID");
  });
});
