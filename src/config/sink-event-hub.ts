// An entry of SINKS of the kind `event-hub`: one more event hub, or the one of the plain settings.
import { type EventHubConnection, eventHubConnectionString } from "./connection-strings.ts";
import { AZURE_SUFFIX, fullHost } from "./event-hub-settings.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { NamedValue, SecretKey, SinkEntry, SinkKey } from "./sink-entry.ts";
import { clientIdKey, consumerGroupKey, hubNameText, namespaceKey, transportKey, VAULT_EXAMPLE } from "./sink-keys.ts";
import type { EventHubSettings } from "./settings.ts";

const connectionKey: SecretKey<EventHubConnection> = {
  key: "connectionStringSetting",
  several: false,
  content: {
    schema: eventHubConnectionString,
    format: "a connection string with Endpoint, SharedAccessKeyName, SharedAccessKey and EntityPath",
    example: VAULT_EXAMPLE,
  },
  reason: "The app setting that holds the connection string of the hub.",
};

const hubKey: SinkKey<string> = {
  key: "hub",
  schema: hubNameText,
  format: "the name of an event hub",
  example: "microshare",
  reason: "Needed with namespace, and for a connection string without EntityPath.",
};

export const eventHubKeys = [connectionKey, namespaceKey, hubKey, clientIdKey, transportKey, consumerGroupKey];

/** `undefined` when a problem was reported. */
export function readEventHubSink(entry: SinkEntry, reader: SettingReader): EventHubSettings | undefined {
  const connection = entry.named(connectionKey);
  const namespace = entry.value(namespaceKey);
  const hubName = entry.value(hubKey);
  if (!hasOneAccess(entry)) return undefined;
  const rest = {
    transport: entry.value(transportKey) ?? reader.withDefault("EVENT_HUB_TRANSPORT"),
    consumerGroup: entry.value(consumerGroupKey) ?? reader.withDefault("EVENT_HUB_CONSUMER_GROUP"),
  };
  if (connection !== undefined) return byKey(entry, connection, hubName, rest);
  if (namespace === undefined) return undefined;
  if (hubName === undefined) {
    if (!entry.isGiven(hubKey))
      entry.tell(hubKey, "is missing, and namespace needs it", `Add "hub", the name of the hub.`);
    return undefined;
  }
  const clientId = entry.value(clientIdKey) ?? reader.optional("AZURE_CLIENT_ID");
  const host = fullHost(namespace);
  const access = { kind: "identity", namespace: host, ...(clientId === undefined ? {} : { clientId }) } as const;
  return { hubName, host, setting: `SINKS (${entry.place})`, access, ...rest };
}

function hasOneAccess(entry: SinkEntry): boolean {
  const both = entry.isGiven(connectionKey) && entry.isGiven(namespaceKey);
  if (!both && (entry.isGiven(connectionKey) || entry.isGiven(namespaceKey))) return true;
  entry.tell(
    undefined,
    both ? "has both connectionStringSetting and namespace" : "has neither connectionStringSetting nor namespace",
    `Name the app setting with the connection string of the hub ("connectionStringSetting"), or give "namespace" and "hub" ` +
      "to reach it with the app's identity: one of the two.",
  );
  return false;
}

function byKey(
  entry: SinkEntry,
  { setting, value }: NamedValue<EventHubConnection>,
  named: string | undefined,
  rest: Pick<EventHubSettings, "transport" | "consumerGroup">,
): EventHubSettings | undefined {
  const { connectionString, host, emulator } = value;
  if (named !== undefined && value.hubName !== undefined && named !== value.hubName) {
    entry.tell(
      hubKey,
      `differs from the EntityPath in ${setting}`,
      `Remove "hub", or take the connection string of that hub.`,
    );
    return undefined;
  }
  const hubName = value.hubName ?? named;
  if (hubName === undefined) {
    if (!entry.isGiven(hubKey))
      entry.tell(hubKey, `is missing, and ${setting} has no EntityPath`, `Add "hub", the name of the hub.`);
    return undefined;
  }
  if (emulator && host.endsWith(AZURE_SUFFIX)) {
    entry.tell(
      connectionKey,
      `names ${setting}, which has UseDevelopmentEmulator=true, but names a host in Azure, which refuses plain TCP`,
      `Take UseDevelopmentEmulator out of ${setting}.`,
    );
    return undefined;
  }
  const access = { kind: "connection-string", connectionString } as const;
  return { hubName, host, setting, access, ...rest, ...(emulator ? { transport: "amqp" } : {}) };
}
