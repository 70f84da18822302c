// An entry of SINKS of the kind `event-hubs-per-type`: a namespace with a hub for each record type.
import { type EventHubConnection, eventHubConnectionString } from "./connection-strings.ts";
import { fullHost } from "./event-hub-settings.ts";
import { textLike, wholeNumber } from "./formats.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { SecretKey, SinkEntry, SinkKey } from "./sink-entry.ts";
import { clientIdKey, consumerGroupKey, hubNameText, namespaceKey, transportKey, VAULT_EXAMPLE } from "./sink-keys.ts";
import type { HubsPerTypeTarget } from "./sink-settings.ts";

const connectionKey: SecretKey<EventHubConnection> = {
  key: "connectionStringSetting",
  several: false,
  content: {
    schema: eventHubConnectionString,
    format: "a connection string of the namespace with Endpoint, SharedAccessKeyName and SharedAccessKey",
    example: VAULT_EXAMPLE,
  },
  reason:
    "The app setting that holds the connection string of the namespace; hubs are created when its policy has Manage.",
};

const subscriptionKey: SinkKey<string> = {
  key: "subscriptionId",
  schema: textLike(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "is not the id of a subscription"),
  format: "the id of the subscription of the namespace",
  example: "00000000-0000-0000-0000-000000000000",
  reason: "Needed with namespace: where hubs are created.",
};

const resourceGroupKey: SinkKey<string> = {
  key: "resourceGroup",
  schema: textLike(/^(?=.{1,90}$)[\p{L}\p{N}_().-]*[\p{L}\p{N}_()-]$/u, "cannot be the name of a resource group"),
  format: "the name of the resource group of the namespace",
  example: "rg-example",
  reason: "Needed with namespace: where hubs are created.",
};

const partitionCountKey: SinkKey<number> = {
  key: "partitionCount",
  schema: wholeNumber(1, 1024),
  format: "partitions, 1 to 1024 (the tier sets the limit: 32 in Basic and Standard)",
  example: "4",
  reason: "Of hubs that are created; cannot be changed later in Basic and Standard. Default 4.",
};

const retentionKey: SinkKey<number> = {
  key: "retentionHours",
  schema: wholeNumber(1, 90 * 24),
  format: "hours, 1 to 2160 (the tier sets the limit: 24 in Basic, 168 in Standard)",
  example: "168",
  reason: "Of hubs that are created. Default 24.",
};

const fallbackKey: SinkKey<string> = {
  key: "fallbackHub",
  schema: hubNameText,
  format: "the name of an event hub",
  example: "microshare-other",
  reason: "Takes the record types that the namespace has no more hubs for. Basic and Standard end at 10 hubs.",
};

export const hubsPerTypeKeys = [
  connectionKey,
  namespaceKey,
  subscriptionKey,
  resourceGroupKey,
  clientIdKey,
  partitionCountKey,
  retentionKey,
  fallbackKey,
  transportKey,
  consumerGroupKey,
];

const DEFAULT_PARTITIONS = 4;
const DEFAULT_RETENTION_HOURS = 24;

/** `undefined` when a problem was reported. */
export function readHubsPerTypeSink(entry: SinkEntry, reader: SettingReader): HubsPerTypeTarget | undefined {
  const place = readPlace(entry, reader);
  if (place === undefined) return undefined;
  const fallbackHub = entry.value(fallbackKey);
  return {
    kind: "event-hubs-per-type",
    transport: entry.value(transportKey) ?? reader.withDefault("EVENT_HUB_TRANSPORT"),
    consumerGroup: entry.value(consumerGroupKey) ?? reader.withDefault("EVENT_HUB_CONSUMER_GROUP"),
    partitionCount: entry.value(partitionCountKey) ?? DEFAULT_PARTITIONS,
    retentionHours: entry.value(retentionKey) ?? DEFAULT_RETENTION_HOURS,
    ...(fallbackHub === undefined ? {} : { fallbackHub }),
    ...place,
  };
}

function readPlace(
  entry: SinkEntry,
  reader: SettingReader,
): (Pick<HubsPerTypeTarget, "host" | "access"> & { readonly transport?: "amqp" }) | undefined {
  const connection = entry.named(connectionKey);
  const namespace = entry.value(namespaceKey);
  if (entry.isGiven(connectionKey) === entry.isGiven(namespaceKey)) {
    entry.tell(
      undefined,
      entry.isGiven(namespaceKey)
        ? "has both connectionStringSetting and namespace"
        : "has neither connectionStringSetting nor namespace",
      `Name the app setting with the connection string of the namespace ("connectionStringSetting"), or give "namespace", ` +
        `"subscriptionId" and "resourceGroup" to create hubs with the app's identity: one of the two.`,
    );
    return undefined;
  }
  if (connection !== undefined) {
    const { setting, value } = connection;
    if (value.hubName !== undefined) {
      entry.tell(
        connectionKey,
        `names ${setting}, which has an EntityPath: it is the connection string of a single hub`,
        "Take the connection string of a policy of the namespace itself (portal: the namespace, then Shared access policies).",
      );
      return undefined;
    }
    const access = { kind: "connection-string", setting, connectionString: value.connectionString } as const;
    return { host: value.host, access, ...(value.emulator ? { transport: "amqp" } : {}) };
  }
  const subscriptionId = entry.value(subscriptionKey);
  const resourceGroup = entry.value(resourceGroupKey);
  for (const key of [subscriptionKey, resourceGroupKey]) {
    if (!entry.isGiven(key))
      entry.tell(key, "is missing, and namespace needs it", `Add "${key.key}", ${key.format}: hubs are created there.`);
  }
  if (namespace === undefined || subscriptionId === undefined || resourceGroup === undefined) return undefined;
  const clientId = entry.value(clientIdKey) ?? reader.optional("AZURE_CLIENT_ID");
  const host = fullHost(namespace);
  const identity = { kind: "identity", namespace: host, subscriptionId, resourceGroup } as const;
  return { host, access: { ...identity, ...(clientId === undefined ? {} : { clientId }) } };
}
