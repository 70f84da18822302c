// A target whose key is the event id: writing the same event twice is impossible, so nothing else need be remembered.
import { ContainerClient, RestError } from "@azure/storage-blob";
import type { ReceivedEvent } from "./received-event.ts";

export interface RecordBlobs {
  /** Resolves once the record is stored. Says whether it was stored by this call or had been before. */
  store(event: ReceivedEvent): Promise<"stored" | "already there">;
}

export async function openRecordBlobs(connectionString: string, container: string): Promise<RecordBlobs> {
  const client = new ContainerClient(connectionString, container);
  await client.createIfNotExists();
  return {
    async store({ eventId, recType, body }) {
      const blob = client.getBlockBlobClient(`${encodeURIComponent(recType)}/${eventId}.json`);
      try {
        await blob.upload(body, Buffer.byteLength(body), {
          // The service itself decides which of two writers comes first.
          conditions: { ifNoneMatch: "*" },
          blobHTTPHeaders: { blobContentType: "application/json" },
        });
        return "stored";
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 409) return "already there";
        throw error;
      }
    },
  };
}
