// Settings of the Azure side: the event hub, the storage account that keeps the progress, and the proxy on the way.
import { eventHubConnectionString, HUB_NAME, storageConnectionString } from "./connection-strings.ts";
import { anyText, duration, httpsUrl, oneOf, proxyUrl, textLike, wholeNumber } from "./formats.ts";
import { settings } from "./setting.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

const hub = "Event Hubs";
const network = "Network";
const state = "State";

export const clientId = textLike(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "is not a client id");
/** `evhns-example`, or its full host name. */
export const namespaceName = textLike(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?$/, "is not a host name");

export const clientIdForm = "a client id (not the resource id) of a user-assigned managed identity";

export const eventHubSettings = settings({
  EVENT_HUB_CONNECTION_STRING: {
    group: hub,
    schema: eventHubConnectionString,
    format: "a connection string with Endpoint, SharedAccessKeyName, SharedAccessKey and EntityPath",
    example: "@Microsoft.KeyVault(SecretUri=https://VAULT.vault.azure.net/secrets/event-hub)",
    secret: true,
    reason:
      "The event hub, with a key. Without a key: EVENT_HUB_NAMESPACE. With UseDevelopmentEmulator=true the connection is plain TCP.",
    localExample: "<connection string of the event hub, with EntityPath>",
  },
  EVENT_HUB_NAMESPACE: {
    group: hub,
    schema: namespaceName,
    format: "the name of the namespace, or its full host name",
    example: "evhns-example.servicebus.windows.net",
    reason:
      "The event hub's namespace, reached with the app's managed identity (role: Azure Event Hubs Data Sender) instead of a connection string.",
  },
  EVENT_HUB_NAME: {
    group: hub,
    schema: textLike(HUB_NAME, "cannot be the name of an event hub"),
    format: "the name of an event hub",
    example: "microshare",
    reason: "Needed with EVENT_HUB_NAMESPACE, and for a connection string without EntityPath.",
  },
  EVENT_HUB_TRANSPORT: {
    group: hub,
    schema: oneOf(["websocket", "amqp"]),
    default: "websocket",
    format: "`websocket` or `amqp`",
    example: "amqp",
    reason:
      "`websocket` needs nothing but outbound port 443; `amqp` needs 5671 and is a little lighter. An emulator is always reached over plain TCP.",
  },
  EVENT_HUB_CONSUMER_GROUP: {
    group: hub,
    schema: textLike(
      /^(\$Default|[A-Za-z0-9](?:[\w.-]{0,48}[A-Za-z0-9])?)$/i,
      "cannot be the name of a consumer group",
    ),
    default: "$Default",
    format: "the name of a consumer group, at most 50 characters",
    example: "bridge",
    reason: "Where the bridge reads back what has arrived. Give it one of its own when other readers use the default.",
  },
  EVENT_HUB_THROUGHPUT_UNITS: {
    group: hub,
    schema: wholeNumber(1, 40),
    format: "throughput units, 1 to 40",
    example: "1",
    reason:
      "How many of the namespace's throughput units the bridge may use, at 1 MB and 1,000 events a second each; a sink of hubs per record type keeps within it with all its hubs together. Without it a bridge that catches up takes all there are, and other producers are throttled.",
  },
  AZURE_CLIENT_ID: {
    group: hub,
    schema: clientId,
    format: clientIdForm,
    example: "00000000-0000-0000-0000-000000000000",
    reason: "Which identity to use with EVENT_HUB_NAMESPACE. Without it the system-assigned one.",
  },
});

export const networkSettings = settings({
  HTTPS_PROXY: {
    group: network,
    schema: proxyUrl,
    format: "an http or https URL",
    example: "http://proxy.example.com:3128",
    secret: true,
    reason: "Proxy for Microshare, storage and Event Hubs over WebSockets. A secret, as it may hold a password.",
  },
  NO_PROXY: {
    group: network,
    schema: anyText,
    format: "host names separated by commas",
    example: "localhost,127.0.0.1",
    reason: "Hosts that are reached without the proxy.",
  },
});

export const stateSettings = settings({
  AzureWebJobsStorage: {
    group: state,
    schema: storageConnectionString,
    format: "a storage connection string; `UseDevelopmentStorage=true` for Azurite",
    example: "UseDevelopmentStorage=true",
    secret: true,
    reason:
      "The host's storage account; progress, run history and dead letters live there too. Leave it undefined when an identity is used.",
    localExample: "UseDevelopmentStorage=true",
  },
  AzureWebJobsStorage__accountName: {
    group: state,
    schema: textLike(/^[a-z0-9]{3,24}$/, "is not the name of a storage account"),
    format: "a storage account name: 3 to 24 lower-case letters and digits",
    example: "stexample",
    reason: "The storage account, reached with an identity instead of a connection string.",
  },
  AzureWebJobsStorage__tableServiceUri: {
    group: state,
    schema: httpsUrl,
    format: "an https URL",
    example: "https://stexample.table.core.windows.net",
    reason:
      "The same with explicit addresses, for private DNS and sovereign clouds. Takes precedence over the account name.",
  },
  AzureWebJobsStorage__blobServiceUri: {
    group: state,
    schema: httpsUrl,
    format: "an https URL",
    example: "https://stexample.blob.core.windows.net",
    reason: "The address of the account's blobs; goes with the one above.",
  },
  AzureWebJobsStorage__credential: {
    group: state,
    schema: oneOf(["managedidentity"]),
    format: "`managedidentity`",
    example: "managedidentity",
    reason: "Use the managed identity and nothing else. Without it the login of a developer is tried as well.",
  },
  AzureWebJobsStorage__clientId: {
    group: state,
    schema: clientId,
    format: clientIdForm,
    example: "00000000-0000-0000-0000-000000000000",
    reason:
      "Which identity to use for storage. Only with AzureWebJobsStorage__credential; without it the system-assigned one.",
  },
  STATE_TABLE: {
    group: state,
    schema: textLike(/^[A-Za-z][A-Za-z0-9]{2,62}$/, "cannot be the name of a table"),
    default: "bridgestate",
    format: "3 to 63 letters and digits, the first a letter",
    example: "bridgestate",
    reason:
      "The table of progress and run history. Two apps must not share one: each would take the other's progress for its own.",
  },
  DEAD_LETTER_CONTAINER: {
    group: state,
    schema: textLike(/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/, "cannot be the name of a blob container"),
    default: "bridge-dead-letters",
    format: "3 to 63 lower-case letters, digits and single hyphens",
    example: "bridge-dead-letters",
    reason: "The blob container of records that no sink will ever take.",
  },
  DEAD_LETTER_RETENTION: {
    group: state,
    schema: duration(DAY_MS, 3650 * DAY_MS),
    default: "P90D",
    format: "an ISO 8601 duration, P1D to P3650D",
    example: "P30D",
    reason: "How long dead letters are kept; older ones are deleted about once a day. Replay them before then.",
  },
});
