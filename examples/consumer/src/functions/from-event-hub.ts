// Takes batches from the event hub and stores each record under its event id.
import type { EventHubHandler, InvocationContext } from "@azure/functions";
import { ForeignEvent, receivedEvent, type EventProperties, type ReceivedEvent } from "../received-event.ts";
import type { RecordBlobs } from "../record-blobs.ts";

/**
 * One after the other, as a batch comes from one partition in its order. When one fails, the batch fails: the retry policy
 * hands it over again, and what was stored already is skipped. What is not the bridge's is left out, as it would fail for ever.
 */
export function fromEventHub(open: () => Promise<RecordBlobs>): EventHubHandler {
  return async (messages, context) => {
    const blobs = await open();
    const events = eventsOf(messages, context);
    let repeats = 0;
    for (const event of events) if ((await blobs.store(event)) === "already there") repeats += 1;
    context.log(`${events.length} events, ${repeats} of them repeats`);
  };
}

/** The host gives metadata of a batch as arrays beside the messages. */
function eventsOf(messages: unknown, context: InvocationContext): readonly ReceivedEvent[] {
  if (!Array.isArray(messages)) throw new Error("This function takes batches: set cardinality to many.");
  const { triggerMetadata = {} } = context;
  const properties = listOf(triggerMetadata["propertiesArray"]);
  const system = listOf(triggerMetadata["systemPropertiesArray"]);
  return messages.flatMap((body: unknown, index) => {
    try {
      return [receivedEvent(body, objectOf(properties[index]), objectOf(system[index])["message-id"])];
    } catch (error) {
      if (!(error instanceof ForeignEvent)) throw error;
      context.error(error.message);
      return [];
    }
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: unknown): EventProperties {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
