// The OAuth2 token service: query string, JSON and form bodies.
import { jsonAnswer, textAnswer, unauthorized } from "./answer.ts";
import type { Answer, ApiRequest } from "./answer.ts";
import { hexOf } from "./prng.ts";
import type { Token, Tokens } from "./tokens.ts";
import type { Quirks } from "./types.ts";

export interface LoginParts {
  readonly credentials: { username: string; password: string; apiKey: string; identity: string };
  readonly tokens: Tokens;
  readonly quirks: Quirks;
}

export function answerAuth(request: ApiRequest, parts: LoginParts): Answer {
  if (request.path !== "/oauth2/token") return textAnswer(404, "The requested resource could not be found.");
  if (request.method !== "POST") return textAnswer(405, "HTTP method not allowed, supported methods: POST");
  const { credentials, tokens, quirks } = parts;
  const fields = fieldsOf(request);
  if (fields === undefined) return textAnswer(400, "The request content was malformed");
  const grantType = fields.get("grant_type") ?? "";
  if (!["password", "pipe", "robot"].includes(grantType))
    return textAnswer(400, "Request is missing required parameter 'grant_type'");
  const known =
    fields.get("username") === credentials.username &&
    fields.get("password") === credentials.password &&
    fields.get("client_id") === credentials.apiKey;
  if (!known) return unauthorized();
  const token = tokens.issue({
    identity: fields.get("identity"),
    grantType,
    scope: fields.get("scope") ?? "ALL:ALL",
    now: request.now,
  });
  return jsonAnswer(200, tokenResponse(token, parts, quirks));
}

/** Query string first, then the body in the form its content type names. Undefined for a body that cannot be read. */
function fieldsOf(request: ApiRequest): Map<string, string> | undefined {
  const fields = new Map<string, string>(request.query);
  if (request.contentType.startsWith("application/x-www-form-urlencoded")) {
    for (const [name, value] of new URLSearchParams(request.body)) fields.set(name, value);
  } else if (request.contentType.startsWith("application/json")) {
    try {
      const body: unknown = JSON.parse(request.body);
      for (const [name, value] of Object.entries(body ?? {})) fields.set(name, String(value));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return undefined;
    }
  }
  return fields;
}

function tokenResponse(token: Token, { credentials }: LoginParts, quirks: Quirks): Record<string, unknown> {
  const tokenType = token.grantType === "pipe" ? "Pipe" : "Bearer";
  const scope = token.grantType === "pipe" ? "SHARE:WRITE" : token.scopes.join(",");
  return {
    access_token: token.text,
    token_type: tokenType,
    scope,
    ...(quirks.expiresInSeconds === undefined ? {} : { expires_in: quirks.expiresInSeconds }),
    extended: {
      email: credentials.username,
      altid: "0A0B0C0D-0000-4000-8000-000000000002",
      fullname: "Service Poller",
      alias: null,
      appid: credentials.apiKey,
      identity: token.identity,
      identityname: `Organisation ${token.identity}`,
      orgdomain: "facilities.example.com",
      roles: [],
      authtype: 1,
      isadmin: false,
      identityhost: null,
      scope,
      token_type: tokenType,
      tokendata: { ip: "192.0.2.11", id: "00000000-0000-4000-8000-000000000003" },
      sessionkey: hexOf(64, token.text, "session"),
    },
  };
}
