// A bad setting of each kind: what is said about it, and what to do. None of the values of secrets is said.
import { describe, expect, it } from "vitest";
import type { Environment, SettingsFiles } from "../../src/config/load-settings.ts";
import { HUB_KEY, hubConnectionString, linesOf, simple, twentyMinutes } from "./environments.ts";

interface BadSetting {
  readonly change: Environment;
  readonly files?: SettingsFiles;
  /** The whole line, up to a part of its fix. */
  readonly line: string;
}

const hub = (text: string): Environment => ({ EVENT_HUB_CONNECTION_STRING: text });
const storage = (text: string): Environment => ({ AzureWebJobsStorage: text });
const dashboard = { MICROSHARE_FEED_KIND: "dashboard", MICROSHARE_VIEW_ID: "abc" };
const account = { AzureWebJobsStorage: undefined, AzureWebJobsStorage__accountName: "stexample" };

const badSettings: Readonly<Record<string, BadSetting>> = {
  "a missing user name": {
    change: { MICROSHARE_USERNAME: undefined },
    line: "MICROSHARE_USERNAME is not set, and no login works without it. Set MICROSHARE_USERNAME to the e-mail address of the account",
  },
  "a missing API key": {
    change: { MICROSHARE_API_KEY: "" },
    line: "MICROSHARE_API_KEY is not set, and the OAuth2 login needs it (only MICROSHARE_AUTH_MODE=web does without). Set MICROSHARE_API_KEY to the app key",
  },
  "an unresolved Key Vault reference": {
    change: { MICROSHARE_PASSWORD: "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/p)" },
    line: "MICROSHARE_PASSWORD is still the literal text of a Key Vault reference: Azure could not resolve it. Check that the app's identity has the role Key Vault Secrets User",
  },
  "an unresolved reference in a setting that is not a secret": {
    change: { LOOKBACK: "@Microsoft.KeyVault(VaultName=v;SecretName=lookback)" },
    line: "LOOKBACK is still the literal text of a Key Vault reference: Azure could not resolve it.",
  },
  "an unresolved reference inside a connection string": {
    change: hub(hubConnectionString.replace(HUB_KEY, "@Microsoft.KeyVault(VaultName=v;SecretName=s)")),
    line: "EVENT_HUB_CONNECTION_STRING is still the literal text of a Key Vault reference",
  },
  "a line break after a password": {
    change: { MICROSHARE_PASSWORD: "correct horse\n" },
    line: "MICROSHARE_PASSWORD begins or ends with white space, or holds a line break. Store MICROSHARE_PASSWORD again without it",
  },
  "a password of spaces": {
    change: { MICROSHARE_PASSWORD: "   " },
    line: "MICROSHARE_PASSWORD begins or ends with white space, or holds a line break.",
  },
  "a placeholder of the example file": {
    change: { MICROSHARE_USERNAME: "<e-mail of the Microshare account>" },
    line: "MICROSHARE_USERNAME is still the placeholder of the example file. Set MICROSHARE_USERNAME to the e-mail address",
  },
  "a misspelt name": {
    change: { MICROSHARE_APIKEY: "x" },
    line: "MICROSHARE_APIKEY is not a setting of the bridge. Did you mean MICROSHARE_API_KEY? Rename it, or remove it.",
  },
  "a shortened name": {
    change: { MICROSHARE_USER: "x" },
    line: "MICROSHARE_USER is not a setting of the bridge. Did you mean MICROSHARE_USERNAME?",
  },
  "a name with a letter too many": {
    change: { MICROSHARE_PASSWORDS: "x" },
    line: "MICROSHARE_PASSWORDS is not a setting of the bridge. Did you mean MICROSHARE_PASSWORD?",
  },
  "a prefix too many": {
    change: { MICROSHARE_LOOKBACK: "PT1H" },
    line: "MICROSHARE_LOOKBACK is not a setting of the bridge. Did you mean LOOKBACK?",
  },
  "a name in another case": {
    change: { event_hub_name: "x" },
    line: "event_hub_name is not a setting of the bridge. Did you mean EVENT_HUB_NAME?",
  },
  "a word that is not one of the choices": {
    change: { MICROSHARE_MIN_TLS: "1.4" },
    line: 'MICROSHARE_MIN_TLS is not one of the values it can have. The value is "1.4". Set MICROSHARE_MIN_TLS to 1.2 or 1.3; for example 1.2.',
  },
  "a number that is none": {
    change: { MICROSHARE_PAGE_SIZE: "5e2" },
    line: 'MICROSHARE_PAGE_SIZE is not a whole number. The value is "5e2". Set MICROSHARE_PAGE_SIZE to records, 1 to 999; for example 500.',
  },
  "a number above its limit": {
    change: { MICROSHARE_CONCURRENCY: "17" },
    line: 'MICROSHARE_CONCURRENCY is above 16. The value is "17".',
  },
  "a number below its limit": {
    change: { MICROSHARE_PAGE_SIZE: "0" },
    line: 'MICROSHARE_PAGE_SIZE is below 1. The value is "0".',
  },
  "a duration without a unit": {
    change: { LOOKBACK: "6" },
    line: 'LOOKBACK is a number without a unit. The value is "6". Set LOOKBACK to an ISO 8601 duration, PT0S to P7D; for example PT12H.',
  },
  "a duration in months": {
    change: { DEEP_LOOKBACK: "P1M" },
    line: "DEEP_LOOKBACK uses months or years, which have no fixed length (minutes stand after a T: PT5M).",
  },
  "a window below a minute": {
    change: { WINDOW: "PT30S" },
    line: 'WINDOW is shorter than PT1M. The value is "PT30S".',
  },
  "a deep lookback beyond its limit": {
    change: { DEEP_LOOKBACK: "P60D" },
    line: 'DEEP_LOOKBACK is longer than P31D. The value is "P60D".',
  },
  "a deep lookback shorter than the lookback": {
    change: { LOOKBACK: "P2D", DEEP_LOOKBACK: "P1D" },
    line: "DEEP_LOOKBACK is P1D, shorter than the lookback of every run (P2D). Set DEEP_LOOKBACK to at least P2D, or shorten LOOKBACK.",
  },
  "a settle delay of nothing": {
    change: { SETTLE_DELAY: "PT0S" },
    line: "SETTLE_DELAY is shorter than PT1S.",
  },
  "a start without a zone": {
    change: { START_FROM: "2026-03-01T08:00:00" },
    line: 'START_FROM is a time without a zone. The value is "2026-03-01T08:00:00". Set START_FROM to an ISO 8601 time with its zone',
  },
  "a start on a day that does not exist": {
    change: { START_FROM: "2026-02-30" },
    line: "START_FROM is a day or time that does not exist.",
  },
  "a plain http address": {
    change: { MICROSHARE_API_URL: "http://api.microshare.io" },
    line: 'MICROSHARE_API_URL is not an https URL. The value is "http://api.microshare.io". Use https; plain http is only for this machine',
  },
  "an address with credentials": {
    change: { MICROSHARE_API_URL: "https://user:pass-in-url@api.microshare.io" },
    line: "MICROSHARE_API_URL holds a user name or password. Take them out of the URL",
  },
  "an address with a query": {
    change: { MICROSHARE_AUTH_URL: "https://auth.microshare.io/?a=b" },
    line: 'MICROSHARE_AUTH_URL has a query or fragment. The value is "https://auth.microshare.io/?a=b". Cut the URL off before the ? or #.',
  },
  "an address that is none": {
    change: { MICROSHARE_APP_URL: "app.microshare.io" },
    line: 'MICROSHARE_APP_URL is not a URL. The value is "app.microshare.io". Set MICROSHARE_APP_URL to an https URL',
  },
  "a data context whose quotes a shell took": {
    change: { MICROSHARE_DATA_CONTEXT: "[Example,room]" },
    line: `MICROSHARE_DATA_CONTEXT is not valid JSON: it has no quotes. The value is "[Example,room]". Write it in the form ["a","b"]. A shell removes the inner double quotes unless the whole value stands in single quotes: '["a","b"]'.`,
  },
  "a data context with a comma": {
    change: { MICROSHARE_DATA_CONTEXT: "a,b" },
    line: 'MICROSHARE_DATA_CONTEXT is one name with a comma in it. The value is "a,b". Write several names as a JSON array: ["a","b"].',
  },
  "a data context in quotes": {
    change: { MICROSHARE_DATA_CONTEXT: '"a"' },
    line: "MICROSHARE_DATA_CONTEXT is neither a JSON array nor a bare name.",
  },
  "a data context of numbers": {
    change: { MICROSHARE_DATA_CONTEXT: "[1]" },
    line: "MICROSHARE_DATA_CONTEXT is JSON, but not an array of texts.",
  },
  "a repeated location": {
    change: { ...dashboard, MICROSHARE_LOCATIONS: '["a","b","a"]' },
    line: "MICROSHARE_LOCATIONS has an entry (number 3) that is empty, repeated, or has spaces around it.",
  },
  "a location with a space behind it": {
    change: { ...dashboard, MICROSHARE_LOCATIONS: '["North Tower "]' },
    line: "MICROSHARE_LOCATIONS has an entry (number 1) that is empty, repeated, or has spaces around it.",
  },
  "no location in the list": {
    change: { ...dashboard, MICROSHARE_LOCATIONS: "[]" },
    line: "MICROSHARE_LOCATIONS is an empty list.",
  },
  "view parameters whose quotes a shell took": {
    change: { MICROSHARE_VIEW_ID: "abc", MICROSHARE_VIEW_PARAMETERS: "{category:space}" },
    line: `MICROSHARE_VIEW_PARAMETERS is not valid JSON. The value is "{category:space}". Write it in the form {"category":"space"}. A shell removes`,
  },
  "view parameters that are a list": {
    change: { MICROSHARE_VIEW_ID: "abc", MICROSHARE_VIEW_PARAMETERS: "[]" },
    line: "MICROSHARE_VIEW_PARAMETERS is not a JSON object of names and values.",
  },
  "a view parameter that the bridge fills": {
    change: { MICROSHARE_VIEW_ID: "abc", MICROSHARE_VIEW_PARAMETERS: '{"recType":"x"}' },
    line: `MICROSHARE_VIEW_PARAMETERS sets recType, which the bridge fills itself (MICROSHARE_REC_TYPE). The value is "{\\"recType\\":\\"x\\"}". Take recType out.`,
  },
  "a view parameter with a strange name": {
    change: { MICROSHARE_VIEW_ID: "abc", MICROSHARE_VIEW_PARAMETERS: '{"a b":"x"}' },
    line: "MICROSHARE_VIEW_PARAMETERS has a name that no placeholder can have.",
  },
  "a record type with a slash": {
    change: { MICROSHARE_REC_TYPE: "io/x" },
    line: "MICROSHARE_REC_TYPE is not a record type in dot notation.",
  },
  "a device cluster without an id": {
    change: { ...dashboard, MICROSHARE_DEVICE_CLUSTER: "io.example.packed" },
    line: "MICROSHARE_DEVICE_CLUSTER is not of the form recType/id.",
  },
  "a view without an id": {
    change: { MICROSHARE_FEED_KIND: "view" },
    line: "MICROSHARE_VIEW_ID is not set, but the kind of the feed is view. Set MICROSHARE_VIEW_ID to the id of the view, or MICROSHARE_FEED_KIND to share.",
  },
  "a share feed with a view id": {
    change: { MICROSHARE_FEED_KIND: "share", MICROSHARE_VIEW_ID: "abc" },
    line: "MICROSHARE_VIEW_ID is set, but the kind of the feed is share. Set MICROSHARE_FEED_KIND to view or dashboard, or remove MICROSHARE_VIEW_ID.",
  },
  "a view with locations": {
    change: { MICROSHARE_VIEW_ID: "abc", MICROSHARE_LOCATIONS: '["a"]' },
    line: "MICROSHARE_LOCATIONS is set, but the kind of the feed is view. Set MICROSHARE_FEED_KIND to dashboard, or remove MICROSHARE_LOCATIONS.",
  },
  "a view whose loc1 is a pattern, with two sources of locations": {
    change: {
      MICROSHARE_VIEW_ID: "abc",
      MICROSHARE_VIEW_PARAMETERS: '{"loc1":".*"}',
      MICROSHARE_LOCATIONS: '["a"]',
      MICROSHARE_DEVICE_CLUSTER: "io.x/abc",
    },
    line: "MICROSHARE_DEVICE_CLUSTER is set together with a list of locations. Remove MICROSHARE_DEVICE_CLUSTER or MICROSHARE_LOCATIONS.",
  },
  "a share feed with metrics": {
    change: { MICROSHARE_METRICS: '["co2"]' },
    line: "MICROSHARE_METRICS is set, but the kind of the feed is share. Set MICROSHARE_FEED_KIND to view or dashboard, or remove MICROSHARE_METRICS.",
  },
  "a share feed with categories": {
    change: { MICROSHARE_CATEGORIES: '["space"]' },
    line: "MICROSHARE_CATEGORIES is set, but the kind of the feed is share.",
  },
  "metrics that are none": {
    change: { ...dashboard, MICROSHARE_LOCATIONS: '["a"]', MICROSHARE_METRICS: "[]" },
    line: "MICROSHARE_METRICS is an empty list.",
  },
  "metrics without quotes": {
    change: { ...dashboard, MICROSHARE_LOCATIONS: '["a"]', MICROSHARE_METRICS: "[co2]" },
    line: "MICROSHARE_METRICS is not valid JSON: it has no quotes.",
  },
  "categories named twice": {
    change: { ...dashboard, MICROSHARE_LOCATIONS: '["a"]', MICROSHARE_CATEGORIES: '["space","space"]' },
    line: "MICROSHARE_CATEGORIES has an entry (number 2) that is empty, repeated, or has spaces around it.",
  },
  "a counting view that has no id": {
    change: { MICROSHARE_COUNT_VIEW_ID: "the counting view" },
    line: "MICROSHARE_COUNT_VIEW_ID is not an object id.",
  },
  "a share feed that goes by another clock": {
    change: { MICROSHARE_TIME_FIELD: "data.time" },
    line: "MICROSHARE_TIME_FIELD does not fit a share feed, which can only be read in the order of storage. Set MICROSHARE_TIME_FIELD to auto or createDate",
  },
  "a dashboard without locations": {
    change: dashboard,
    line: "MICROSHARE_LOCATIONS is not set, and a dashboard is read one location at a time. Set MICROSHARE_LOCATIONS to the names of the locations, or MICROSHARE_DEVICE_CLUSTER to find them.",
  },
  "a dashboard with two sources of locations": {
    change: { ...dashboard, MICROSHARE_LOCATIONS: '["a"]', MICROSHARE_DEVICE_CLUSTER: "io.x/abc" },
    line: "MICROSHARE_DEVICE_CLUSTER is set together with a list of locations. Remove MICROSHARE_DEVICE_CLUSTER or MICROSHARE_LOCATIONS.",
  },
  "a dashboard with an owner filter": {
    change: { ...dashboard, MICROSHARE_LOCATIONS: '["a"]', MICROSHARE_OWNER_FILTER: "com.example" },
    line: "MICROSHARE_OWNER_FILTER is set, but the records of a dashboard carry no owner, so all of them would be left out. Remove MICROSHARE_OWNER_FILTER;",
  },
  "a dashboard with a location of its own": {
    change: { ...dashboard, MICROSHARE_LOCATIONS: '["a"]', MICROSHARE_VIEW_PARAMETERS: '{"loc1":"a"}' },
    line: "MICROSHARE_VIEW_PARAMETERS sets loc1, which a dashboard takes from its list of locations. Take loc1 out and put the name into MICROSHARE_LOCATIONS.",
  },
  "no event hub": {
    change: { EVENT_HUB_CONNECTION_STRING: undefined },
    line: "EVENT_HUB_CONNECTION_STRING is not set, and neither is EVENT_HUB_NAMESPACE. Set EVENT_HUB_CONNECTION_STRING to the connection string",
  },
  "two ways to the event hub": {
    change: { EVENT_HUB_NAMESPACE: "evhns", EVENT_HUB_NAME: "microshare" },
    line: "EVENT_HUB_NAMESPACE is set together with EVENT_HUB_CONNECTION_STRING. Keep EVENT_HUB_NAMESPACE and EVENT_HUB_NAME for a managed identity",
  },
  "a namespace without a hub": {
    change: { EVENT_HUB_CONNECTION_STRING: undefined, EVENT_HUB_NAMESPACE: "evhns" },
    line: "EVENT_HUB_NAME is not set, and EVENT_HUB_NAMESPACE needs it. Set EVENT_HUB_NAME to the name of an event hub; for example microshare.",
  },
  "a namespace with a scheme": {
    change: { EVENT_HUB_CONNECTION_STRING: undefined, EVENT_HUB_NAME: "x", EVENT_HUB_NAMESPACE: "sb://evhns/" },
    line: 'EVENT_HUB_NAMESPACE is not a host name. The value is "sb://evhns/".',
  },
  "a connection string in the place of the namespace": {
    change: { EVENT_HUB_CONNECTION_STRING: undefined, EVENT_HUB_NAME: "x", EVENT_HUB_NAMESPACE: hubConnectionString },
    line: "EVENT_HUB_NAMESPACE is not a host name. Set EVENT_HUB_NAMESPACE to",
  },
  "a connection string without EntityPath": {
    change: hub(hubConnectionString.replace(";EntityPath=microshare", "")),
    line: "EVENT_HUB_NAME is not set, and EVENT_HUB_CONNECTION_STRING has no EntityPath. Take the connection string from the event hub itself",
  },
  "two names for the hub": {
    change: { EVENT_HUB_NAME: "other" },
    line: "EVENT_HUB_NAME differs from the EntityPath in EVENT_HUB_CONNECTION_STRING. Remove EVENT_HUB_NAME",
  },
  "a connection string that is none": {
    change: hub("microshare"),
    line: "EVENT_HUB_CONNECTION_STRING is not a connection string of NAME=VALUE parts. Copy the whole connection string",
  },
  "a connection string without Endpoint": {
    change: hub(`SharedAccessKeyName=n;SharedAccessKey=${HUB_KEY};EntityPath=e`),
    line: "EVENT_HUB_CONNECTION_STRING has no Endpoint=sb://HOST/ in it.",
  },
  "a connection string without a key": {
    change: hub(hubConnectionString.replace(`SharedAccessKey=${HUB_KEY};`, "")),
    line: "EVENT_HUB_CONNECTION_STRING has no SharedAccessKey.",
  },
  "a connection string without the name of its key": {
    change: hub(hubConnectionString.replace("SharedAccessKeyName=bridge;", "")),
    line: "EVENT_HUB_CONNECTION_STRING has no SharedAccessKeyName.",
  },
  "a connection string with a key and a signature": {
    change: hub(`${hubConnectionString};SharedAccessSignature=SharedAccessSignature sr=x`),
    line: "EVENT_HUB_CONNECTION_STRING has both a SharedAccessSignature and a SharedAccessKey.",
  },
  "a signature that the SDK would not recognise": {
    change: hub("Endpoint=sb://h/;EntityPath=e;SharedAccessSignature=sr=x"),
    line: 'EVENT_HUB_CONNECTION_STRING has a SharedAccessSignature that does not begin with the word "SharedAccessSignature" and a space.',
  },
  "a connection string in another case": {
    change: hub(hubConnectionString.replace("EntityPath", "entitypath")),
    line: "EVENT_HUB_CONNECTION_STRING spells EntityPath in another case. Write EntityPath exactly so.",
  },
  "an EntityPath that cannot be": {
    change: hub(hubConnectionString.replace("=microshare", "=a/b")),
    line: "EVENT_HUB_CONNECTION_STRING has an EntityPath that cannot be the name of an event hub.",
  },
  "an emulator switch in upper case": {
    change: hub(`${hubConnectionString};UseDevelopmentEmulator=True`),
    line: "EVENT_HUB_CONNECTION_STRING has a UseDevelopmentEmulator that is neither true nor false. Write UseDevelopmentEmulator=true in lower case",
  },
  "an emulator switch for a hub in Azure": {
    change: hub(`${hubConnectionString};UseDevelopmentEmulator=true`),
    line: "EVENT_HUB_CONNECTION_STRING has UseDevelopmentEmulator=true, but names a host in Azure, which refuses plain TCP. Take UseDevelopmentEmulator out",
  },
  "a consumer group that cannot be": {
    change: { EVENT_HUB_CONSUMER_GROUP: "-x" },
    line: "EVENT_HUB_CONSUMER_GROUP cannot be the name of a consumer group.",
  },
  "a client id that is none": {
    change: { AZURE_CLIENT_ID: "my-identity" },
    line: 'AZURE_CLIENT_ID is not a client id. The value is "my-identity". Set AZURE_CLIENT_ID to a client id (not the resource id)',
  },
  "a proxy that is none": {
    change: { HTTPS_PROXY: "proxy:3128" },
    line: "HTTPS_PROXY is not an http or https URL. Set HTTPS_PROXY to",
  },
  "no storage": {
    change: { AzureWebJobsStorage: undefined },
    line: "AzureWebJobsStorage is not set, and neither is AzureWebJobsStorage__accountName. Set AzureWebJobsStorage to a connection string",
  },
  "two ways to the storage": {
    change: { AzureWebJobsStorage__accountName: "stexample" },
    line: "AzureWebJobsStorage is set together with AzureWebJobsStorage__accountName; the host would use the connection string. For a managed identity delete AzureWebJobsStorage altogether",
  },
  "a storage connection string with an empty key": {
    change: storage("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=;EndpointSuffix=core.windows.net"),
    line: "AzureWebJobsStorage has an empty AccountKey, and the host would use it all the same. For a managed identity delete AzureWebJobsStorage",
  },
  "a storage connection string that is none": {
    change: storage("stexample"),
    line: "AzureWebJobsStorage is not a connection string of NAME=VALUE parts. Copy the whole connection string of the storage account",
  },
  "a storage connection string without a key": {
    change: storage("DefaultEndpointsProtocol=https;AccountName=a"),
    line: "AzureWebJobsStorage has no AccountKey.",
  },
  "a storage connection string without an account": {
    change: storage("DefaultEndpointsProtocol=https;AccountName=;AccountKey=k;EndpointSuffix=x"),
    line: "AzureWebJobsStorage has an empty AccountName.",
  },
  "a storage connection string without a suffix": {
    change: storage("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k"),
    line: "AzureWebJobsStorage has no EndpointSuffix.",
  },
  "a storage connection string for plain http": {
    change: storage("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=k;EndpointSuffix=core.windows.net"),
    line: "AzureWebJobsStorage has a DefaultEndpointsProtocol other than https.",
  },
  "a storage endpoint over plain http": {
    change: storage("BlobEndpoint=https://b;TableEndpoint=http://t.example.com;SharedAccessSignature=s"),
    line: "AzureWebJobsStorage has a TableEndpoint that is not an https URL.",
  },
  "a storage signature without tables": {
    change: storage("BlobEndpoint=https://a.blob.core.windows.net;SharedAccessSignature=s"),
    line: "AzureWebJobsStorage has a SharedAccessSignature, but no TableEndpoint. Make a signature for the services Blob, Queue and Table",
  },
  "development storage in another spelling": {
    change: storage("usedevelopmentstorage=true"),
    line: "AzureWebJobsStorage spells UseDevelopmentStorage=true in another way.",
  },
  "a client id without a credential": {
    change: { ...account, AzureWebJobsStorage__clientId: "11111111-2222-3333-4444-555555555555" },
    line: "AzureWebJobsStorage__clientId has no effect without AzureWebJobsStorage__credential. Set AzureWebJobsStorage__credential to managedidentity",
  },
  "tables without blobs": {
    change: { AzureWebJobsStorage: undefined, AzureWebJobsStorage__tableServiceUri: "https://t.example.com" },
    line: "AzureWebJobsStorage__blobServiceUri is not set, and the dead letters of the bridge need it. Set AzureWebJobsStorage__blobServiceUri",
  },
  "a service address over plain http": {
    change: { ...account, AzureWebJobsStorage__tableServiceUri: "http://127.0.0.1:10002" },
    line: "AzureWebJobsStorage__tableServiceUri is not an https URL.",
  },
  "an account name in upper case": {
    change: { AzureWebJobsStorage: undefined, AzureWebJobsStorage__accountName: "StExample" },
    line: "AzureWebJobsStorage__accountName is not the name of a storage account.",
  },
  "a table name with a hyphen": {
    change: { STATE_TABLE: "bridge-state" },
    line: "STATE_TABLE cannot be the name of a table.",
  },
  "a container name in upper case": {
    change: { DEAD_LETTER_CONTAINER: "Dead" },
    line: "DEAD_LETTER_CONTAINER cannot be the name of a blob container.",
  },
  "dead letters that are kept for an hour": {
    change: { DEAD_LETTER_RETENTION: "PT1H" },
    line: 'DEAD_LETTER_RETENTION is shorter than P1D. The value is "PT1H". Set DEAD_LETTER_RETENTION to an ISO 8601 duration, P1D to P3650D; for example P30D.',
  },
  "a schedule of four fields": {
    change: { POLL_SCHEDULE: "0 * * *" },
    line: 'POLL_SCHEDULE has 4 fields instead of six (second minute hour day month weekday). The value is "0 * * *". Set POLL_SCHEDULE to an NCRONTAB schedule',
  },
  "a lease that is too short for its sends": {
    change: { LEASE_TERM: "PT30S" },
    line: "LEASE_TERM is shorter than four times SEND_TIMEOUT. Raise LEASE_TERM to at least four times SEND_TIMEOUT",
  },
  "a lease that outlives the run that waits for it": {
    change: { LEASE_TERM: "PT10M" },
    line: "LEASE_TERM is longer than half of the time that one run may take. Lower LEASE_TERM",
  },
  "a time budget above the host's time-out": {
    change: { TIME_BUDGET: "PT20M" },
    line: "TIME_BUDGET is not below functionTimeout in host.json (PT20M), when the host ends the process. Set TIME_BUDGET to about 80 % of it (PT16M)",
  },
  "a request time-out above the time budget": {
    change: { TIME_BUDGET: "PT1M", LEASE_TERM: "PT20S", SEND_TIMEOUT: "PT5S" },
    line: "MICROSHARE_REQUEST_TIMEOUT is not below the time of a whole run (PT1M). Set MICROSHARE_REQUEST_TIMEOUT",
  },
  "a list of feeds beside a single feed": {
    change: { FEEDS: '[{"name":"a"}]', MICROSHARE_REC_TYPE: "io.x", MICROSHARE_VIEW_ID: "abc" },
    line: "FEEDS is set together with MICROSHARE_REC_TYPE, MICROSHARE_VIEW_ID, which describe a single feed. Say this in the entries of FEEDS",
  },
  "two lists of feeds": {
    change: { FEEDS: '[{"name":"a"}]', FEEDS_FILE: "feeds.json" },
    files: { ...twentyMinutes, feedsFile: { text: '[{"name":"a"}]' } },
    line: "FEEDS_FILE is set together with FEEDS. Keep one of the two",
  },
  "a list of feeds that is not JSON": {
    change: { FEEDS: "[{name:a}]" },
    line: "FEEDS is not valid JSON. Set the list to a JSON array of feeds",
  },
  "a list of feeds that is an object": {
    change: { FEEDS: '{"name":"a"}' },
    line: "FEEDS is not a JSON array of objects.",
  },
  "an empty list of feeds": {
    change: { FEEDS: "[]" },
    line: "FEEDS lists no feed.",
  },
  "a file of feeds that is not there": {
    change: { FEEDS_FILE: "feeds.json" },
    files: { ...twentyMinutes, feedsFile: { errorCode: "ENOENT" } },
    line: "FEEDS_FILE names a file that cannot be read (ENOENT). Put the file into the deployed package",
  },
  "a file of feeds that is not JSON": {
    change: { FEEDS_FILE: "feeds.json" },
    files: { ...twentyMinutes, feedsFile: { text: "feeds" } },
    line: "FEEDS_FILE names a file that is not valid JSON.",
  },
  "a feed without a name": {
    change: { FEEDS: '[{"recType":"io.x"}]' },
    line: "FEEDS (feed 1, name) is missing. Give the feed a name of 1 to 64 letters",
  },
  "a feed with an @ in its name": {
    change: { FEEDS: '[{"name":"a@b"}]' },
    line: "FEEDS (feed 1, name) is not a usable name.",
  },
  "two feeds of one name": {
    change: { FEEDS: '[{"name":"rooms"},{"name":"Rooms"}]' },
    line: 'FEEDS (feed "Rooms") has the name of an earlier feed. Give each feed a name of its own',
  },
  "an unknown key of a feed": {
    change: { FEEDS: '[{"name":"rooms","look_back":"PT1H"}]' },
    line: 'FEEDS (feed "rooms") has an unknown key "look_back". Did you mean "lookback"? Accepted keys: name, sinks, kind, recType, viewId, viewRecType, viewParameters, viewLimit, locations, deviceCluster, categories, metrics, countViewId, ownerFilter, dataContext, timeField, pageSize, startFrom, lookback, deepLookback, settleDelay, window, updates, push.',
  },
  "a wrong value of a feed": {
    change: { FEEDS: '[{"name":"rooms","lookback":6}]' },
    line: 'FEEDS (feed "rooms", lookback) is a number without a unit. The value is "6". Set "lookback" to an ISO 8601 duration',
  },
  "a deep lookback of a feed below the common lookback": {
    change: { FEEDS: '[{"name":"rooms","deepLookback":"PT1H"}]' },
    line: 'FEEDS (feed "rooms", deepLookback) is PT1H, shorter than the lookback of every run (PT6H). Set "deepLookback" to at least PT6H',
  },
  "a common owner filter over a dashboard": {
    change: {
      MICROSHARE_OWNER_FILTER: "com.example",
      FEEDS: '[{"name":"rooms","kind":"dashboard","viewId":"abc","locations":["a"]}]',
    },
    line: 'MICROSHARE_OWNER_FILTER is set, but the records of a dashboard carry no owner, so all of them would be left out. Write "ownerFilter": "" into feed "rooms"',
  },
};

describe("a bad setting", () => {
  it.each(Object.entries(badSettings))("of the kind: %s", (_, { change, files = twentyMinutes, line }) => {
    const lines = linesOf(change, files);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(line);
    expect(lines[0]?.startsWith(line.slice(0, 20))).toBe(true);
    for (const secret of [HUB_KEY, simple.MICROSHARE_PASSWORD, simple.MICROSHARE_API_KEY, "pass-in-url"]) {
      expect(lines[0]).not.toContain(secret);
    }
  });

  it("is not made of settings that are only similar to the names of others", () => {
    const others = { MICROSHARE_TEAM_NOTE: "x", EVENT_HUB_RETENTION_DAYS: "1", POLL_SCHEDUL: "x", EVENTHUBX: "1" };
    expect(linesOf(others)).toEqual([]);
  });
});
