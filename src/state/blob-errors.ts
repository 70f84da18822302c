// What an error of the blob SDK means, and what the operator does about it.
import { RestError } from "@azure/storage-blob";
import { BridgeError } from "../errors.ts";
import { isCredentialFailure } from "../identity.ts";
import { briefly, isTimeout } from "./storage-errors.ts";

export function blobCode(error: unknown): string | undefined {
  return error instanceof RestError ? error.code : undefined;
}

/**
 * `DEAD_LETTER_FAILED` for every expected failure of the SDK or its credential; anything else is a bug and comes back as
 * it is. `doing` completes "Could not ... the blob container".
 */
export function blobError(error: unknown, container: string, doing: string): unknown {
  const denied =
    isCredentialFailure(error) ||
    (error instanceof RestError && (error.statusCode === 401 || error.statusCode === 403));
  if (!denied && !isTimeout(error) && !(error instanceof RestError)) return error;
  const why =
    error instanceof RestError ? briefly(error) : denied ? "no token for the app's identity" : "no answer in time";
  return new BridgeError("DEAD_LETTER_FAILED", `Could not ${doing} the blob container ${container}: ${why}.`, {
    fix: denied ? deniedFix : failedFix,
    cause: error,
  });
}

const deniedFix =
  "Give the app's identity the role Storage Blob Data Contributor on the storage account of AzureWebJobsStorage, or renew " +
  "the key in the connection string. A firewall on the account also answers so.";

const failedFix =
  "Nothing is lost: the next run tries again. When it stays, check that the storage account of AzureWebJobsStorage can be " +
  "reached on port 443 and takes blobs.";
