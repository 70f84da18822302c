// Bodies of dead letters in Azure Blob Storage: one blob per record, named by route and event id.
import { buffer } from "node:stream/consumers";
import type { ContainerClient } from "@azure/storage-blob";
import type { DeadLetterStore } from "../pipeline/ports.ts";
import { blobCode, blobError } from "./blob-errors.ts";
import type { DeadLetterBodies } from "./dead-letter-replay.ts";
import { routeKey } from "./route-key.ts";
import { storagePolicy } from "./storage-clients.ts";

/** The store on a container, which is created when it is missing. Everything that fails is `DEAD_LETTER_FAILED`. */
export function blobDeadLetters(
  container: ContainerClient,
  { operationTimeoutMs = storagePolicy.operationTimeoutMs } = {},
): DeadLetterStore & DeadLetterBodies {
  const blob = (route: string, eventId: string) => container.getBlockBlobClient(`${routeKey(route)}/${eventId}`);

  return {
    async put(route, { eventId, reason, body }) {
      const abortSignal = AbortSignal.timeout(operationTimeoutMs);
      const upload = () =>
        blob(route, eventId).upload(body, body.byteLength, {
          abortSignal,
          conditions: { ifNoneMatch: "*" },
          blobHTTPHeaders: { blobContentType: "application/json" },
          metadata: { route: headerText(route), reason: headerText(reason) },
        });
      try {
        await upload().catch(async (error: unknown) => {
          if (blobCode(error) !== "ContainerNotFound") throw error;
          await container.createIfNotExists({ abortSignal });
          await upload();
        });
      } catch (error) {
        if (alreadyThere.has(blobCode(error))) return;
        throw blobError(error, container.containerName, `write a dead letter of ${route} into`);
      }
    },

    async get(route, eventId) {
      try {
        const abortSignal = AbortSignal.timeout(operationTimeoutMs);
        const { readableStreamBody } = await blob(route, eventId).download(0, undefined, { abortSignal });
        return readableStreamBody && (await buffer(readableStreamBody));
      } catch (error) {
        if (notThere.has(blobCode(error))) return undefined;
        throw blobError(error, container.containerName, `read a dead letter of ${route} from`);
      }
    },

    async remove(route, eventId) {
      try {
        await blob(route, eventId).delete({ abortSignal: AbortSignal.timeout(operationTimeoutMs) });
      } catch (error) {
        if (notThere.has(blobCode(error))) return;
        throw blobError(error, container.containerName, `remove a dead letter of ${route} from`);
      }
    },

    async *list(route) {
      const prefix = `${routeKey(route)}/`;
      let continuationToken: string | undefined;
      do {
        // One call a page, so that the time limit is for the page and not for what is done with it.
        const page = await container
          .listBlobsFlat({ prefix, abortSignal: AbortSignal.timeout(operationTimeoutMs) })
          .byPage(continuationToken === undefined ? {} : { continuationToken })
          .next()
          .catch((error: unknown) => {
            if (notThere.has(blobCode(error))) return undefined;
            throw blobError(error, container.containerName, `list the dead letters of ${route} in`);
          });
        if (page === undefined || page.done === true) return;
        for (const { name, properties } of page.value.segment.blobItems) {
          yield { eventId: name.slice(prefix.length), putAt: properties.lastModified.getTime() };
        }
        ({ continuationToken } = page.value);
      } while (continuationToken !== undefined && continuationToken !== "");
    },
  };
}

/** The codes with which the service answers to `If-None-Match: *`. */
const alreadyThere = new Set<string | undefined>(["BlobAlreadyExists", "ConditionNotMet"]);

const notThere = new Set<string | undefined>(["BlobNotFound", "ContainerNotFound"]);

/** Metadata travels in HTTP headers: ASCII only, and 8 KiB for all of it. `decodeURIComponent` gives the text back. */
function headerText(text: string): string {
  return encodeURIComponent(text.slice(0, mostCharacters).toWellFormed());
}

/** Each may become up to 9 bytes when encoded. */
const mostCharacters = 400;
