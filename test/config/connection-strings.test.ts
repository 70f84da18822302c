// The SDKs are the judges: what the settings accept, they take.
import { TableClient } from "@azure/data-tables";
import { EventHubProducerClient } from "@azure/event-hubs";
import { ContainerClient } from "@azure/storage-blob";
import { describe, expect, it } from "vitest";
import { complaintAbout } from "../../src/config/check-text.ts";

const key = "AccountKey=aGlkZGVuIGtleQ==";

const openStorage = (text: string) => [
  TableClient.fromConnectionString(text, "bridgestate", { allowInsecureConnection: true }).url,
  new ContainerClient(text, "bridge-dead-letters").url,
];
const openHub = (text: string) => new EventHubProducerClient(text).fullyQualifiedNamespace;

describe("storage connection strings", () => {
  it.each([
    "UseDevelopmentStorage=true",
    `DefaultEndpointsProtocol=https;AccountName=stexample;${key};EndpointSuffix=core.windows.net`,
    `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;${key};BlobEndpoint=http://127.0.0.1:1/d;TableEndpoint=http://127.0.0.1:2/d;`,
    "BlobEndpoint=https://a.blob.core.windows.net/;TableEndpoint=https://a.table.core.windows.net/;SharedAccessSignature=sv=1&sig=x",
  ])("that are accepted work with the SDKs: %s", (text) => {
    expect(complaintAbout("AzureWebJobsStorage", text)).toBeUndefined();
    expect(() => openStorage(text)).not.toThrow();
  });

  it.each([
    "stexample",
    `AccountName=stexample;${key};EndpointSuffix=core.windows.net`,
    `DefaultEndpointsProtocol=https;AccountName=stexample;${key}`,
    `DefaultEndpointsProtocol=https;AccountName=;${key};EndpointSuffix=core.windows.net`,
    "DefaultEndpointsProtocol=https;AccountName=stexample;EndpointSuffix=core.windows.net",
    "BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x",
  ])("that the SDKs do not take are refused: %s", (text) => {
    expect(() => openStorage(text)).toThrow(Error);
    expect(complaintAbout("AzureWebJobsStorage", text)).toBeDefined();
  });
});

describe("Event Hubs connection strings", () => {
  const full = "Endpoint=sb://h.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=e";

  it.each([
    full,
    full.replace("net/", "net"),
    "Endpoint=sb://127.0.0.1:5673;SharedAccessKeyName=n;SharedAccessKey=k=;EntityPath=e;UseDevelopmentEmulator=true",
    "Endpoint=sb://h/;SharedAccessSignature=SharedAccessSignature sr=a&sig=b&se=1&skn=n;EntityPath=e",
  ])("that are accepted work with the SDK: %s", (text) => {
    expect(complaintAbout("EVENT_HUB_CONNECTION_STRING", text)).toBeUndefined();
    expect(() => openHub(text)).not.toThrow();
  });

  it.each([
    full.replace("Endpoint=", "endpoint="),
    full.replace("SharedAccessKeyName=n;", ""),
    full.replace("SharedAccessKey=k;", ""),
    "h.servicebus.windows.net",
  ])("that the SDK does not take are refused: %s", (text) => {
    expect(() => openHub(text)).toThrow(Error);
    expect(complaintAbout("EVENT_HUB_CONNECTION_STRING", text)).toBeDefined();
  });
});
