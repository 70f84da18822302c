import { describe, expect, it } from "vitest";
import type { Script } from "./fake-platform.ts";
import { answer, failureOf, page, read, SECRETS, START, startPlatform } from "./fake-platform.ts";

const HOUR_MS = 3_600_000;
const seconds = (time: number): number => Math.floor(time / 1000);

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function cookie(payload: unknown): string {
  return `${part({ alg: "HS256" })}.${part(payload)}.c2lnbmF0dXJl`;
}

const session = (value: string): string => `PLAY_SESSION=${value}; Max-Age=172800; Path=/; HTTPOnly`;
const good = { exp: seconds(START + 48 * HOUR_MS), data: { access_token: "web-token-1" } };

function webPlatform(script: Script) {
  return startPlatform({ ...script, options: { authMode: "web", ...script.options } });
}

const loginWith = (...cookies: string[]) => [answer(303, "", { location: "/", "set-cookie": cookies })];

describe("the web login", () => {
  it("posts the form and uses the token inside the session cookie", async () => {
    await using platform = await webPlatform({
      login: loginWith("other=1; Path=/", session(cookie(good))),
      api: [page],
    });
    await read(platform);
    const [login] = platform.logins();
    expect(login).toMatchObject({ method: "POST", target: "/login" });
    const form = new URLSearchParams(login?.body);
    expect(form.get("username")).toBe(SECRETS.username);
    expect(form.get("password")).toBe(SECRETS.password);
    expect(form.get("csrfToken")).not.toBe("");
    expect([...form.keys()].toSorted()).toEqual(["csrfToken", "password", "username"]);
    expect(platform.apiRequests()[0]?.headers.authorization).toBe("Bearer web-token-1");
  });

  it("does not follow the redirect", async () => {
    await using platform = await webPlatform({ login: loginWith(session(cookie(good))) });
    await read(platform);
    expect(platform.server.requests.map(({ target }) => target.split("?")[0])).toEqual([
      "/login",
      "/share/io.example.rooms/",
    ]);
  });

  it("takes a quoted cookie and, of several sessions, the last", async () => {
    const first = cookie({ ...good, data: { access_token: "early" } });
    await using platform = await webPlatform({
      login: loginWith(session(first), `PLAY_SESSION="${cookie(good)}"; Path=/`),
    });
    await read(platform);
    expect(platform.apiRequests()[0]?.headers.authorization).toBe("Bearer web-token-1");
  });

  it.each([
    ["the session's own expiry", good, 48],
    ["a day when it does not say", { data: good.data }, 24],
    ["a day when it says nonsense", { ...good, exp: "tomorrow" }, 24],
  ])("uses the token until %s", async (_how, payload, hours) => {
    await using platform = await webPlatform({ login: loginWith(session(cookie(payload))) });
    await read(platform);
    platform.clock.now += hours * HOUR_MS - 15 * 60_000 - 1;
    await read(platform);
    expect(platform.logins()).toHaveLength(1);
  });

  it("reads the expiry by the server's clock when this host's differs", async () => {
    const ahead = START + 10 * HOUR_MS;
    const handler = answer(303, "", {
      date: new Date(ahead).toUTCString(),
      "set-cookie": session(cookie({ ...good, exp: seconds(ahead + HOUR_MS) })),
    });
    await using platform = await webPlatform({ login: [handler] });
    await read(platform);
    platform.clock.now += HOUR_MS - 15 * 60_000;
    await read(platform);
    expect(platform.logins()).toHaveLength(2);
  });

  it.each([
    ["the login page again", [answer(200, "<html><title>Log in</title>")], "status 200 instead of 303"],
    ["400", [answer(400, "")], "status 400"],
    ["401", [answer(401, "")], "status 401"],
    ["another redirect", [answer(302, "", { "set-cookie": session(cookie(good)) })], "status 302"],
    ["303 without a cookie", [answer(303, "")], "without a session"],
    ["303 with other cookies only", loginWith("PLAY_FLASH=error; Path=/", "XPLAY_SESSION=a.b.c"), "without a session"],
    ["303 that clears the session", loginWith("PLAY_SESSION=; Max-Age=-86400; Path=/"), "without a session"],
    [
      "303 with a session that holds an error",
      loginWith(session(cookie({ data: { flash: "wrong password" } }))),
      "without a token",
    ],
    ["303 with a session without data", loginWith(session(cookie({ exp: 1 }))), "without a token"],
  ])("is refused for good by %s, and not repeated by the next feed", async (_how, login, words) => {
    await using platform = await webPlatform({ login });
    for (let feed = 0; feed < 2; feed += 1) {
      const error = await failureOf(read(platform));
      expect(error).toMatchObject({ code: "CREDENTIALS_REFUSED", message: expect.stringContaining(words) });
      expect(error.message).toMatch(/^Microshare web login: /);
      expect(error.fix).toContain("MICROSHARE_APP_URL");
    }
    expect(platform.logins()).toHaveLength(1);
    expect(platform.waits).toEqual([]);
  });

  it.each([
    ["one part", "abc", "not a JSON Web Token"],
    ["two parts", "abc.def", "not a JSON Web Token"],
    ["bad Base64", "abc.d!f.ghi", "not a JSON Web Token"],
    ["no JSON", "abc.AAAA.ghi", "not a JSON Web Token"],
    ["JSON that is no object", `abc.${Buffer.from("[1]").toString("base64url")}.ghi`, "not a JSON Web Token"],
    ["a token that is no text", cookie({ ...good, data: { access_token: 7 } }), "not a text"],
    ["a session of the past", cookie({ ...good, exp: seconds(START) }), "had expired"],
  ])("has changed when the cookie holds %s", async (_what, value, words) => {
    await using platform = await webPlatform({ login: loginWith(session(value)) });
    const error = await failureOf(read(platform));
    expect(error).toMatchObject({ code: "LOGIN_UNREADABLE", message: expect.stringContaining(words) });
    expect(error.fix).toContain("MICROSHARE_AUTH_MODE");
    expect(platform.logins()).toHaveLength(1);
  });

  it.each([404, 405])("does not take a missing page (%s) for wrong credentials", async (status) => {
    await using platform = await webPlatform({ login: [answer(status, "")] });
    const error = await failureOf(read(platform));
    expect(error).toMatchObject({ code: "NOT_FOUND", message: expect.stringContaining(`status ${status}`) });
  });

  it("is tried again after an overload", async () => {
    await using platform = await webPlatform({
      login: [answer(503, ""), answer(429, ""), ...loginWith(session(cookie(good)))],
    });
    await read(platform);
    expect(platform.logins()).toHaveLength(3);
  });

  it("stops when an identity is expected that the session does not confirm", async () => {
    await using platform = await webPlatform({
      login: loginWith(session(cookie(good))),
      options: { identity: "examplefac" },
    });
    const error = await failureOf(read(platform));
    expect(error).toMatchObject({ code: "IDENTITY_MISMATCH", message: expect.stringContaining("does not say") });
    expect(error.fix).toContain("oauth2");
  });

  it("goes on when the session confirms the identity", async () => {
    const confirmed = { ...good, data: { ...good.data, identity: "examplefac" } };
    await using platform = await webPlatform({
      login: loginWith(session(cookie(confirmed))),
      options: { identity: "examplefac" },
    });
    await read(platform);
    expect(platform.apiRequests()).toHaveLength(1);
  });

  it("logs in again when the token is refused", async () => {
    await using platform = await webPlatform({
      login: [
        ...loginWith(session(cookie(good))),
        ...loginWith(session(cookie({ ...good, data: { access_token: "web-token-2" } }))),
      ],
      api: [answer(401, ""), page],
    });
    await read(platform);
    expect(platform.apiRequests()[1]?.headers.authorization).toBe("Bearer web-token-2");
  });
});
