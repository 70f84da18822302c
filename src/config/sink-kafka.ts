// An entry of SINKS of the kind `kafka`: brokers, a topic or one per record type, and how to log in.
import { z } from "zod";
import { type EventHubConnection, eventHubConnectionString } from "./connection-strings.ts";
import { anyText, isLoopback, oneOf, parsedBy, textLike } from "./formats.ts";
import { parseJson } from "./json-formats.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { SecretKey, SinkEntry, SinkKey } from "./sink-entry.ts";
import { clientIdKey, VAULT_EXAMPLE } from "./sink-keys.ts";
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
  reason: "Where to begin; with the connection string of an Event Hubs namespace not needed.",
};

const topicKey: SinkKey<string> = {
  key: "topic",
  schema: textLike(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, "cannot be the name of a topic"),
  format: "1 to 249 letters, digits, dots, hyphens and underscores",
  example: "microshare",
  reason: "The topic of everything. Without it one topic per record type, named after it.",
};

const SECURITY = ["saslPlain", "oauthBearer", "plaintext"] as const;

const securityKey: SinkKey<(typeof SECURITY)[number]> = {
  key: "security",
  schema: oneOf(SECURITY),
  format: "`saslPlain`, `oauthBearer` or `plaintext`",
  example: "saslPlain",
  reason:
    "User name and password, an identity of the app (Event Hubs only), or nothing at all (brokers on this machine only).",
};

const secretText = (what: string) => ({ schema: anyText, format: what, example: VAULT_EXAMPLE });

const usernameKey: SecretKey<string> = {
  key: "usernameSetting",
  several: false,
  content: secretText("the user name"),
  reason: "With `saslPlain`: the app setting that holds the user name.",
};

const passwordKey: SecretKey<string> = {
  key: "passwordSetting",
  several: false,
  content: secretText("the password"),
  reason: "With `saslPlain`: the app setting that holds the password.",
};

const connectionKey: SecretKey<EventHubConnection> = {
  key: "connectionStringSetting",
  several: false,
  content: {
    schema: eventHubConnectionString,
    format: "a connection string of an Event Hubs namespace with Endpoint, SharedAccessKeyName and SharedAccessKey",
    example: VAULT_EXAMPLE,
  },
  reason: "With `saslPlain` at the Kafka endpoint of Event Hubs, instead of user name and password.",
};

export const kafkaKeys = [brokersKey, topicKey, securityKey, connectionKey, usernameKey, passwordKey, clientIdKey];

/** `undefined` when a problem was reported. */
export function readKafkaSink(entry: SinkEntry, reader: SettingReader): KafkaTarget | undefined {
  const connection = entry.named(connectionKey);
  const brokers = entry.value(brokersKey) ?? (connection && [kafkaEndpoint(connection.value.host)]);
  const topic = entry.value(topicKey) ?? connection?.value.hubName;
  const security = readSecurity(entry, reader, connection?.value.connectionString, brokers ?? []);
  if (!entry.isGiven(brokersKey) && !entry.isGiven(connectionKey))
    entry.tell(brokersKey, "is missing", `Add "brokers": ["host:port"].`);
  if (brokers === undefined || security === undefined) return undefined;
  return { kind: "kafka", brokers, security, ...(topic === undefined ? {} : { topic }) };
}

/** The port is part of the Event Hubs service: https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview */
function kafkaEndpoint(host: string): string {
  return `${host.replace(/:\d+$/, "")}:9093`;
}

function readSecurity(
  entry: SinkEntry,
  reader: SettingReader,
  connectionString: string | undefined,
  brokers: readonly string[],
): KafkaTarget["security"] | undefined {
  const kind = entry.value(securityKey) ?? (entry.isGiven(connectionKey) ? "saslPlain" : undefined);
  const username = entry.named(usernameKey);
  const password = entry.named(passwordKey);
  if (kind === undefined) {
    if (!entry.isGiven(securityKey))
      entry.tell(
        securityKey,
        "is missing",
        `Add "security": ${SECURITY.map((word) => `"${word}"`).join(", ")}, one of them.`,
      );
    return undefined;
  }
  const unused = [connectionKey, usernameKey, passwordKey].filter((key) => kind !== "saslPlain" && entry.isGiven(key));
  for (const key of unused)
    entry.tell(key, `has no effect with security "${kind}"`, `Remove it, or set "security" to "saslPlain".`);
  if (kind === "oauthBearer") {
    const clientId = entry.value(clientIdKey) ?? reader.optional("AZURE_CLIENT_ID");
    return { kind: "oauth-bearer", ...(clientId === undefined ? {} : { clientId }) };
  }
  if (kind === "plaintext") {
    if (brokers.every((broker) => isLoopback(BROKER.exec(broker)?.[1] ?? ""))) return { kind: "plaintext" };
    entry.tell(
      securityKey,
      `is "plaintext", and a broker is not on this machine: nothing would keep others from reading along`,
      `Set "security" to "saslPlain" or "oauthBearer"; "plaintext" is only for 127.0.0.1 and localhost.`,
    );
    return undefined;
  }
  return readSaslPlain(entry, connectionString, username?.value, password?.value);
}

function readSaslPlain(
  entry: SinkEntry,
  connectionString: string | undefined,
  username: string | undefined,
  password: string | undefined,
): KafkaTarget["security"] | undefined {
  const byUser = entry.isGiven(usernameKey) && entry.isGiven(passwordKey);
  const some = entry.isGiven(usernameKey) || entry.isGiven(passwordKey);
  if (entry.isGiven(connectionKey) === byUser || (some && !byUser)) {
    entry.tell(
      undefined,
      `has security "saslPlain" and ${byUser || (some && entry.isGiven(connectionKey)) ? "both" : "not all of"} what it logs in with`,
      `Give "usernameSetting" and "passwordSetting", or, for Event Hubs, "connectionStringSetting" alone.`,
    );
    return undefined;
  }
  // What Event Hubs takes as user name at its Kafka endpoint, letter by letter.
  if (connectionString !== undefined)
    return { kind: "sasl-plain", username: "$ConnectionString", password: connectionString };
  return username === undefined || password === undefined ? undefined : { kind: "sasl-plain", username, password };
}
