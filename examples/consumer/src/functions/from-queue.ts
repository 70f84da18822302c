// Takes single messages from the Service Bus queue and delivers each once to a target that cannot tell repeats.
import type { InvocationContext, ServiceBusQueueHandler } from "@azure/functions";
import type { DoneTable } from "../done-table.ts";
import { receivedEvent, type EventProperties, type ReceivedEvent } from "../received-event.ts";

/** When it fails the queue hands the message over again, and sets it aside after so many tries. */
export function fromQueue(
  open: () => Promise<DoneTable>,
  deliver: (event: ReceivedEvent) => Promise<void>,
): ServiceBusQueueHandler {
  return async (message, context) => {
    const event = eventOf(message, context);
    const ended = await (await open()).once(event.eventId, () => deliver(event));
    context.log(`event ${event.eventId} ${ended}`);
  };
}

function eventOf(message: unknown, { triggerMetadata = {} }: InvocationContext): ReceivedEvent {
  // The host names them in either way, depending on its version.
  const properties = triggerMetadata["applicationProperties"] ?? triggerMetadata["userProperties"];
  return receivedEvent(message, isObject(properties) ? properties : {}, triggerMetadata["messageId"]);
}

function isObject(value: unknown): value is EventProperties {
  return typeof value === "object" && value !== null;
}
