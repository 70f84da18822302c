// Looks for secrets in everything that left the bridge: log lines, errors with all that hangs on them, rows, metadata.
import { inspect } from "node:util";
import type { Invocation } from "../../dev/demo/timer-host.ts";
import { hexOf } from "../../dev/microshare-simulator/prng.ts";
import type { Environment } from "../../src/config/load-settings.ts";

/** What a run wrote, and its failure as a host or a telemetry SDK may print it. */
export function textsOf({ lines, error }: Invocation): readonly string[] {
  const all = error instanceof AggregateError ? [error, ...error.errors] : [error];
  return [...lines, ...all.flatMap((one) => [inspect(one, { depth: 12 }), String(one), asJson(one)])];
}

/** Every secret that the settings held, and what the simulator issued for them: tokens and session keys. */
export function secretsOf(
  settings: readonly Environment[],
  issued: { readonly seed: number; readonly logins: number },
): readonly string[] {
  const tokens = Array.from({ length: issued.logins }, (_, index) => tokenOf(issued.seed, index + 1));
  const found = [...settings.flatMap(secretSettings), ...tokens, ...tokens.map((token) => hexOf(64, token, "session"))];
  return [...new Set(found)];
}

/** The token of the nth login, from 1. */
export function tokenOf(seed: number, login: number): string {
  return hexOf(64, seed, "token", login);
}

/** Throws with every secret found, told by its place in the list and by the text around it. */
export function noSecretIn(texts: readonly string[], secrets: readonly string[]): void {
  const leaks = secrets.flatMap((secret) =>
    formsOf(secret).flatMap((form) =>
      texts.flatMap((text) => {
        const at = text.indexOf(form);
        return at < 0 ? [] : [`"${form}" in: ...${text.slice(Math.max(0, at - 200), at + form.length + 40)}...`];
      }),
    ),
  );
  if (leaks.length > 0) throw new Error(`secrets have left the bridge:\n${leaks.join("\n")}`);
}

/** As it is, and as it may stand in a URL, a form, a header, JSON or HTML. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const encoded = encodeURIComponent(secret);
  const strict = encoded.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [
    secret,
    encoded,
    strict,
    new URLSearchParams([["", secret]]).toString().slice(1),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;"),
  ];
  return [...new Set(forms)];
}

function secretSettings(settings: Environment): readonly string[] {
  const { MICROSHARE_USERNAME: user = "", MICROSHARE_PASSWORD: password = "", MICROSHARE_API_KEY: key = "" } = settings;
  const {
    EVENT_HUB_CONNECTION_STRING: hub = "",
    AzureWebJobsStorage: storage = "",
    HTTPS_PROXY: proxy = "",
  } = settings;
  const keys = [hub, storage].flatMap((text) => [
    ...[...text.matchAll(/(?:SharedAccessKey|AccountKey)=([^;]+)/g)].map(([, found]) => found ?? ""),
    ...[...text.matchAll(/[?& ]sig=([^;&]+)/g)].map(([, found]) => decodeURIComponent(found ?? "")),
  ]);
  const proxyPassword = URL.parse(proxy)?.password ?? "";
  const plain = [user, password, key, `${user}:${password}`, ...keys, decodeURIComponent(proxyPassword)];
  // A reference that was not resolved is shown on purpose, and what is too short cannot be told from other text.
  return plain.filter((secret) => secret.length >= 4 && !secret.startsWith("@Microsoft.KeyVault"));
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return ""; // circular, so nobody can write it as JSON either
  }
}
