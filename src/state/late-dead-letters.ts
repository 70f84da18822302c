// The store of dead letters, opened when it is first needed.
import type { DeadLetterStore } from "../pipeline/ports.ts";
import { storageEndpoint } from "./connection-string.ts";
import type { DeadLetterBodies } from "./dead-letter-replay.ts";
import { requireSafe, type StorageConnection } from "./storage-clients.ts";

/** Throws `SETTINGS_INVALID` at once for an address that cannot be used: a wrong setting must not wait for a dead letter. */
export function lateDeadLetters(connection: StorageConnection, container: string): DeadLetterStore & DeadLetterBodies {
  if (connection.kind === "identity") requireSafe(connection.blobServiceUrl, "identity");
  else requireSafe(storageEndpoint(connection.connectionString, "blob").url, "secret");
  let opened: Promise<DeadLetterStore & DeadLetterBodies> | undefined;
  const store = (): Promise<DeadLetterStore & DeadLetterBodies> => (opened ??= open(connection, container));
  return {
    put: async (...args) => (await store()).put(...args),
    get: async (...args) => (await store()).get(...args),
    remove: async (...args) => (await store()).remove(...args),
    async *list(...args) {
      yield* (await store()).list(...args);
    },
  };
}

async function open(connection: StorageConnection, container: string): Promise<DeadLetterStore & DeadLetterBodies> {
  const [{ openContainer }, { blobDeadLetters }] = await Promise.all([
    import("./blob-container.ts"),
    import("./blob-dead-letters.ts"),
  ]);
  return blobDeadLetters(openContainer(connection, container));
}
