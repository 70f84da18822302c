// From the settings to the stores of progress and dead letters.
import type { Settings } from "./config/settings.ts";
import { createCredential } from "./identity.ts";
import type { StateSight } from "./operations/operations.ts";
import type { BackfillStore } from "./pipeline/backfill-ports.ts";
import type { DeadLetterReplayStore } from "./pipeline/dead-letter-ports.ts";
import type { CheckpointStore, DeadLetterStore, LeaseStore, RouteIndex } from "./pipeline/ports.ts";
import { deadLetterReplay, type DeadLetterBodies } from "./state/dead-letter-replay.ts";
import { lateDeadLetters } from "./state/late-dead-letters.ts";
import { openTable, type StorageConnection } from "./state/storage-clients.ts";
import { tableBackfills } from "./state/table-backfills.ts";
import { tableCheckpoints, tableSight } from "./state/table-checkpoints.ts";
import { tableDeadLetters } from "./state/table-dead-letters.ts";
import type { PushClaims } from "./pipeline/push-ports.ts";
import type { Instant } from "./pipeline/records.ts";
import { tablePushClaims } from "./state/table-push-claims.ts";
import { tableRouteIndex } from "./state/table-route-index.ts";
import { observedClaims, observedDeadLetters, observedStore } from "./telemetry/observed-ports.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

export interface OpenState {
  readonly connection: StorageConnection;
  readonly store: CheckpointStore & LeaseStore;
  readonly sight: StateSight;
  readonly routeIndex: RouteIndex;
  readonly deadLetters: DeadLetterStore;
  readonly letters: DeadLetterReplayStore;
  readonly pushClaims: PushClaims;
  readonly bodies: DeadLetterBodies;
  readonly book: BackfillStore;
}

/** Constructs, and connects to nothing yet. `now` is given in simulated time, which the storage account knows nothing of. */
export async function openState({ state }: Settings, telemetry: Telemetry, now?: () => Instant): Promise<OpenState> {
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
    pushClaims: observedClaims(tablePushClaims(table, now === undefined ? {} : { now }), state.table, telemetry),
    bodies: blobs,
    book: tableBackfills(table),
  };
}

export async function storageConnection(storage: Settings["state"]["storage"]): Promise<StorageConnection> {
  if (storage.kind === "connection-string") return storage;
  const { tableServiceUrl, blobServiceUrl } = storage;
  const credential = await createCredential(storage.credential, storage.clientId);
  return { kind: "identity", tableServiceUrl, blobServiceUrl, credential };
}
