import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { answer, DEFAULT_ANSWER, failureOf, page, read, reply, START, startPlatform } from "./fake-platform.ts";
import type { Handler } from "./http-server.ts";

/** The documented error answers. */
function sample(name: string): Handler {
  const text = readFileSync(new URL(`../samples/${name}.json`, import.meta.url), "utf8");
  const { status, headers, body } = JSON.parse(text) as {
    status: number;
    headers: Record<string, string>;
    body: string;
  };
  return answer(status, body, headers);
}

const cut: Handler = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"objs":[', () => response.destroy());
};
const cutChunks: Handler = (_request, response) => void response.write('{"objs":[', () => response.destroy());
const cutGzip = answer(200, gzipSync("x".repeat(10_000)).subarray(0, 30), { "content-encoding": "gzip" });
const hangUp: Handler = (_request, response) => response.destroy();
const silent: Handler = () => undefined;
const slowBody: Handler = (_request, response) => void response.writeHead(200).write("{");
const endlessPage: Handler = (_request, response) => {
  response.writeHead(404, { "content-type": "text/html" });
  const more = (): void => {
    if (!response.destroyed) response.write("y".repeat(10_000), more);
  };
  more();
};
/** Does not know the first token any more. */
const forgetful: Handler = (request, response) =>
  request.headers.authorization?.startsWith("Bearer 0000") === true
    ? reply(response, 401, "The supplied authentication is invalid")
    : reply(response, 200, {});

describe("an answer that does not pass by itself", () => {
  it.each([
    ["403", sample("error-403"), "ACCESS_DENIED", "Access to this path is denied", /sharing rule/],
    ["404", sample("error-404"), "NOT_FOUND", "650000000000000000000001", /MICROSHARE_VIEW_ID/],
    ["400", answer(400, "bad page"), "REQUEST_REJECTED", "bad page", /parameters/],
    ["422", answer(422, ""), "REQUEST_REJECTED", "status 422", /parameters/],
    ["204", answer(204, ""), "RESPONSE_UNREADABLE", "status 204 instead of 200", /MICROSHARE_API_URL/],
    [
      "a redirect",
      answer(302, "", { location: "https://elsewhere.example.com/x?token=abcd1234" }),
      "REQUEST_REJECTED",
      "elsewhere.example.com",
      /MICROSHARE_API_URL/,
    ],
    ["a redirect without a place", answer(307, ""), "REQUEST_REJECTED", "an unknown place", /MICROSHARE_API_URL/],
    [
      "503 for a missing parameter",
      sample("error-503-missing-parameter"),
      "VIEW_PARAMETER_MISSING",
      '"ownerOrg"',
      /ownerOrg.*MICROSHARE_VIEW_PARAMETERS/,
    ],
    [
      "503 for a missing parameter in JSON",
      answer(503, { error: "[Error: unresolvable property or identifier: loc1]" }),
      "VIEW_PARAMETER_MISSING",
      '"loc1"',
      /loc1/,
    ],
    [
      "503 for an unnamed parameter",
      answer(503, "unresolvable property or identifier"),
      "VIEW_PARAMETER_MISSING",
      "a parameter",
      /MICROSHARE_VIEW_PARAMETERS/,
    ],
    [
      "503 for a malformed parameter",
      answer(503, "'$all needs an array'"),
      "REQUEST_REJECTED",
      "$all needs an array",
      /MICROSHARE_DATA_CONTEXT/,
    ],
    [
      "500 for malformed JSON",
      answer(500, "JSON reader was expecting a value but found ','"),
      "REQUEST_REJECTED",
      "malformed",
      /MICROSHARE_DATA_CONTEXT/,
    ],
  ])("fails at once: %s", async (_what, handler, code, words, fix) => {
    await using platform = await startPlatform({ api: [handler] });
    const error = await failureOf(read(platform));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Feed "rooms": /);
    expect(error.message).toContain(words);
    expect(error.fix).toMatch(fix);
    expect(platform.apiRequests()).toHaveLength(1);
    expect(platform.waits).toEqual([]);
  });

  it("never follows a redirect, so that the token stays here", async () => {
    await using elsewhere = await startPlatform();
    await using platform = await startPlatform({
      api: [(_request, response) => reply(response, 302, "", { location: `${elsewhere.server.url}/share/x` })],
    });
    await failureOf(read(platform));
    expect(elsewhere.server.requests).toEqual([]);
  });

  it("is larger than allowed: stops reading, whether compressed or not", async () => {
    const big = "x".repeat(100_001);
    for (const handler of [answer(200, big), answer(200, gzipSync(big), { "content-encoding": "gzip" })]) {
      await using platform = await startPlatform({ api: [handler], options: { maxResponseBytes: 100_000 } });
      const error = await failureOf(read(platform));
      expect(error).toMatchObject({ code: "RESPONSE_TOO_LARGE", message: expect.stringContaining("100000 bytes") });
      expect(platform.apiRequests()).toHaveLength(1);
      expect(platform.events.at(-1)).toMatchObject({ fault: "too-large" });
    }
  });

  it("may be as large as allowed", async () => {
    const body = gzipSync("x".repeat(100_000));
    await using platform = await startPlatform({
      api: [answer(200, body, { "content-encoding": "gzip" })],
      options: { maxResponseBytes: 100_000 },
    });
    expect((await read(platform)).body).toHaveLength(100_000);
  });

  it("does not read an endless error page to its end", async () => {
    await using platform = await startPlatform({ api: [endlessPage] });
    expect(await failureOf(read(platform))).toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("an answer that may pass by itself", () => {
  it.each([
    ["429", answer(429, "slow down"), "API_THROTTLED", /MICROSHARE_CONCURRENCY/],
    ["500", answer(500, "oops"), "API_UNAVAILABLE", /next run/],
    ["502", answer(502, "<html><title>Bad Gateway</title>"), "API_UNAVAILABLE", /next run/],
    [
      "503 without a known text",
      answer(503, "The server was not able to produce a timely response to your request."),
      "API_UNAVAILABLE",
      /next run/,
    ],
    ["503 without a body", answer(503, ""), "API_UNAVAILABLE", /next run/],
    ["504", answer(504, "gateway timeout"), "API_UNAVAILABLE", /WINDOW/],
    ["408", answer(408, ""), "API_TIMEOUT", /WINDOW/],
    ["a broken connection", hangUp, "API_UNREACHABLE", /firewall/],
    ["a body that breaks off", cut, "RESPONSE_UNREADABLE", /proxy or firewall/],
    ["a chunked body that breaks off", cutChunks, "RESPONSE_UNREADABLE", /proxy or firewall/],
    ["gzip that breaks off", cutGzip, "RESPONSE_UNREADABLE", /proxy or firewall/],
    ["gzip that is none", answer(200, "plain", { "content-encoding": "gzip" }), "RESPONSE_UNREADABLE", /proxy/],
  ])("is asked for again, then fails: %s", async (_what, handler, code, fix) => {
    await using recovering = await startPlatform({ api: [handler, handler, page] });
    expect((await read(recovering)).body.length).toBeGreaterThan(0);
    expect(recovering.waits).toEqual([750, 1500]);

    await using failing = await startPlatform({ api: [handler] });
    const error = await failureOf(read(failing));
    expect(error.code).toBe(code);
    expect(error.message).toContain("after 4 tries");
    expect(error.fix).toMatch(fix);
    expect(failing.apiRequests()).toHaveLength(4);
    expect(failing.waits).toEqual([750, 1500, 3000]);
  });

  it("shows as API_TIMEOUT when the server stays silent, before or within the body", async () => {
    for (const handler of [silent, slowBody]) {
      await using platform = await startPlatform({
        api: [handler],
        options: { requestTimeoutMs: 30, retry: { attempts: 2, baseDelayMs: 10, maxDelayMs: 10 } },
      });
      // The login is answered, so that only the API call can time out.
      const error = await failureOf(read(platform));
      expect(error).toMatchObject({
        code: "API_TIMEOUT",
        message: expect.stringContaining("within 30 ms, after 2 tries"),
      });
      expect(platform.events.filter(({ fault }) => fault === "timeout")).toHaveLength(2);
    }
  });

  it("takes a time-out of its own per call", async () => {
    await using platform = await startPlatform({
      api: [silent],
      options: { retry: { attempts: 1, baseDelayMs: 1, maxDelayMs: 1 } },
    });
    const call = platform.api.get("/share/x", [], {
      signal: new AbortController().signal,
      feed: "rooms",
      timeoutMs: 20,
    });
    expect((await failureOf(call)).message).toContain("within 20 ms");
  });

  it("waits as long as Retry-After asks, in seconds or by the server's own clock", async () => {
    const later = new Date(START + 3_600_000);
    const byDate = answer(503, "busy", {
      date: later.toUTCString(), // an hour ahead of this host
      "retry-after": new Date(later.getTime() + 20_000).toUTCString(),
    });
    await using platform = await startPlatform({ api: [answer(429, "", { "retry-after": "45" }), byDate, page] });
    await read(platform);
    expect(platform.waits).toEqual([45_000, 20_000]);
  });

  it("fails at once when the wait would not fit the total time, and says why", async () => {
    await using platform = await startPlatform({ api: [answer(429, "", { "retry-after": "600" })] });
    expect(await failureOf(read(platform))).toMatchObject({ code: "API_THROTTLED" });
    expect(platform.waits).toEqual([]);
    expect(platform.apiRequests()).toHaveLength(1);
  });

  it("times out rather than never when nothing is left of the total time after a second login", async () => {
    await using platform = await startPlatform({
      api: [sample("error-401"), silent],
      options: {
        totalTimeoutMs: 1000,
        onRequest: ({ status }) => void (status === 401 && (platform.clock.now += 5000)),
      },
    });
    expect(await failureOf(read(platform))).toMatchObject({ code: "API_TIMEOUT" });
  });

  it("shortens the last try to what is left of the total time", async () => {
    await using platform = await startPlatform({
      api: [answer(500, ""), silent],
      options: { totalTimeoutMs: 770, requestTimeoutMs: 60_000 },
    });
    const error = await failureOf(read(platform));
    expect(error).toMatchObject({ code: "API_TIMEOUT", message: expect.stringContaining("within 20 ms") });
  });

  it("keeps what the first answer said, shortened and on one line, as later ones are often only an echo", async () => {
    const first = answer(503, `Out of\r\nmemory ${"x".repeat(1000)}`);
    await using platform = await startPlatform({ api: [first, answer(503, "circuit breaker open")] });
    const { message } = await failureOf(read(platform));
    expect(message).toContain("It said: Out of memory xxx");
    expect(message).not.toContain("circuit breaker");
    expect(message.length).toBeLessThan(400);
  });

  it("names an HTML page by its title", async () => {
    await using platform = await startPlatform({
      api: [answer(502, "<html><head><title>502 Bad Gateway</title></head>")],
    });
    expect((await failureOf(read(platform))).message).toContain('It said: HTML page "502 Bad Gateway"');
  });

  it("stops trying when a retry brings a lasting failure", async () => {
    await using platform = await startPlatform({ api: [answer(503, "busy"), sample("error-404")] });
    expect(await failureOf(read(platform))).toMatchObject({ code: "NOT_FOUND" });
    expect(platform.apiRequests()).toHaveLength(2);
  });
});

describe("a token that is refused with 401", () => {
  it("is replaced by one login and the call repeated", async () => {
    await using platform = await startPlatform({ api: [sample("error-401"), page] });
    await read(platform);
    expect(platform.tokens).toHaveLength(2);
    expect(platform.apiRequests().map(({ headers }) => headers.authorization)).toEqual(
      platform.tokens.map((token) => `Bearer ${token}`),
    );
  });

  it("is replaced by one login for many calls at a time", async () => {
    await using platform = await startPlatform({ api: [forgetful], options: { concurrency: 4 } });
    await Promise.all(Array.from({ length: 12 }, () => read(platform)));
    expect(platform.tokens).toHaveLength(2);
  });

  it("is an error of the settings the second time, without a loop", async () => {
    await using platform = await startPlatform({ api: [sample("error-401")] });
    const error = await failureOf(read(platform));
    expect(error).toMatchObject({ code: "TOKEN_REJECTED", message: expect.stringMatching(/^Feed "rooms": /) });
    expect(error.fix).toMatch(/MICROSHARE_SCOPE and MICROSHARE_IDENTITY.*key was not revoked/);
    expect(platform.tokens).toHaveLength(2);
    expect(platform.apiRequests()).toHaveLength(2);
  });

  it("because it expired while the call waited as long as Retry-After asks is replaced, and the call answered", async () => {
    await using platform = await startPlatform({
      api: [answer(429, "", { "retry-after": "45" }), sample("error-401"), page],
    });
    expect((await read(platform)).body.length).toBeGreaterThan(0);
    expect(platform.waits).toEqual([45_000]);
    expect(platform.tokens).toHaveLength(2);
    expect(platform.apiRequests().map(({ headers }) => headers.authorization)).toEqual(
      [0, 0, 1].map((number) => `Bearer ${platform.tokens[number]}`),
    );
  });

  it("is replaced once the token endpoint, which throttles, gives another one, as late as that asks", async () => {
    await using platform = await startPlatform({
      token: [DEFAULT_ANSWER, answer(429, "", { "retry-after": "20" }), DEFAULT_ANSWER],
      api: [sample("error-401"), page],
    });
    expect((await read(platform)).body.length).toBeGreaterThan(0);
    expect(platform.waits).toEqual([20_000]);
    expect(platform.logins()).toHaveLength(3);
  });

  it("does not count against the retries of other failures", async () => {
    await using platform = await startPlatform({ api: [answer(500, ""), sample("error-401"), answer(500, ""), page] });
    await read(platform);
    expect(platform.apiRequests()).toHaveLength(4);
  });
});
