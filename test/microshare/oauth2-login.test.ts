import { describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { answer, DEFAULT_ANSWER, failureOf, page, read, SECRETS, startPlatform } from "./fake-platform.ts";

const tokenResponse: unknown = JSON.parse(
  readFileSync(new URL("../samples/token-response.json", import.meta.url), "utf8"),
);

describe("the OAuth2 login", () => {
  it("sends the password grant as a form body, nothing in the URL", async () => {
    await using platform = await startPlatform({
      options: { identity: "examplefac", scope: "SHARE:READ,SHARE:QUERY" },
    });
    await read(platform);
    const [login] = platform.logins();
    expect(login).toMatchObject({ method: "POST", target: "/oauth2/token" });
    expect(login?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(login?.headers).not.toHaveProperty("authorization");
    expect(Object.fromEntries(new URLSearchParams(login?.body))).toEqual({
      username: SECRETS.username,
      password: SECRETS.password,
      client_id: SECRETS.apiKey,
      grant_type: "password",
      scope: "SHARE:READ,SHARE:QUERY",
      identity: "examplefac",
    });
  });

  it("sends the same in the query string where the setting says so", async () => {
    await using platform = await startPlatform({ options: { tokenTransport: "query" } });
    await read(platform);
    const [login] = platform.logins();
    expect(login?.body).toBe("");
    const url = new URL(login?.target ?? "", "http://host");
    expect(url.pathname).toBe("/oauth2/token");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ password: SECRETS.password, grant_type: "password" });
    expect(login?.target).not.toMatch(/[+#]/);
    expect(url.searchParams.has("identity")).toBe(false);
  });

  it("reads the documented answer", async () => {
    await using platform = await startPlatform({
      token: [answer(200, tokenResponse)],
      options: { identity: "examplefac" },
    });
    await read(platform);
    expect(platform.apiRequests()[0]?.headers.authorization).toMatch(/^Bearer 0123456789abcdef/);
  });

  it.each([
    ["48 hours when the answer does not say", {}, 48 * 3600],
    ["as long as expires_in says", { expires_in: 7200 }, 7200],
    ["as long as expires_in says as text", { expires_in: "7200" }, 7200],
    ["48 hours when expires_in makes no sense", { expires_in: -1 }, 48 * 3600],
  ])("uses a token for %s", async (_how, fields, lifetimeSeconds) => {
    await using platform = await startPlatform({ token: [answer(200, { access_token: "opaque", ...fields })] });
    await read(platform);
    platform.clock.now += (lifetimeSeconds - 15 * 60) * 1000 - 1;
    await read(platform);
    expect(platform.logins()).toHaveLength(1);
    platform.clock.now += 1;
    await read(platform);
    expect(platform.logins()).toHaveLength(2);
  });

  it.each([
    ["400", answer(400, { error: "invalid_grant" }), "status 400, invalid_grant"],
    ["401", answer(401, "The supplied authentication is invalid"), "status 401"],
    ["403", answer(403, { error: "a text of the server's own choice" }), "status 403"],
  ])("is refused for good with %s: no retry, no second login by other feeds", async (_status, handler, words) => {
    await using platform = await startPlatform({ token: [handler] });
    const errors = await Promise.all([failureOf(read(platform)), failureOf(read(platform))]);
    errors.push(await failureOf(read(platform)));
    for (const error of errors) {
      expect(error).toMatchObject({ code: "CREDENTIALS_REFUSED", message: expect.stringContaining(words) });
      expect(error.message).toMatch(/^Microshare login: 127\.0\.0\.1:\d+ refused/);
      expect(error.fix).toMatch(/MICROSHARE_USERNAME, MICROSHARE_PASSWORD, MICROSHARE_API_KEY/);
    }
    expect(platform.logins()).toHaveLength(1);
    expect(platform.apiRequests()).toEqual([]);
  });

  it.each([
    ["text", answer(200, "hello"), "LOGIN_UNREADABLE", "JSON object"],
    ["a list", answer(200, []), "LOGIN_UNREADABLE", "JSON object"],
    ["no token", answer(200, { token_type: "Bearer" }), "LOGIN_UNREADABLE", "no usable access_token"],
    ["an empty token", answer(200, { access_token: "" }), "LOGIN_UNREADABLE", "no usable access_token"],
    ["a token that is no text", answer(200, { access_token: 7 }), "LOGIN_UNREADABLE", "no usable access_token"],
    ["a token that would break the header", answer(200, { access_token: "a\r\nb" }), "LOGIN_UNREADABLE", "no usable"],
    ["404", answer(404, "not here"), "NOT_FOUND", "status 404"],
    ["405", answer(405, "not so"), "REQUEST_REJECTED", "status 405"],
    [
      "a redirect",
      answer(301, "", { location: "https://new.example.com/oauth2/token?x=1" }),
      "REQUEST_REJECTED",
      "new.example.com",
    ],
  ])("says what came instead of a token: %s", async (_what, handler, code, words) => {
    await using platform = await startPlatform({ token: [handler] });
    const error = await failureOf(read(platform));
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(error.fix).toContain("MICROSHARE_AUTH_URL");
    expect(platform.logins()).toHaveLength(1);
  });

  it.each([429, 500, 502, 503, 504])("is tried again after %s", async (status) => {
    await using platform = await startPlatform({ token: [answer(status, "busy"), DEFAULT_ANSWER], api: [page] });
    await read(platform);
    expect(platform.logins()).toHaveLength(2);
    expect(platform.waits).toEqual([750]);
  });

  it("fails like any call when the token service stays away, and speaks of no page size", async () => {
    await using platform = await startPlatform({ token: [answer(503, "busy")] });
    const error = await failureOf(read(platform));
    expect(error).toMatchObject({ code: "API_UNAVAILABLE", message: expect.stringContaining("after 4 tries") });
    expect(error.fix).toContain("Microshare support");
    expect(error.fix).not.toContain("MICROSHARE_PAGE_SIZE");
    expect(platform.events.map(({ target, attempt }) => `${target} ${attempt}`)).toEqual([
      "login 1",
      "login 2",
      "login 3",
      "login 4",
    ]);
  });

  it("has a total time of its own, apart from the call it is for", async () => {
    const slow = answer(503, "", { "retry-after": "100" });
    await using platform = await startPlatform({
      token: [slow, DEFAULT_ANSWER],
      api: [slow, page],
      options: { totalTimeoutMs: 150_000 },
    });
    await read(platform);
    expect(platform.waits).toEqual([100_000, 100_000]);
  });

  it.each([
    ["another identity", { identity: "otherfac" }, 'acts under the identity "otherfac"'],
    ["no identity", {}, "does not say which identity"],
  ])("stops with %s than expected, and does not log in again for the next feed", async (_what, extended, words) => {
    await using platform = await startPlatform({
      token: [answer(200, { access_token: "opaque", extended })],
      options: { identity: "examplefac" },
    });
    for (let feed = 0; feed < 2; feed += 1) {
      const error = await failureOf(read(platform));
      expect(error).toMatchObject({ code: "IDENTITY_MISMATCH", message: expect.stringContaining(words) });
      expect(error.message).toContain('"examplefac" is expected');
      expect(error.fix).toContain("MICROSHARE_IDENTITY");
    }
    expect(platform.logins()).toHaveLength(1);
    expect(platform.apiRequests()).toEqual([]);
  });

  it("does not mind a missing `extended` when no identity is expected", async () => {
    await using platform = await startPlatform({ token: [answer(200, { access_token: "opaque", extended: null })] });
    await read(platform);
    expect(platform.apiRequests()).toHaveLength(1);
  });
});
