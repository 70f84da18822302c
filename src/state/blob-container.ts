// Builds the SDK client for the dead-letter container. Loaded with the first dead letter: most runs have none, and the package
// is the largest of all that the bridge uses.
import {
  AnonymousCredential,
  ContainerClient,
  StorageRetryPolicyType,
  StorageSharedKeyCredential,
  type StoragePipelineOptions,
} from "@azure/storage-blob";
import { storageEndpoint } from "./connection-string.ts";
import { requireSafe, storagePolicy, type StorageConnection } from "./storage-clients.ts";

/** A client for one container; makes no call. Otherwise as `openTable`. */
export function openContainer(
  connection: StorageConnection,
  container: string,
  policy = storagePolicy,
): ContainerClient {
  const options: StoragePipelineOptions = {
    retryOptions: {
      retryPolicyType: StorageRetryPolicyType.EXPONENTIAL,
      maxTries: policy.retries + 1,
      tryTimeoutInMs: policy.tryTimeoutMs,
      retryDelayInMs: policy.firstDelayMs,
      maxRetryDelayInMs: policy.maxDelayMs,
    },
  };
  if (connection.kind === "identity") {
    requireSafe(connection.blobServiceUrl, "identity");
    const url = `${connection.blobServiceUrl.replace(/\/+$/, "")}/${container}`;
    return new ContainerClient(url, connection.credential, options);
  }
  const { url, secret } = storageEndpoint(connection.connectionString, "blob");
  requireSafe(url, "secret");
  return secret.kind === "key"
    ? new ContainerClient(
        `${url}/${container}`,
        new StorageSharedKeyCredential(secret.accountName, secret.accountKey),
        options,
      )
    : new ContainerClient(`${url}/${container}?${secret.signature}`, new AnonymousCredential(), options);
}
