// Registers the two functions. Storage is opened with the first event and kept.
import { app } from "@azure/functions";
import { openDoneTable } from "./done-table.ts";
import { fromEventHub } from "./functions/from-event-hub.ts";
import { fromQueue } from "./functions/from-queue.ts";
import { openRecordBlobs } from "./record-blobs.ts";
import { postRecord } from "./target.ts";

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The app setting ${name} is missing.`);
  return value;
}

/** Opens once; after a failure the next event tries again. */
function kept<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return async () => {
    opened ??= open();
    try {
      return await opened;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
}

app.eventHub("fromEventHub", {
  connection: "EVENT_HUB",
  eventHubName: "%EVENT_HUB_NAME%",
  consumerGroup: "%EVENT_HUB_CONSUMER_GROUP%",
  cardinality: "many",
  // Without a policy the host goes on behind a batch that failed, and its events are gone.
  retry: {
    strategy: "exponentialBackoff",
    maxRetryCount: -1,
    minimumInterval: { seconds: 5 },
    maximumInterval: { minutes: 5 },
  },
  handler: fromEventHub(kept(() => openRecordBlobs(setting("RECORDS_STORAGE"), setting("RECORDS_CONTAINER")))),
});

app.serviceBusQueue("fromQueue", {
  connection: "SERVICE_BUS",
  queueName: "%SERVICE_BUS_QUEUE%",
  handler: fromQueue(
    kept(() => openDoneTable({ connectionString: setting("RECORDS_STORAGE"), table: setting("DONE_TABLE") })),
    (event) => postRecord(setting("TARGET_URL"), event),
  ),
});
