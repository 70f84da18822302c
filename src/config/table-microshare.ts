// Settings of the Microshare account: who logs in, where, and how politely.
import { anyText, baseUrl, duration, oneOf, textLike, wholeNumber } from "./formats.ts";
import { settings } from "./setting.ts";

const SECOND_MS = 1000;
const MIB = 1024 * 1024;

const group = "Microshare account";
const httpsForm = "an https URL, with a path prefix where the tenant has one";

export const microshareSettings = settings({
  MICROSHARE_USERNAME: {
    group,
    schema: anyText,
    format: "the e-mail address of the account",
    example: "bridge@example.com",
    secret: true,
    reason: "The account the bridge logs in with. Use one of its own, with the right to read and nothing else.",
    localExample: "<e-mail of the Microshare account>",
  },
  MICROSHARE_PASSWORD: {
    group,
    schema: anyText,
    format: "the password of the account",
    example: "@Microsoft.KeyVault(SecretUri=https://VAULT.vault.azure.net/secrets/microshare-password)",
    secret: true,
    reason: "Its password.",
    localExample: "<password of the Microshare account>",
  },
  MICROSHARE_API_KEY: {
    group,
    schema: anyText,
    format: "the app key from the Microshare console (Manage, Keys)",
    example: "@Microsoft.KeyVault(SecretUri=https://VAULT.vault.azure.net/secrets/microshare-api-key)",
    secret: true,
    reason: "Needed for MICROSHARE_AUTH_MODE=oauth2; the web login works without one.",
    localExample: "<API key from the Microshare console>",
  },
  MICROSHARE_AUTH_MODE: {
    group,
    schema: oneOf(["oauth2", "web"]),
    default: "oauth2",
    format: "`oauth2` or `web`",
    example: "oauth2",
    reason:
      "How to log in. `web` uses the login page of the web app, for tenants whose tokens see too little; the vendor does not document it.",
  },
  MICROSHARE_TOKEN_TRANSPORT: {
    group,
    schema: oneOf(["body", "query"]),
    default: "body",
    format: "`body` or `query`",
    example: "body",
    reason:
      "Where the OAuth2 login carries the password. The vendor documents the query string, which proxies write into their logs: use it only when the body is refused.",
  },
  MICROSHARE_AUTH_URL: {
    group,
    schema: baseUrl,
    default: "https://auth.microshare.io",
    format: httpsForm,
    example: "https://dauth.microshare.io",
    reason: "The OAuth2 token service.",
  },
  MICROSHARE_API_URL: {
    group,
    schema: baseUrl,
    default: "https://api.microshare.io",
    format: httpsForm,
    example: "https://pest.microshare.io/api",
    reason: "The data API. Tenants behind a host of their own see only part of their records on the common one.",
  },
  MICROSHARE_APP_URL: {
    group,
    schema: baseUrl,
    default: "https://app.microshare.io",
    format: httpsForm,
    example: "https://dapp.microshare.io",
    reason: "The web app; used for MICROSHARE_AUTH_MODE=web only.",
  },
  MICROSHARE_MIN_TLS: {
    group,
    schema: oneOf(["1.2", "1.3"]),
    default: "1.3",
    format: "`1.2` or `1.3`",
    example: "1.2",
    reason: "Lowest TLS version towards Microshare. Lower it only where a proxy on the way cannot do better.",
  },
  MICROSHARE_SCOPE: {
    group,
    schema: textLike(/^[A-Z]+:[A-Z]+(,[A-Z]+:[A-Z]+)*$/, "is not a scope"),
    default: "ALL:ALL",
    format: "one or more of RESOURCE:OPERATION, separated by commas",
    example: "SHARE:READ,SHARE:QUERY,SHARE:EXECUTE",
    reason: "Rights asked for in the token. Views need read, query and execute.",
  },
  MICROSHARE_IDENTITY: {
    group,
    schema: textLike(/^[^\s]+$/, "has white space in it"),
    format: "an identity code from the Microshare console (Keys, Organizations)",
    example: "ACME",
    reason:
      "For accounts with several identities: asked for, and compared with the token's, as a wrong identity shows up only as missing data.",
  },
  MICROSHARE_CONCURRENCY: {
    group,
    schema: wholeNumber(1, 16),
    default: "2",
    format: "requests, 1 to 16",
    example: "4",
    reason: "Requests in flight at the same time. The platform publishes no rate limit and asks for politeness.",
  },
  MICROSHARE_REQUEST_TIMEOUT: {
    group,
    schema: duration(SECOND_MS, 600 * SECOND_MS),
    default: "PT60S",
    format: "an ISO 8601 duration, PT1S to PT10M, shorter than TIME_BUDGET",
    example: "PT90S",
    reason: "Longest wait for one answer. The platform itself works up to 30 seconds on some calls.",
  },
  MICROSHARE_MAX_RESPONSE_BYTES: {
    group,
    schema: wholeNumber(MIB, 256 * MIB),
    default: String(32 * MIB),
    format: "bytes after decompression, 1 MiB to 256 MiB",
    example: "67108864",
    reason: "Largest answer that is read into memory. A full page of ordinary records has about 2 MB.",
  },
});
