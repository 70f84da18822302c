// From the settings of the Microshare account to one way to log in and one API to read.
import { formatFix } from "./check-text.ts";
import type { SettingProblem } from "./problems.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { MicroshareSettings } from "./settings.ts";

/** Reports credentials that are missing; the result is then not usable. */
export function readMicroshare(reader: SettingReader, report: (problem: SettingProblem) => void): MicroshareSettings {
  const authMode = reader.withDefault("MICROSHARE_AUTH_MODE");
  const need = (name: "MICROSHARE_USERNAME" | "MICROSHARE_PASSWORD" | "MICROSHARE_API_KEY", why: string) => {
    if (!reader.isGiven(name)) report({ setting: name, problem: `is not set, and ${why}`, fix: formatFix(name) });
  };
  need("MICROSHARE_USERNAME", "no login works without it");
  need("MICROSHARE_PASSWORD", "no login works without it");
  if (authMode === "oauth2" && !reader.isWrong("MICROSHARE_AUTH_MODE")) {
    need("MICROSHARE_API_KEY", "the OAuth2 login needs it (only MICROSHARE_AUTH_MODE=web does without)");
  }
  const apiKey = reader.optional("MICROSHARE_API_KEY");
  const identity = reader.optional("MICROSHARE_IDENTITY");
  return {
    authMode,
    tokenTransport: reader.withDefault("MICROSHARE_TOKEN_TRANSPORT"),
    username: reader.optional("MICROSHARE_USERNAME") ?? "",
    password: reader.optional("MICROSHARE_PASSWORD") ?? "",
    ...(apiKey === undefined ? {} : { apiKey }),
    scope: reader.withDefault("MICROSHARE_SCOPE"),
    ...(identity === undefined ? {} : { identity }),
    authUrl: reader.withDefault("MICROSHARE_AUTH_URL"),
    apiUrl: reader.withDefault("MICROSHARE_API_URL"),
    appUrl: reader.withDefault("MICROSHARE_APP_URL"),
    minTls: reader.withDefault("MICROSHARE_MIN_TLS") === "1.2" ? "TLSv1.2" : "TLSv1.3",
    concurrency: reader.withDefault("MICROSHARE_CONCURRENCY"),
    requestTimeoutMs: reader.withDefault("MICROSHARE_REQUEST_TIMEOUT"),
    maxResponseBytes: reader.withDefault("MICROSHARE_MAX_RESPONSE_BYTES"),
  };
}
