// Connection strings of Event Hubs and of storage accounts, checked as strictly as the SDKs read them.
// Sources: core-amqp util/utils.js and connectionConfig.js; data-tables utils/connectionString.js; storage-blob
// utils/utils.common.js. Their own errors name neither the setting nor what to do.
import { isLoopback, parsedBy } from "./formats.ts";

export interface EventHubConnection {
  readonly connectionString: string;
  /** Host of the namespace, with a port when one is given. */
  readonly host: string;
  readonly hubName?: string;
  /** Plain TCP. */
  readonly emulator: boolean;
}

const EVENT_HUB_FORM =
  "Copy the whole connection string of a shared access policy of the event hub (portal: the event hub, then Shared access policies).";

const EVENT_HUB_KEYS = [
  "Endpoint",
  "SharedAccessKeyName",
  "SharedAccessKey",
  "SharedAccessSignature",
  "EntityPath",
  "UseDevelopmentEmulator",
];

export const eventHubConnectionString = parsedBy((text) => {
  const parts = readParts(text);
  if (parts === undefined) return { problem: "is not a connection string of NAME=VALUE parts", fix: EVENT_HUB_FORM };
  const misspelt = [...parts.keys()].find((key) => !EVENT_HUB_KEYS.includes(key) && spelling(EVENT_HUB_KEYS, key));
  if (misspelt !== undefined) {
    const right = spelling(EVENT_HUB_KEYS, misspelt) ?? "";
    return { problem: `spells ${right} in another case`, fix: `Write ${right} exactly so.` };
  }
  const host = /^sb:\/\/([^/?#@\s]+)\/?$/.exec(parts.get("Endpoint") ?? "")?.[1];
  if (host === undefined) {
    return { problem: "has no Endpoint=sb://HOST/ in it", fix: EVENT_HUB_FORM };
  }
  const problem = eventHubKeyProblem(parts);
  if (problem !== undefined) return { problem, fix: EVENT_HUB_FORM };
  const emulator = parts.get("UseDevelopmentEmulator");
  if (emulator !== undefined && emulator !== "true" && emulator !== "false") {
    return {
      problem: "has a UseDevelopmentEmulator that is neither true nor false",
      fix: "Write UseDevelopmentEmulator=true in lower case for the emulator, else leave it out.",
    };
  }
  const hubName = parts.get("EntityPath");
  if (hubName !== undefined && !HUB_NAME.test(hubName)) {
    return { problem: "has an EntityPath that cannot be the name of an event hub", fix: EVENT_HUB_FORM };
  }
  const connection: EventHubConnection = {
    connectionString: text,
    host,
    emulator: emulator === "true",
    ...(hubName === undefined ? {} : { hubName }),
  };
  return { value: connection };
});

/** Letters, digits, dots, hyphens, underscores; at most 256; begins and ends with a letter or digit. */
export const HUB_NAME = /^(?=.{1,256}$)[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/;

function eventHubKeyProblem(parts: ReadonlyMap<string, string>): string | undefined {
  const signature = parts.get("SharedAccessSignature");
  const name = parts.get("SharedAccessKeyName");
  const key = parts.get("SharedAccessKey");
  if (signature !== undefined) {
    if (name !== undefined || key !== undefined) return "has both a SharedAccessSignature and a SharedAccessKey";
    return signature.startsWith("SharedAccessSignature ")
      ? undefined
      : `has a SharedAccessSignature that does not begin with the word "SharedAccessSignature" and a space`;
  }
  if (name === undefined || name === "") return "has no SharedAccessKeyName";
  return key === undefined || key === "" ? "has no SharedAccessKey" : undefined;
}

const STORAGE_FORM = "Copy the whole connection string of the storage account (portal: the account, then Access keys).";

/** A storage account that holds tables and blobs. The value is the text itself. */
export const storageConnectionString = parsedBy((text) => {
  if (/^UseDevelopmentStorage=true(;|$)/.test(text)) return { value: text };
  if (/usedevelopmentstorage/i.test(text)) {
    return {
      problem: "spells UseDevelopmentStorage=true in another way",
      fix: "Write UseDevelopmentStorage=true exactly so.",
    };
  }
  const parts = readParts(text);
  if (parts === undefined) return { problem: "is not a connection string of NAME=VALUE parts", fix: STORAGE_FORM };
  const problem = parts.has("SharedAccessSignature") ? signatureProblem(parts) : accountKeyProblem(parts);
  if (problem !== undefined) return problem;
  const plain = ["TableEndpoint", "BlobEndpoint"].find((key) => !isSafeEndpoint(parts.get(key)));
  if (plain !== undefined) return { problem: `has a ${plain} that is not an https URL`, fix: STORAGE_FORM };
  return { value: text };
});

function accountKeyProblem(parts: ReadonlyMap<string, string>): { problem: string; fix: string } | undefined {
  const lacking = ["DefaultEndpointsProtocol", "AccountName", "AccountKey"].find((key) => !parts.has(key));
  if (lacking !== undefined) return { problem: `has no ${lacking}`, fix: STORAGE_FORM };
  if (parts.get("AccountKey") === "") {
    return {
      problem: "has an empty AccountKey, and the host would use it all the same",
      fix: "For a managed identity delete AzureWebJobsStorage altogether and set AzureWebJobsStorage__accountName; else copy the connection string again.",
    };
  }
  if (parts.get("AccountName") === "") return { problem: "has an empty AccountName", fix: STORAGE_FORM };
  const complete = parts.has("TableEndpoint") && parts.has("BlobEndpoint");
  if (!complete && (parts.get("EndpointSuffix") ?? "") === "")
    return { problem: "has no EndpointSuffix", fix: STORAGE_FORM };
  if (!complete && parts.get("DefaultEndpointsProtocol") !== "https") {
    return { problem: "has a DefaultEndpointsProtocol other than https", fix: "Write DefaultEndpointsProtocol=https." };
  }
  return undefined;
}

function signatureProblem(parts: ReadonlyMap<string, string>): { problem: string; fix: string } | undefined {
  const lacking = ["TableEndpoint", "BlobEndpoint"].find((key) => (parts.get(key) ?? "") === "");
  if (lacking === undefined) return undefined;
  return {
    problem: `has a SharedAccessSignature, but no ${lacking}`,
    fix: "Make a signature for the services Blob, Queue and Table, and copy its whole connection string.",
  };
}

function isSafeEndpoint(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return true;
  const url = URL.parse(endpoint);
  return url !== null && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
}

/** As the SDKs do: split at semicolons, then at the first equals sign. */
function readParts(text: string): ReadonlyMap<string, string> | undefined {
  const parts = new Map<string, string>();
  for (const part of text.split(";").map((piece) => piece.trim())) {
    if (part === "") continue;
    const split = part.indexOf("=");
    if (split < 1) return undefined;
    parts.set(part.slice(0, split).trim(), part.slice(split + 1).trim());
  }
  return parts.size === 0 ? undefined : parts;
}

function spelling(known: readonly string[], key: string): string | undefined {
  return known.find((name) => name.toLowerCase() === key.toLowerCase());
}
