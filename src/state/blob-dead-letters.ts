// Bodies of dead letters in Azure Blob Storage: one blob per record, named by route and event id.
import { RestError, type ContainerClient } from "@azure/storage-blob";
import { BridgeError } from "../errors.ts";
import type { DeadLetterStore } from "../pipeline/ports.ts";
import { routeKey } from "./route-key.ts";
import { storagePolicy } from "./storage-clients.ts";
import { briefly, isCredentialFailure, isTimeout } from "./storage-errors.ts";

/** The store on a container, which is created when it is missing. Everything that fails is `DEAD_LETTER_FAILED`. */
export function blobDeadLetters(
  container: ContainerClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs } = {},
): DeadLetterStore {
  return {
    async put(route, { eventId, reason, body }) {
      const abortSignal = AbortSignal.timeout(operationTimeoutMs);
      const upload = () =>
        container.getBlockBlobClient(`${routeKey(route)}/${eventId}`).upload(body, body.byteLength, {
          abortSignal,
          conditions: { ifNoneMatch: "*" },
          blobHTTPHeaders: { blobContentType: "application/json" },
          metadata: { route: headerText(route), reason: headerText(reason) },
        });
      try {
        await upload().catch(async (error: unknown) => {
          if (codeOf(error) !== "ContainerNotFound") throw error;
          await container.createIfNotExists({ abortSignal });
          await upload();
        });
      } catch (error) {
        if (alreadyThere.has(codeOf(error))) return;
        throw putError(error, container.containerName, route);
      }
    },
  };
}

/** The codes with which the service answers to `If-None-Match: *`. */
const alreadyThere = new Set<string | undefined>(["BlobAlreadyExists", "ConditionNotMet"]);

function codeOf(error: unknown): string | undefined {
  return error instanceof RestError ? error.code : undefined;
}

function putError(error: unknown, container: string, route: string): unknown {
  const denied =
    isCredentialFailure(error) ||
    (error instanceof RestError && (error.statusCode === 401 || error.statusCode === 403));
  if (!denied && !isTimeout(error) && !(error instanceof RestError)) return error;
  const why =
    error instanceof RestError ? briefly(error) : denied ? "no token for the app's identity" : "no answer in time";
  return new BridgeError(
    "DEAD_LETTER_FAILED",
    `Could not write a dead letter of ${route} into the blob container ${container}: ${why}.`,
    { fix: denied ? deniedFix : failedFix, cause: error },
  );
}

const deniedFix =
  "Give the app's identity the role Storage Blob Data Contributor on the storage account of AzureWebJobsStorage, or renew " +
  "the key in the connection string. A firewall on the account also answers so.";

const failedFix =
  "The feed stopped so that nothing is lost; the next run tries again. When it stays, check that the storage account of " +
  "AzureWebJobsStorage can be reached on port 443 and takes blobs.";

/** Metadata travels in HTTP headers: ASCII only, and 8 KiB for all of it. `decodeURIComponent` gives the text back. */
function headerText(text: string): string {
  return encodeURIComponent(text.slice(0, mostCharacters).toWellFormed());
}

/** Each may become up to 9 bytes when encoded. */
const mostCharacters = 400;
