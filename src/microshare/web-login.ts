// Login through the web page, as a browser does it: undocumented, for accounts without an API key.
import { startBudget } from "./call-with-retry.ts";
import { classifyPassing } from "./classify-response.ts";
import type { Subject, Verdict } from "./failure.ts";
import type { HttpAnswer } from "./http-call.ts";
import type { LoginOptions } from "./login-call.ts";
import { below, checkIdentity, FORM_HEADERS, giveUp, isObject, isUsableToken } from "./login-call.ts";
import { queryString } from "./query-string.ts";
import type { IssuedToken, Login } from "./token.ts";

/** Assumed when the session does not say; the one recorded lifetime was 48 h. */
const DEFAULT_LIFETIME_MS = 24 * 3_600_000;

export function createWebLogin(options: LoginOptions): Login {
  const url = below(options.appUrl, "/login");
  const subject: Subject = {
    who: "Microshare web login",
    target: "login",
    call: `POST ${url.pathname}`,
    host: url.host,
    urlSetting: "MICROSHARE_APP_URL",
  };
  const body = queryString([
    ["username", options.username],
    ["password", options.password],
    ["csrfToken", "none"], // must be there, any text is accepted
  ]);
  const request = { method: "POST", url, headers: FORM_HEADERS, body } as const;

  return async (signal) => {
    const budget = startBudget(options.totalTimeoutMs, options.now);
    const judge = (answer: HttpAnswer): Verdict<SessionToken> => judgeLogin(answer, subject);
    const limits = { signal, timeoutMs: options.requestTimeoutMs, budget };
    const issued = await options.caller.call(request, subject, judge, limits);
    options.onToken(issued.token);
    checkIdentity(options.identity, issued.identity, subject, options.hideSecrets);
    return issued;
  };
}

interface SessionToken extends IssuedToken {
  readonly identity: unknown;
}

/** Success is a 303 whose session cookie holds a token; a 303 alone is no proof. Bodies are never quoted. */
function judgeLogin(answer: HttpAnswer, subject: Subject): Verdict<SessionToken> {
  const { status } = answer;
  const passing = classifyPassing(answer, subject, () => "");
  if (passing !== undefined) return passing;
  if (status === 404 || status === 405) {
    return giveUp({
      code: "NOT_FOUND",
      what: `there is no login page at ${subject.host} (status ${status})`,
      fix: `Check ${subject.urlSetting}: it must name the host of the web app, with its path prefix if it has one.`,
    });
  }
  if (status !== 303) return refused(`status ${status} instead of 303`, subject);
  const cookie = sessionCookie(answer.headers["set-cookie"]);
  if (cookie === undefined) return refused("status 303 without a session", subject);
  const payload = decodePayload(cookie);
  if (payload === undefined) return changed("the session cookie is not a JSON Web Token", subject);
  const data = payload["data"];
  if (!isObject(data) || data["access_token"] === undefined) return refused("a session without a token", subject);
  const token = data["access_token"];
  if (!isUsableToken(token)) return changed("the session's access_token is not a text", subject);
  const lifetimeMs = remainingMs(payload["exp"], answer);
  if (lifetimeMs <= 0) return changed("the session had expired when it was issued", subject);
  return { kind: "done", value: { token, expiresAt: answer.receivedAt + lifetimeMs, identity: data["identity"] } };
}

function refused(how: string, subject: Subject): Verdict<never> {
  return giveUp({
    code: "CREDENTIALS_REFUSED",
    what: `${subject.host} refused user or password (${how})`,
    fix: "Check MICROSHARE_USERNAME and MICROSHARE_PASSWORD by logging in with a browser, and MICROSHARE_APP_URL (accounts belong to one environment). Repeated wrong logins may lock the account.",
  });
}

function changed(how: string, subject: Subject): Verdict<never> {
  return giveUp({
    code: "LOGIN_UNREADABLE",
    what: `${subject.host} let us in, but ${how}`,
    fix: "Check MICROSHARE_APP_URL and this host's clock. The web login is undocumented and may have changed: use MICROSHARE_AUTH_MODE oauth2 with an API key.",
  });
}

/** The value of `PLAY_SESSION`; `undefined` when it is missing or being cleared. */
function sessionCookie(header: string | readonly string[] | undefined): string | undefined {
  const lines = header === undefined ? [] : typeof header === "string" ? [header] : header;
  const values = lines
    .map((line) => /^\s*PLAY_SESSION="?([^;"]*)/.exec(line)?.[1]?.trim())
    .filter((value) => value !== undefined && value !== "");
  return values.at(-1); // as a browser: the later one counts
}

/** The middle part of a JWT. Its signature cannot be checked by a client. */
function decodePayload(cookie: string): Readonly<Record<string, unknown>> | undefined {
  const parts = cookie.split(".");
  const middle = parts[1];
  if (parts.length !== 3 || middle === undefined || !/^[\w-]+=*$/.test(middle)) return undefined;
  try {
    const payload: unknown = JSON.parse(Buffer.from(middle, "base64url").toString("utf8"));
    return isObject(payload) ? payload : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // its text quotes the token
    throw error;
  }
}

/** `exp` is in seconds by the server's clock, so it is compared with the server's own `Date` where there is one. */
function remainingMs(exp: unknown, answer: HttpAnswer): number {
  if (typeof exp !== "number" || !Number.isFinite(exp)) return DEFAULT_LIFETIME_MS;
  return exp * 1000 - (answer.answeredAt ?? answer.receivedAt);
}
