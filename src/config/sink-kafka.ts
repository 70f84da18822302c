// An entry of SINKS of the kind `kafka`: brokers, a topic or one per record type, and how to log in.
import { z } from "zod";
import { type EventHubConnection, eventHubConnectionString } from "./connection-strings.ts";
import { fullHost } from "./event-hub-settings.ts";
import { anyText, isLoopback, oneOf, parsedBy, textLike } from "./formats.ts";
import { parseJson } from "./json-formats.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { SecretKey, SinkEntry, SinkKey } from "./sink-entry.ts";
import { clientIdKey, namespaceKey, VAULT_EXAMPLE } from "./sink-keys.ts";
import type { KafkaTarget } from "./sink-settings.ts";

const BROKER = /^([A-Za-z0-9.-]+|\[[0-9a-f:]+\]):(\d{1,5})$/i;

const brokersKey: SinkKey<readonly string[]> = {
  key: "brokers",
  schema: parsedBy((text) => {
    const json = parseJson(text.startsWith("[") ? text : JSON.stringify([text]));
    const list = z
      .array(z.string())
      .min(1)
      .safeParse("problem" in json ? undefined : json.value);
    if (!list.success) return { problem: "is not a JSON array of brokers" };
    const right = list.data.every((broker) => BROKER.test(broker));
    return right ? { value: list.data } : { problem: "has a broker that is not of the form host:port" };
  }),
  format: "a JSON array of brokers, each as host:port",
  example: `["broker-1.example.com:9093"]`,
  reason: "Where to begin.",
};

const topicKey: SinkKey<string> = {
  key: "topic",
  schema: textLike(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, "cannot be the name of a topic"),
  format: "1 to 249 letters, digits, dots, hyphens and underscores",
  example: "microshare",
  reason: "The topic of everything. Without it one topic per record type, named after it.",
};

/** What stands in an entry, and the mechanism it means. */
const LOGINS = {
  saslPlain: "PLAIN",
  saslScram256: "SCRAM-SHA-256",
  saslScram512: "SCRAM-SHA-512",
} as const;

const SECURITY = ["saslPlain", "saslScram256", "saslScram512", "oauthBearer", "plaintext"] as const;

type Security = (typeof SECURITY)[number];

const securityKey: SinkKey<Security> = {
  key: "security",
  schema: oneOf(SECURITY),
  format: SECURITY.map((word) => `\`${word}\``).join(", "),
  example: "saslPlain",
  reason:
    "User name and password over TLS, an identity of the app (Event Hubs only), or nothing at all (brokers on this machine only). " +
    "With connectionStringSetting always the first.",
};

const secretText = (what: string) => ({ schema: anyText, format: what, example: VAULT_EXAMPLE });

const usernameKey: SecretKey<string> = {
  key: "usernameSetting",
  several: false,
  content: secretText("the user name"),
  reason: "The app setting that holds the user name.",
};

const passwordKey: SecretKey<string> = {
  key: "passwordSetting",
  several: false,
  content: secretText("the password"),
  reason: "The app setting that holds the password.",
};

const connectionKey: SecretKey<EventHubConnection> = {
  key: "connectionStringSetting",
  several: false,
  content: {
    schema: eventHubConnectionString,
    format: "a connection string of an Event Hubs namespace with Endpoint, SharedAccessKeyName and SharedAccessKey",
    example: VAULT_EXAMPLE,
  },
  reason:
    "For the Kafka endpoint of an Event Hubs namespace: alone, instead of brokers, security, user name and password.",
};

export const kafkaKeys = [
  connectionKey,
  namespaceKey,
  brokersKey,
  topicKey,
  securityKey,
  usernameKey,
  passwordKey,
  clientIdKey,
];

/** `undefined` when a problem was reported. */
export function readKafkaSink(entry: SinkEntry, reader: SettingReader): KafkaTarget | undefined {
  const ways = [connectionKey, namespaceKey, brokersKey].filter((key) => entry.isGiven(key));
  const topic = entry.value(topicKey);
  if (ways.length !== 1) {
    entry.tell(
      undefined,
      ways.length === 0
        ? "has none of connectionStringSetting, namespace and brokers"
        : `has ${ways.map(({ key }) => key).join(" and ")} at once`,
      `Give one of the three: "brokers", or, for the Kafka endpoint of Event Hubs, "connectionStringSetting" or "namespace".`,
    );
    return undefined;
  }
  const connection = entry.isGiven(brokersKey) ? readBrokers(entry) : readEventHubs(entry, reader);
  if (connection === undefined) return undefined;
  return { kind: "kafka", connection, ...(topic === undefined ? {} : { topic }) };
}

/** With a connection string, or with an identity of the app. */
function readEventHubs(entry: SinkEntry, reader: SettingReader): KafkaTarget["connection"] | undefined {
  const isByKey = entry.isGiven(connectionKey);
  const fits: readonly Security[] = isByKey ? ["saslPlain"] : ["oauthBearer"];
  reportUnused(entry, entry.value(securityKey), fits);
  const named = entry.named(connectionKey);
  if (isByKey) {
    const { setting = "", value } = named ?? {};
    return value && { kind: "connection-string", setting, connectionString: value.connectionString };
  }
  const namespace = entry.value(namespaceKey);
  if (namespace === undefined) return undefined;
  const clientId = entry.value(clientIdKey) ?? reader.optional("AZURE_CLIENT_ID");
  const identity = { kind: "identity", setting: `SINKS (${entry.place})`, namespace: fullHost(namespace) } as const;
  return { ...identity, ...(clientId === undefined ? {} : { clientId }) };
}

function reportUnused(entry: SinkEntry, security: Security | undefined, fits: readonly Security[]): void {
  const unused = [usernameKey, passwordKey].filter((key) => entry.isGiven(key));
  for (const key of unused) entry.tell(key, "has no effect beside connectionStringSetting or namespace", "Remove it.");
  if (security === undefined || fits.includes(security)) return;
  entry.tell(securityKey, "does not fit the Kafka endpoint of Event Hubs", `Write "${fits.join()}", or leave it out.`);
}

function readBrokers(entry: SinkEntry): KafkaTarget["connection"] | undefined {
  const brokers = entry.value(brokersKey);
  const security = entry.value(securityKey);
  const setting = `SINKS (${entry.place})`;
  const [username, password] = [entry.named(usernameKey), entry.named(passwordKey)];
  if (security === undefined) {
    const words = SECURITY.map((word) => `"${word}"`).join(", ");
    if (!entry.isGiven(securityKey)) entry.tell(securityKey, "is missing", `Add "security": one of ${words}.`);
    return undefined;
  }
  if (security === "oauthBearer") {
    entry.tell(
      securityKey,
      `is "oauthBearer", and brokers are not known to take tokens of Azure`,
      `Give "namespace" instead of "brokers", or another "security".`,
    );
    return undefined;
  }
  if (security === "plaintext") return readPlaintext(entry, brokers, setting);
  for (const key of [usernameKey, passwordKey]) {
    if (!entry.isGiven(key)) entry.tell(key, `is missing, and security "${security}" needs it`, `Add "${key.key}".`);
  }
  if (brokers === undefined || username === undefined || password === undefined) return undefined;
  const login = { mechanism: LOGINS[security], username: username.value, password: password.value };
  return { kind: "brokers", setting, brokers, tls: true, login };
}

function readPlaintext(
  entry: SinkEntry,
  brokers: readonly string[] | undefined,
  setting: string,
): KafkaTarget["connection"] | undefined {
  for (const key of [usernameKey, passwordKey]) {
    if (entry.isGiven(key)) entry.tell(key, `has no effect with security "plaintext"`, "Remove it.");
  }
  if (brokers === undefined) return undefined;
  if (brokers.every((broker) => isLoopback(BROKER.exec(broker)?.[1] ?? "")))
    return { kind: "brokers", setting, brokers, tls: false };
  entry.tell(
    securityKey,
    `is "plaintext", and a broker is not on this machine: nothing would keep others from reading along`,
    `Set "security" to "saslPlain"; "plaintext" is only for 127.0.0.1 and localhost.`,
  );
  return undefined;
}
