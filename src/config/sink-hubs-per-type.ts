// An entry of SINKS of the kind `event-hubs-per-type`: a namespace with a hub for each record type.
import { z } from "zod";
import { type EventHubConnection, eventHubConnectionString, HUB_NAME } from "./connection-strings.ts";
import { fullHost } from "./event-hub-settings.ts";
import { parsedBy, textLike, wholeNumber } from "./formats.ts";
import { parseJson } from "./json-formats.ts";
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
  key: "retentionDays",
  schema: wholeNumber(1, 90),
  format: "days, 1 to 90 (the tier sets the limit: 1 in Basic, 7 in Standard)",
  example: "7",
  reason: "Of hubs that are created. Default 1.",
};

const sharedKey: SinkKey<string> = {
  key: "sharedHub",
  schema: hubNameText,
  format: "the name of an event hub",
  example: "microshare-other",
  reason: "Takes the record types that the namespace has no more hubs for. Basic and Standard end at 10 hubs.",
};

const prefixKey: SinkKey<string> = {
  key: "prefix",
  schema: textLike(/^[A-Za-z0-9][\w.-]{0,63}$/, "cannot begin the name of an event hub"),
  format: "1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit",
  example: "microshare-",
  reason: "In front of every name made from a record type: tells these hubs from others in the namespace.",
};

const hubNamesKey: SinkKey<Readonly<Record<string, string>>> = {
  key: "hubNames",
  schema: parsedBy((text) => {
    const json = parseJson(text);
    const names = z
      .record(z.string(), z.string().regex(HUB_NAME))
      .safeParse("problem" in json ? undefined : json.value);
    if (!names.success) return { problem: "is not a JSON object of record types and names of event hubs" };
    const hubs = Object.values(names.data).map((hub) => hub.toLowerCase());
    const twice = hubs.find((hub, index) => hubs.indexOf(hub) < index);
    if (twice === undefined) return { value: names.data };
    return { problem: "gives two record types the same hub", fix: "Give each a hub of its own, or leave one out." };
  }),
  format: "a JSON object of record types and names of event hubs",
  example: `{"io.microshare.motion":"motion"}`,
  reason:
    "Hubs of single record types, where the name made from the type is not wanted. Two types with one hub are refused.",
};

export const hubsPerTypeKeys = [
  connectionKey,
  namespaceKey,
  subscriptionKey,
  resourceGroupKey,
  clientIdKey,
  partitionCountKey,
  retentionKey,
  sharedKey,
  prefixKey,
  hubNamesKey,
  transportKey,
  consumerGroupKey,
];

const DEFAULT_PARTITIONS = 4;
const DEFAULT_RETENTION_DAYS = 1;

/** `undefined` when a problem was reported. */
export function readHubsPerTypeSink(entry: SinkEntry, reader: SettingReader): HubsPerTypeTarget | undefined {
  const place = readPlace(entry, reader);
  if (place === undefined) return undefined;
  const sharedHub = entry.value(sharedKey);
  const prefix = entry.value(prefixKey);
  const hubNames = entry.value(hubNamesKey);
  const units = reader.optional("EVENT_HUB_THROUGHPUT_UNITS");
  return {
    kind: "event-hubs-per-type",
    transport: entry.value(transportKey) ?? reader.withDefault("EVENT_HUB_TRANSPORT"),
    consumerGroup: entry.value(consumerGroupKey) ?? reader.withDefault("EVENT_HUB_CONSUMER_GROUP"),
    partitionCount: entry.value(partitionCountKey) ?? DEFAULT_PARTITIONS,
    retentionDays: entry.value(retentionKey) ?? DEFAULT_RETENTION_DAYS,
    ...(units === undefined ? {} : { throughputUnits: units }),
    ...(sharedHub === undefined ? {} : { sharedHub }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(hubNames === undefined ? {} : { hubNames }),
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
