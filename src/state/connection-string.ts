// Reads a storage account's connection string. The SDKs would do it too, with errors that quote the secrets in it.
import { BridgeError } from "../errors.ts";

/** How to sign: with the account's key, or with a signature that goes into the query of every URL. */
export type StorageSecret =
  | { readonly kind: "key"; readonly accountName: string; readonly accountKey: string }
  | { readonly kind: "signature"; readonly signature: string };

/** What a connection string says about one of the account's services. */
export interface StorageEndpoint {
  /** Without a slash at the end. */
  readonly url: string;
  readonly secret: StorageSecret;
}

/** Throws `SETTINGS_INVALID` when the string cannot be used for the service; the message never quotes it. */
export function storageEndpoint(connectionString: string, service: "table" | "blob"): StorageEndpoint {
  const given = partsOf(connectionString);
  const parts = given.get("usedevelopmentstorage")?.toLowerCase() === "true" ? partsOf(localEmulator) : given;
  const accountName = parts.get("accountname");
  const accountKey = parts.get("accountkey");
  const signature = parts.get("sharedaccesssignature");
  const suffix = parts.get("endpointsuffix") ?? "core.windows.net";
  const protocol = parts.get("defaultendpointsprotocol") ?? "https";
  const ofAccount = accountName === undefined ? undefined : `${protocol}://${accountName}.${service}.${suffix}`;
  const url = parts.get(`${service}endpoint`) ?? ofAccount;
  if (accountKey === undefined && signature === undefined) {
    throw unusable("neither AccountKey nor SharedAccessSignature is there");
  }
  if (url === undefined)
    throw unusable(`neither AccountName nor ${service === "table" ? "Table" : "Blob"}Endpoint is there`);
  if (!URL.canParse(url)) throw unusable(`the address of its ${service} service is not a URL`);
  const endpoint = url.replace(/\/+$/, "");
  if (accountKey === undefined) {
    return { url: endpoint, secret: { kind: "signature", signature: String(signature).replace(/^\?/, "") } };
  }
  if (accountName === undefined) throw unusable("AccountName is missing");
  return { url: endpoint, secret: { kind: "key", accountName, accountKey } };
}

/** The emulator's account on its usual ports. Name and key are published by Microsoft and protect nothing. */
const localEmulator = [
  "AccountName=devstoreaccount1",
  "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1",
  "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1",
].join(";");

/** Names in lower case; empty values count as missing. */
function partsOf(connectionString: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of connectionString.split(";")) {
    const [name = "", ...value] = part.split("=");
    const text = value.join("=").trim();
    if (text !== "") parts.set(name.trim().toLowerCase(), text);
  }
  return parts;
}

function unusable(why: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", `The connection string of the storage account cannot be used: ${why}.`, {
    fix: "Copy the whole connection string from the storage account's page Access keys into AzureWebJobsStorage.",
  });
}
