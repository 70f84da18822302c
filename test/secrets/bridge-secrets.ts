// The secrets of a bridge: those of its settings, and what was made of them or issued for them, each with its places.
import { hexOf } from "../../dev/microshare-simulator/prng.ts";
import { secretsInSinks } from "../../src/config/inline-secrets.ts";
import type { Environment } from "../../src/config/load-settings.ts";
import type { Outgoing, Secret } from "./search.ts";

/** Channels of the stand-ins; the rest is named where it is recorded. */
export const LOGIN = "Microshare login";
export const API = "Microshare API";
export const HUB = "hub";
export const STORAGE = "storage";
export const TELEMETRY = "telemetry";

/** Of all settings a bridge ever had; with what the simulator issued in so many logins. */
export function bridgeSecrets(
  settings: readonly Environment[],
  issued: { readonly seed: number; readonly logins: number },
): readonly Secret[] {
  const tokens = Array.from({ length: issued.logins }, (_, index) => tokenOf(issued.seed, index + 1));
  // It goes where MICROSHARE_API_URL leads, be that the wrong host of the platform.
  const hosts = settings.some(isApiElsewhere) ? [API, LOGIN] : [API];
  const allowed = hosts.map((channel) => ({ channel, place: "header authorization" }));
  const all = [
    ...settings.flatMap(secretSettings),
    ...tokens.map((value) => ({ name: "token", value, allowed })),
    ...tokens.map((value) => ({ name: "session key", value: hexOf(64, value, "session") })),
  ];
  return distinct(all);
}

function isApiElsewhere(settings: Environment): boolean {
  const { MICROSHARE_API_URL: api, MICROSHARE_AUTH_URL: auth, MICROSHARE_APP_URL: app } = settings;
  return api === auth || api === app;
}

/** The token of the nth login, from 1. */
export function tokenOf(seed: number, login: number): string {
  return hexOf(64, seed, "token", login);
}

/** What was signed with the keys of hub and storage: good for a while, and for nobody but the service. */
export function signaturesIn(outgoing: readonly Outgoing[]): readonly Secret[] {
  const found = outgoing.flatMap(({ channel, place, content }): Secret[] => {
    const allowed = [{ channel, place }];
    if (channel === STORAGE && place === "header authorization") {
      const value = String(content).split(":").at(-1) ?? "";
      return [{ name: "signature of a storage request", value, allowed }];
    }
    if (channel !== HUB) return [];
    const frames = Buffer.from(content).toString("latin1");
    return [...frames.matchAll(/SharedAccessSignature sr=[^&]*&sig=([^&]*)&/g)].map(([, signature = ""]) => {
      return { name: "signature for the hub", value: decodeURIComponent(signature), allowed };
    });
  });
  return distinct(found);
}

/** Keys of a collector, `name=value,name=value`: each goes into its own header there, and nowhere else. */
function collectorHeaders(text = ""): readonly Secret[] {
  return [...text.matchAll(/([^=,]+)=([^,]+)/g)].map(([, name = "", value = ""]) => ({
    name: "key of the collector",
    value: decodeURIComponent(value.trim()),
    allowed: [{ channel: TELEMETRY, place: `header ${name.trim().toLowerCase()}` }],
  }));
}

function secretSettings(settings: Environment): readonly Secret[] {
  const { MICROSHARE_USERNAME: user = "", MICROSHARE_PASSWORD: password = "", MICROSHARE_API_KEY: key = "" } = settings;
  const {
    EVENT_HUB_CONNECTION_STRING: hub = "",
    AzureWebJobsStorage: storage = "",
    HTTPS_PROXY: proxy = "",
  } = settings;
  const login = [{ channel: LOGIN, place: "body" }];
  // Only where the operator asks for it.
  if (settings["MICROSHARE_TOKEN_TRANSPORT"] === "query") login.push({ channel: LOGIN, place: "target" });
  // A key never leaves. A signature that the operator gives instead has to: it is all there is to show.
  const keyOf = (name: string, text: string, channel: string, place: string): Secret[] => [
    ...[...text.matchAll(/(?:SharedAccessKey|AccountKey)=([^;]+)/g)].map(([, value = ""]) => ({ name, value })),
    ...[...text.matchAll(/[?& ]sig=([^;&]+)/g)].map(([, value = ""]) => {
      return {
        name: `signature instead of the ${name}`,
        value: decodeURIComponent(value),
        allowed: [{ channel, place }],
      };
    }),
  ];
  const all: Secret[] = [
    { name: "user name", value: user, allowed: login },
    { name: "password", value: password, allowed: login },
    { name: "API key", value: key, allowed: login },
    { name: "user name and password", value: `${user}:${password}` },
    ...keyOf("key of the hub", hub, HUB, "frames"),
    ...secretsInSinks(settings["SINKS"] ?? "").settings.flatMap((name) =>
      keyOf(`key in ${name}`, settings[name] ?? "", HUB, "frames"),
    ),
    ...keyOf("key of the storage account", storage, STORAGE, "target"),
    ...[...(settings["NOTIFY_CONNECTION_STRING"] ?? "").matchAll(/accesskey=([^;]+)/gi)].map(([, value = ""]) => {
      return { name: "key of the mail service", value };
    }),
    ...collectorHeaders(settings["OTEL_EXPORTER_OTLP_HEADERS"]),
    { name: "password of the proxy", value: decodeURIComponent(URL.parse(proxy)?.password ?? "") },
  ];
  // A reference that was not resolved is shown on purpose, and what is too short cannot be told from other text.
  return all.filter(({ value }) => value.length >= 4 && !value.startsWith("@Microsoft.KeyVault"));
}

/** The same value under two settings may go wherever either of them lets it. */
function distinct(secrets: readonly Secret[]): readonly Secret[] {
  return [...Map.groupBy(secrets, ({ value }) => value).values()].flatMap((same) =>
    same.slice(0, 1).map((secret) => ({ ...secret, allowed: same.flatMap(({ allowed = [] }) => allowed) })),
  );
}
