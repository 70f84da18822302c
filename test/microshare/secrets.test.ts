// Provokes every failure of the client against servers that quote back whatever they were sent, and looks for secrets.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { parseJson } from "../../src/microshare/parse-json.ts";
import { percentEncode } from "../../src/microshare/query-string.ts";
import type { Script } from "./fake-platform.ts";
import { answer, failureOf, read, reply, SECRETS, startPlatform } from "./fake-platform.ts";
import type { Handler, SeenRequest } from "./http-server.ts";

const TOKEN = "Tok/en+With=Signs.and-dots_0001";
const proxySecret = "pr@xy:word";

/** Everything a careless server or proxy could quote. */
function quoteOf(request: SeenRequest): string {
  const basic = Buffer.from(`${SECRETS.username}:${SECRETS.password}`).toString("base64");
  return [
    TOKEN,
    decodeURIComponent(request.target),
    request.target,
    request.body,
    JSON.stringify(request.headers),
    SECRETS.password,
    percentEncode(SECRETS.password),
    JSON.stringify(SECRETS),
    basic,
    Buffer.from(SECRETS.password).toString("base64"),
    SECRETS.apiKey,
    SECRETS.username,
  ].join(" | ");
}

const quoting =
  (status: number, contentType = "text/plain"): Handler =>
  (request, response) =>
    reply(response, status, quoteOf(request), { "content-type": contentType });
const quotingTitle: Handler = (request, response) =>
  reply(response, 502, `<html><title>${quoteOf(request)}</title>`, { "content-type": "text/html" });
const quotingRedirect: Handler = (request, response) =>
  reply(response, 302, "", { location: `https://x.example.com/?q=${encodeURIComponent(quoteOf(request))}` });
/** Not HTTP at all: undici keeps such bytes inside its error. */
const garbage: Handler = (request, response) => response.socket?.end(`HTTP/1.1 ${quoteOf(request)}\r\n\r\n`);
const hangUp: Handler = (_request, response) => void response.destroy();
const silent: Handler = () => undefined;
const cut: Handler = (request, response) => {
  response.writeHead(200, { "content-length": "100000" });
  response.write(quoteOf(request), () => response.destroy());
};
const token = answer(200, { access_token: TOKEN, extended: { identity: "examplefac" } });
const quotingSession: Handler = (request, response) =>
  reply(response, 303, quoteOf(request), { "set-cookie": `PLAY_SESSION=${encodeURIComponent(quoteOf(request))}` });
const jwt = (payload: unknown): string => `eyJh.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.c2ln`;
const session = (payload: unknown): Handler => answer(303, "", { "set-cookie": `PLAY_SESSION=${jwt(payload)}` });

const web = { authMode: "web" } as const;
const query = { tokenTransport: "query" } as const;
const fast = { requestTimeoutMs: 30 };

const cases: readonly (readonly [name: string, code: string, script: Script])[] = [
  ["API 400", "REQUEST_REJECTED", { api: [quoting(400)] }],
  ["API 401", "TOKEN_REJECTED", { api: [quoting(401)] }],
  ["API 403", "ACCESS_DENIED", { api: [quoting(403)] }],
  ["API 404", "NOT_FOUND", { api: [quoting(404)] }],
  ["API 429", "API_THROTTLED", { api: [quoting(429)] }],
  ["API 500", "API_UNAVAILABLE", { api: [quoting(500)] }],
  ["API 502 as HTML", "API_UNAVAILABLE", { api: [quotingTitle] }],
  ["API 503", "API_UNAVAILABLE", { api: [quoting(503)] }],
  [
    "API 503, a parameter",
    "VIEW_PARAMETER_MISSING",
    { api: [answer(503, `unresolvable property or identifier: ${SECRETS.apiKey}`)] },
  ],
  [
    "API 503, a malformed parameter",
    "REQUEST_REJECTED",
    { api: [(request, response) => reply(response, 503, `$all needs an array ${quoteOf(request)}`)] },
  ],
  ["API redirect", "REQUEST_REJECTED", { api: [quotingRedirect] }],
  ["API garbage", "API_UNREACHABLE", { api: [garbage] }],
  ["API hang-up", "API_UNREACHABLE", { api: [hangUp] }],
  ["API silent", "API_TIMEOUT", { api: [silent], options: fast }],
  ["API cut", "RESPONSE_UNREADABLE", { api: [cut] }],
  [
    "API bad gzip",
    "RESPONSE_UNREADABLE",
    { api: [(request, response) => reply(response, 200, quoteOf(request), { "content-encoding": "gzip" })] },
  ],
  ["API too large", "RESPONSE_TOO_LARGE", { api: [quoting(200)], options: { maxResponseBytes: 90 } }],
  ["login 400", "CREDENTIALS_REFUSED", { token: [quoting(400)] }],
  [
    "login 401 with an error code",
    "CREDENTIALS_REFUSED",
    { token: [answer(401, { error: "invalid_grant", error_description: SECRETS.password })] },
  ],
  ["login 404, query", "NOT_FOUND", { token: [quoting(404)], options: query }],
  ["login 405, query", "REQUEST_REJECTED", { token: [quoting(405)], options: query }],
  ["login 429", "API_THROTTLED", { token: [quoting(429)] }],
  ["login 503, query", "API_UNAVAILABLE", { token: [quoting(503)], options: query }],
  ["login redirect, query", "REQUEST_REJECTED", { token: [quotingRedirect], options: query }],
  ["login garbage, query", "API_UNREACHABLE", { token: [garbage], options: query }],
  ["login hang-up, query", "API_UNREACHABLE", { token: [hangUp], options: query }],
  ["login silent, query", "API_TIMEOUT", { token: [silent], options: { ...fast, ...query } }],
  ["login cut", "RESPONSE_UNREADABLE", { token: [cut] }],
  ["login text", "LOGIN_UNREADABLE", { token: [quoting(200)] }],
  ["login broken JSON", "LOGIN_UNREADABLE", { token: [answer(200, `{"access_token":"${TOKEN}"`)] }],
  ["login unusable token", "LOGIN_UNREADABLE", { token: [answer(200, { access_token: `${TOKEN}\n` })] }],
  [
    "login identity",
    "IDENTITY_MISMATCH",
    { token: [answer(200, { access_token: TOKEN, extended: { identity: TOKEN } })], options: { identity: "x" } },
  ],
  ["web login page", "CREDENTIALS_REFUSED", { login: [quoting(200, "text/html")], options: web }],
  ["web login 500", "API_UNAVAILABLE", { login: [quoting(500)], options: web }],
  ["web login 404", "NOT_FOUND", { login: [quoting(404)], options: web }],
  ["web login odd cookie", "LOGIN_UNREADABLE", { login: [quotingSession], options: web }],
  [
    "web login expired",
    "LOGIN_UNREADABLE",
    { login: [session({ exp: 1, data: { access_token: TOKEN } })], options: web },
  ],
  ["web login odd token", "LOGIN_UNREADABLE", { login: [session({ data: { access_token: [TOKEN] } })], options: web }],
  [
    "web login identity",
    "IDENTITY_MISMATCH",
    { login: [session({ data: { access_token: TOKEN } })], options: { ...web, identity: "x" } },
  ],
  [
    "proxy missing",
    "API_UNREACHABLE",
    {
      options: {
        apiUrl: "https://api.invalid",
        authUrl: "https://auth.invalid",
        proxyUrl: "http://user:pr%40xy%3Aword@127.0.0.1:9",
      },
    },
  ],
];

describe("no secret is in an error or an event", () => {
  it.each(cases)("%s (%s)", async (name, code, script) => {
    await using platform = await startPlatform({ token: [token], ...script });
    const error = await failureOf(read(platform));
    expect(error.code).toBe(code);
    expectClean(error, name);
    for (const event of platform.events) expectClean(event, name);
  });

  it("when the answer is not JSON", async () => {
    await using platform = await startPlatform({ token: [token], api: [quoting(200), quoting(200, "text/html")] });
    for (let call = 0; call < 2; call += 1) {
      const response = await read(platform);
      expect(() => parseJson(response, 'Feed "rooms"')).toThrow(BridgeError);
      try {
        parseJson(response, 'Feed "rooms"');
      } catch (error) {
        expectClean(error, "parse");
      }
    }
  });

  it("when the run ends", async () => {
    const controller = new AbortController();
    await using platform = await startPlatform({
      token: [token],
      api: [quoting(503)],
      options: { wait: async () => controller.abort(new Error("stop")) },
    });
    const error = await failureOf(read(platform, controller.signal));
    expect(error.code).toBe("OUT_OF_TIME");
    expectClean(error, "abort");
  });

  it("and the search would find one", () => {
    for (const secret of [...Object.values(SECRETS), TOKEN, proxySecret]) {
      for (const form of formsOf(secret)) {
        const cause = Object.defineProperty(new Error("z"), "data", { value: form, enumerable: false });
        const error = new BridgeError("NOT_FOUND", "x", { fix: "y", cause });
        expect(() => expectClean(error, "control")).toThrow("control");
      }
    }
  });
});

/** Looks into every text reachable from the value: message, fix, stack, hidden properties, the whole chain of causes. */
function expectClean(value: unknown, name: string): void {
  const text = [inspect(value, { depth: Infinity, showHidden: true }), JSON.stringify(value), ...textsIn(value)].join(
    "\n",
  );
  for (const secret of [...Object.values(SECRETS), TOKEN, proxySecret]) {
    for (const form of formsOf(secret)) {
      expect(text.toLowerCase().includes(form.toLowerCase()), `${name}: ${form} is in ${text}`).toBe(false);
    }
  }
}

function textsIn(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  return Reflect.ownKeys(value).flatMap((key) => textsIn(Reflect.get(value, key), seen));
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64");
  return [
    secret,
    encodeURIComponent(secret),
    percentEncode(secret),
    percentEncode(secret).replaceAll("%20", "+"),
    base64.replace(/=+$/, ""),
    Buffer.from(secret).toString("base64url"),
    JSON.stringify(secret).slice(1, -1),
  ];
}
