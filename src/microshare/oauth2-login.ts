// Login with the OAuth2 password grant.
import { classifyPassing, redirected } from "./classify-response.ts";
import type { Subject, Verdict } from "./failure.ts";
import type { HttpAnswer } from "./http-call.ts";
import type { LoginOptions } from "./login-call.ts";
import { below, checkIdentity, FORM_HEADERS, giveUp, isObject, isUsableToken } from "./login-call.ts";
import { startBudget } from "./call-with-retry.ts";
import { queryString } from "./query-string.ts";
import type { IssuedToken, Login } from "./token.ts";

/** Documented lifetime of a password-grant token. */
const DEFAULT_LIFETIME_MS = 48 * 3_600_000;

export function createOauth2Login(options: LoginOptions): Login {
  const url = below(options.authUrl, "/oauth2/token");
  const subject: Subject = {
    who: "Microshare login",
    target: "login",
    call: `POST ${url.pathname}`,
    host: url.host,
    urlSetting: "MICROSHARE_AUTH_URL",
  };
  const form = queryString([
    ["username", options.username],
    ["password", options.password],
    ...(options.apiKey === undefined ? [] : [["client_id", options.apiKey] as const]),
    ["grant_type", "password"],
    ["scope", options.scope],
    ...(options.identity === undefined ? [] : [["identity", options.identity] as const]),
  ]);
  const inQuery = options.tokenTransport === "query";
  const request = {
    method: "POST",
    url: inQuery ? new URL(`${url.href}?${form}`) : url,
    headers: { ...FORM_HEADERS, accept: "application/json" },
    body: inQuery ? "" : form,
  } as const;

  return async (signal) => {
    const budget = startBudget(options.totalTimeoutMs, options.now);
    const judge = (answer: HttpAnswer): Verdict<TokenAnswer> => judgeTokenAnswer(answer, subject, options);
    const limits = { signal, timeoutMs: options.requestTimeoutMs, budget };
    const issued = await options.caller.call(request, subject, judge, limits);
    options.onToken(issued.token);
    checkIdentity(options.identity, issued.identity, subject, options.hideSecrets);
    return issued;
  };
}

interface TokenAnswer extends IssuedToken {
  readonly identity: unknown;
}

/** No excerpt is taken from these bodies: they may hold a token or repeat what was sent. */
function judgeTokenAnswer(answer: HttpAnswer, subject: Subject, options: LoginOptions): Verdict<TokenAnswer> {
  const { status } = answer;
  if (status === 200) return readToken(answer, subject);
  const passing = classifyPassing(answer, subject, () => "");
  if (passing !== undefined) return passing;
  if (status === 400 || status === 401 || status === 403) {
    return giveUp({
      code: "CREDENTIALS_REFUSED",
      what: `${subject.host} refused user, password or API key (status ${status}${oauthError(answer, options)})`,
      fix: "Check MICROSHARE_USERNAME, MICROSHARE_PASSWORD, MICROSHARE_API_KEY, MICROSHARE_SCOPE and MICROSHARE_IDENTITY. Accounts and keys belong to one environment: check MICROSHARE_AUTH_URL too.",
    });
  }
  if (status >= 300 && status < 400) return giveUp(redirected(status, answer, subject));
  return giveUp({
    code: status === 404 ? "NOT_FOUND" : "REQUEST_REJECTED",
    what: `${subject.host} answered ${subject.call} with status ${status}`,
    fix: `Check ${subject.urlSetting}: it must name the host of the token service, with its path prefix if it has one.`,
  });
}

function readToken(answer: HttpAnswer, subject: Subject): Verdict<TokenAnswer> {
  const json = parse(answer.body);
  if (!isObject(json) || !isUsableToken(json["access_token"])) {
    return giveUp({
      code: "LOGIN_UNREADABLE",
      what: isObject(json)
        ? `the answer of ${subject.host} holds no usable access_token`
        : `${subject.host} did not answer ${subject.call} with a JSON object`,
      fix: `Check ${subject.urlSetting}: a login page or a proxy may have answered instead of the token service.`,
    });
  }
  const extended = json["extended"];
  return {
    kind: "done",
    value: {
      token: json["access_token"],
      expiresAt: answer.receivedAt + lifetimeMs(json["expires_in"]),
      identity: isObject(extended) ? extended["identity"] : undefined,
    },
  };
}

/** `expires_in` (seconds) is not documented but common. */
function lifetimeMs(expiresIn: unknown): number {
  const seconds = Number(expiresIn);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : DEFAULT_LIFETIME_MS;
}

/** The error code of RFC 6749 (`invalid_grant`, ...), when it looks like one. */
function oauthError(answer: HttpAnswer, options: LoginOptions): string {
  const json = parse(answer.body);
  const error = isObject(json) ? json["error"] : undefined;
  return typeof error === "string" && /^[a-z_]{3,40}$/.test(error) ? `, ${options.hideSecrets(error)}` : "";
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // its text quotes the body
    throw error;
  }
}
