// Builds the SDK client for the state table, with time limits and retries of our choice.
import type { TokenCredential } from "@azure/identity";
import {
  AzureNamedKeyCredential,
  AzureSASCredential,
  RestError,
  TableClient,
  type TableServiceClientOptions,
} from "@azure/data-tables";
import { BridgeError } from "../errors.ts";
import { storageEndpoint } from "./connection-string.ts";

/** How to reach the storage account. */
export type StorageConnection =
  | { readonly kind: "connection-string"; readonly connectionString: string }
  | {
      readonly kind: "identity";
      /** For example `https://account.table.core.windows.net`. */
      readonly tableServiceUrl: string;
      readonly blobServiceUrl: string;
      readonly credential: TokenCredential;
    };

/** What one call to Azure Storage does about failures that may pass. All of it lies far below the length of a run. */
export interface StoragePolicy {
  /** Tries after the first one: connection faults, 408, 429 and 5xx. */
  readonly retries: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** One try, from the first byte sent to the last byte received. */
  readonly tryTimeoutMs: number;
  /** One operation with all its tries and waits. */
  readonly operationTimeoutMs: number;
}

export const storagePolicy: StoragePolicy = {
  retries: 3,
  firstDelayMs: 500,
  maxDelayMs: 5_000,
  tryTimeoutMs: 10_000,
  operationTimeoutMs: 30_000,
};

/**
 * A client for one table; makes no call. Plain http is for a loopback address only. `HTTPS_PROXY` and `NO_PROXY` are
 * honoured by the SDK itself. Throws `SETTINGS_INVALID` for a connection string that cannot be used, or plain http.
 */
export function openTable(connection: StorageConnection, table: string, policy = storagePolicy): TableClient {
  const options: TableServiceClientOptions = {
    retryOptions: {
      maxRetries: policy.retries,
      retryDelayInMs: policy.firstDelayMs,
      maxRetryDelayInMs: policy.maxDelayMs,
    },
    additionalPolicies: [
      { position: "perRetry", policy: tryTimeout(policy.tryTimeoutMs) },
      { position: "perRetry", policy: jsonOnly },
    ],
  };
  if (connection.kind === "identity") {
    requireSafe(connection.tableServiceUrl, "identity");
    return new TableClient(connection.tableServiceUrl, table, connection.credential, options);
  }
  const { url, secret } = storageEndpoint(connection.connectionString, "table");
  requireSafe(url, "secret");
  const checked = { ...options, allowInsecureConnection: true };
  return secret.kind === "key"
    ? new TableClient(url, table, new AzureNamedKeyCredential(secret.accountName, secret.accountKey), checked)
    : new TableClient(url, table, new AzureSASCredential(secret.signature), checked);
}

/** Throws `SETTINGS_INVALID` for an address that a secret or a token must not be sent to. */
export function requireSafe(serviceUrl: string, kind: "identity" | "secret"): void {
  const { protocol, hostname } = new URL(serviceUrl);
  // A token never goes over plain http, not even to this machine.
  if (protocol === "https:" || (kind === "secret" && loopbackHosts.has(hostname))) return;
  throw new BridgeError("SETTINGS_INVALID", `The storage address ${protocol}//${hostname} is not encrypted.`, {
    fix: "Use https in the storage settings. Plain http is for a connection string with 127.0.0.1 or localhost only.",
  });
}

const loopbackHosts = new Set(["127.0.0.1", "localhost", "[::1]"]);

type Policy = NonNullable<TableServiceClientOptions["additionalPolicies"]>[number]["policy"];

/** The SDK lets a silent connection hang for ever, and does not retry its own time-out. This one it retries. */
function tryTimeout(timeoutMs: number): Policy {
  return {
    name: "bridgeTryTimeout",
    async sendRequest(request, next) {
      const outer = request.abortSignal;
      const own = AbortSignal.timeout(timeoutMs);
      try {
        request.abortSignal = outer instanceof AbortSignal ? AbortSignal.any([outer, own]) : own;
        return await next(request);
      } catch (error) {
        if (!own.aborted || outer?.aborted) throw error;
        throw new RestError(`No answer within ${timeoutMs} ms.`, { code: "ETIMEDOUT", request });
      } finally {
        if (outer) request.abortSignal = outer;
        else delete request.abortSignal;
      }
    },
  };
}

/** A web page with status 200, as some proxies send, would pass for an empty answer: no rows. */
const jsonOnly: Policy = {
  name: "bridgeJsonOnly",
  async sendRequest(request, next) {
    const response = await next(request);
    const type = response.headers.get("content-type") ?? "none";
    if (response.status !== 200 || request.method !== "GET" || type.includes("application/json")) return response;
    throw new RestError(`The answer is no JSON (content type ${type}).`, {
      code: RestError.PARSE_ERROR,
      statusCode: response.status,
      request,
      response,
    });
  },
};
