// Keys that several kinds of sinks share.
import { HUB_NAME } from "./connection-strings.ts";
import { textLike } from "./formats.ts";
import { settingsTable } from "./settings-table.ts";
import type { SinkKey } from "./sink-entry.ts";

export const namespaceKey: SinkKey<string> = {
  key: "namespace",
  schema: settingsTable.EVENT_HUB_NAMESPACE.schema,
  format: "the name of the namespace, or its full host name",
  example: "evhns-example",
  reason: "Instead of a connection string: reached with the app's identity.",
};

export const clientIdKey: SinkKey<string> = {
  key: "clientId",
  schema: settingsTable.AZURE_CLIENT_ID.schema,
  format: settingsTable.AZURE_CLIENT_ID.format,
  example: settingsTable.AZURE_CLIENT_ID.example,
  reason: "Which identity. Without it that of AZURE_CLIENT_ID, else the system-assigned one.",
};

export const transportKey: SinkKey<"websocket" | "amqp"> = {
  key: "transport",
  schema: settingsTable.EVENT_HUB_TRANSPORT.schema,
  format: "`websocket` or `amqp`",
  example: "amqp",
  reason: "As EVENT_HUB_TRANSPORT, which is its default.",
};

export const consumerGroupKey: SinkKey<string> = {
  key: "consumerGroup",
  schema: settingsTable.EVENT_HUB_CONSUMER_GROUP.schema,
  format: settingsTable.EVENT_HUB_CONSUMER_GROUP.format,
  example: "bridge",
  reason: "As EVENT_HUB_CONSUMER_GROUP, which is its default.",
};

export const hubNameText = textLike(HUB_NAME, "cannot be the name of an event hub");

/** The example of every secret. */
export const VAULT_EXAMPLE = "@Microsoft.KeyVault(SecretUri=https://VAULT.vault.azure.net/secrets/NAME)";
