// An entry of SINKS of the kind `service-bus`: a queue or a topic.
import { type EventHubConnection, eventHubConnectionString } from "./connection-strings.ts";
import { fullHost } from "./event-hub-settings.ts";
import { duration, oneOf, textLike, yesOrNo } from "./formats.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { SecretKey, SinkEntry, SinkKey } from "./sink-entry.ts";
import { clientIdKey, namespaceKey, transportKey, VAULT_EXAMPLE } from "./sink-keys.ts";
import type { ServiceBusTarget } from "./sink-settings.ts";

const connectionKey: SecretKey<EventHubConnection> = {
  key: "connectionStringSetting",
  several: false,
  content: {
    // The same form, and the same rules for the name in EntityPath.
    schema: eventHubConnectionString,
    format: "a Service Bus connection string with Endpoint, SharedAccessKeyName and SharedAccessKey",
    example: VAULT_EXAMPLE,
  },
  reason: "The app setting that holds the connection string of the namespace, queue or topic.",
};

const entity = textLike(/^(?=.{1,260}$)[A-Za-z0-9](?:[\w./-]*[A-Za-z0-9])?$/, "cannot be the name of a queue or topic");

const queueKey: SinkKey<string> = {
  key: "queue",
  schema: entity,
  format: "the name of a queue",
  example: "microshare",
  reason: "The queue. One of queue and topic, unless the connection string has an EntityPath.",
};

const topicKey: SinkKey<string> = { ...queueKey, key: "topic", format: "the name of a topic", reason: "The topic." };

const sessionsKey: SinkKey<"none" | "per-device"> = {
  key: "sessions",
  schema: oneOf(["none", "per-device"]),
  format: "`none` or `per-device`",
  example: "per-device",
  reason: "A session for each device: for a queue or topic that requires sessions. Default `none`.",
};

const oneSessionKey: SinkKey<boolean> = {
  key: "oneSessionPerBatch",
  schema: yesOrNo,
  format: "`true` or `false`",
  example: "true",
  reason: "For a partitioned queue or topic, which takes one session in a batch. Default `false`.",
};

const duplicatesKey: SinkKey<number> = {
  key: "duplicateDetection",
  schema: duration(0, 7 * 24 * 60 * 60 * 1000),
  format: "an ISO 8601 duration, PT0S (none) to P7D",
  example: "PT10M",
  reason: "The window of duplicate detection that it was created with: decides what is said after a crash.",
};

export const serviceBusKeys = [
  connectionKey,
  namespaceKey,
  queueKey,
  topicKey,
  sessionsKey,
  oneSessionKey,
  duplicatesKey,
  clientIdKey,
  transportKey,
];

/** `undefined` when a problem was reported. */
export function readServiceBusSink(entry: SinkEntry, reader: SettingReader): ServiceBusTarget | undefined {
  const place = readPlace(entry, reader);
  if (place === undefined) return undefined;
  const duplicateDetectionMs = entry.value(duplicatesKey);
  return {
    kind: "service-bus",
    transport: entry.value(transportKey) ?? reader.withDefault("EVENT_HUB_TRANSPORT"),
    sessions: entry.value(sessionsKey) ?? "none",
    oneSessionPerBatch: entry.value(oneSessionKey) ?? false,
    ...(duplicateDetectionMs === undefined ? {} : { duplicateDetectionMs }),
    ...place,
  };
}

function readPlace(
  entry: SinkEntry,
  reader: SettingReader,
): (Pick<ServiceBusTarget, "host" | "entity" | "access"> & { readonly transport?: "amqp" }) | undefined {
  const connection = entry.named(connectionKey);
  const namespace = entry.value(namespaceKey);
  if (entry.isGiven(connectionKey) === entry.isGiven(namespaceKey)) {
    entry.tell(
      undefined,
      entry.isGiven(namespaceKey)
        ? "has both connectionStringSetting and namespace"
        : "has neither connectionStringSetting nor namespace",
      `Name the app setting with the connection string ("connectionStringSetting"), or give "namespace" to use the app's identity: one of the two.`,
    );
    return undefined;
  }
  const inString = connection?.value.hubName;
  const named = readEntity(entry, inString !== undefined || (connection === undefined && namespace === undefined));
  if (named !== undefined && inString !== undefined && named !== inString) {
    entry.tell(
      entry.isGiven(queueKey) ? queueKey : topicKey,
      `differs from the EntityPath in ${connection?.setting ?? ""}`,
      "Remove it, or take the connection string of that queue or topic.",
    );
    return undefined;
  }
  const name = inString ?? named;
  if (name === undefined) return undefined;
  if (connection !== undefined) {
    const { setting, value } = connection;
    const access = { kind: "connection-string", setting, connectionString: value.connectionString } as const;
    return { host: value.host, entity: name, access, ...(value.emulator ? { transport: "amqp" } : {}) };
  }
  if (namespace === undefined) return undefined;
  const clientId = entry.value(clientIdKey) ?? reader.optional("AZURE_CLIENT_ID");
  const host = fullHost(namespace);
  const setting = `SINKS (${entry.place})`;
  const identity = { kind: "identity", setting, namespace: host } as const;
  return { host, entity: name, access: { ...identity, ...(clientId === undefined ? {} : { clientId }) } };
}

/** The one of queue and topic that is given; reports both, and none where it is needed. */
function readEntity(entry: SinkEntry, mayBeMissing: boolean): string | undefined {
  const both = entry.isGiven(queueKey) && entry.isGiven(topicKey);
  const none = !entry.isGiven(queueKey) && !entry.isGiven(topicKey);
  if (both || (none && !mayBeMissing)) {
    entry.tell(
      undefined,
      both ? "has both queue and topic" : "has neither queue nor topic",
      `Name what the events go to: "queue" or "topic", one of the two.`,
    );
    return undefined;
  }
  return entry.value(queueKey) ?? entry.value(topicKey);
}
