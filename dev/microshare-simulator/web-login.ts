// The login form of the web app: a 303 with a session cookie that holds the token, and the ways in which it fails.
import { hash } from "node:crypto";
import { textAnswer } from "./answer.ts";
import type { Answer, ApiRequest, TextAnswer } from "./answer.ts";
import type { LoginParts } from "./oauth.ts";
import type { WebLoginOutcome } from "./types.ts";

export function answerApp(request: ApiRequest, parts: LoginParts): Answer {
  if (request.path !== "/login") return textAnswer(404, "The requested resource could not be found.");
  if (request.method !== "POST") return loginPage(200);
  if (!request.contentType.startsWith("application/x-www-form-urlencoded")) return loginPage(400);
  const fields = new URLSearchParams(request.body);
  if (!fields.get("csrfToken")) return loginPage(400);
  const { credentials, tokens, quirks } = parts;
  const known = fields.get("username") === credentials.username && fields.get("password") === credentials.password;
  // Wrong credentials too end in a 303 with a cookie: it only carries a message for the login page.
  if (!known) return redirect("/login", session({ data: { error: "Invalid login" } }));
  const token = tokens.issue({ identity: undefined, grantType: "password", scope: "ALL:ALL", now: request.now });
  return outcomes[quirks.webLogin]({ data: { access_token: token.text }, exp: Math.floor(token.expiresAt / 1000) });
}

interface Payload {
  readonly data: Readonly<Record<string, string>>;
  /** Seconds since 1970 UTC. */
  readonly exp?: number;
}

const outcomes: Readonly<Record<WebLoginOutcome, (payload: Payload) => TextAnswer>> = {
  ok: (payload) => redirect("/", session(payload)),
  "login-page": () => loginPage(200),
  "no-cookie": () => redirect("/", undefined),
  "flash-error": () => redirect("/login", session({ data: { error: "Try again" } })),
  "two-parts": (payload) => redirect("/", session(payload).split(".").slice(0, 2).join(".")),
  "bad-base64": () => redirect("/", "aaaa.%%%%.bbbb"),
  "not-json": () => redirect("/", `aaaa.${encode("this is not JSON")}.bbbb`),
  "no-expiry": ({ data }) => redirect("/", session({ data })),
};

function redirect(location: string, cookie: string | undefined): TextAnswer {
  const setCookie =
    cookie === undefined ? {} : { "set-cookie": `PLAY_SESSION=${cookie}; SameSite=Lax; Path=/; HttpOnly` };
  return textAnswer(303, "", { location, ...setCookie });
}

/** A JWT whose signature only the server could check. */
function session(payload: Payload): string {
  const text = `${encode(JSON.stringify({ alg: "HS256" }))}.${encode(JSON.stringify(payload))}`;
  return `${text}.${hash("sha256", text, "base64url")}`;
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function loginPage(status: number): TextAnswer {
  const body = "<!DOCTYPE html><html><head><title>Login</title></head><body><form method=post></form></body></html>";
  return { kind: "text", status, body, contentType: "text/html; charset=UTF-8" };
}
