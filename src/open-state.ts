// From the settings to the stores of progress and dead letters.
import type { Settings } from "./config/settings.ts";
import { createCredential } from "./identity.ts";
import type { StateSight } from "./operations/operations.ts";
import type { DeadLetterReplayStore } from "./pipeline/dead-letter-ports.ts";
import type { CheckpointStore, DeadLetterStore, LeaseStore, RouteIndex } from "./pipeline/ports.ts";
import { deadLetterReplay } from "./state/dead-letter-replay.ts";
import { lateDeadLetters } from "./state/late-dead-letters.ts";
import { openTable, type StorageConnection } from "./state/storage-clients.ts";
import { tableCheckpoints, tableSight } from "./state/table-checkpoints.ts";
import { tableDeadLetters } from "./state/table-dead-letters.ts";
import { tableRouteIndex } from "./state/table-route-index.ts";
import { observedDeadLetters, observedStore } from "./telemetry/observed-ports.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

export interface OpenState {
  readonly connection: StorageConnection;
  readonly store: CheckpointStore & LeaseStore;
  readonly sight: StateSight;
  readonly routeIndex: RouteIndex;
  readonly deadLetters: DeadLetterStore;
  readonly letters: DeadLetterReplayStore;
}

/** Constructs, and connects to nothing yet. */
export async function openState({ state }: Settings, telemetry: Telemetry): Promise<OpenState> {
  const connection = await storageConnection(state.storage);
  const table = openTable(connection, state.table);
  const blobs = lateDeadLetters(connection, state.deadLetterContainer);
  return {
    connection,
    store: observedStore(tableCheckpoints(table), state.table, telemetry),
    sight: tableSight(table),
    routeIndex: tableRouteIndex(table),
    deadLetters: observedDeadLetters(blobs, state.deadLetterContainer, telemetry),
    letters: deadLetterReplay(tableDeadLetters(table), blobs),
  };
}

export async function storageConnection(storage: Settings["state"]["storage"]): Promise<StorageConnection> {
  if (storage.kind === "connection-string") return storage;
  const { tableServiceUrl, blobServiceUrl } = storage;
  const credential = await createCredential(storage.credential, storage.clientId);
  return { kind: "identity", tableServiceUrl, blobServiceUrl, credential };
}
