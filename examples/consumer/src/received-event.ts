// One event of the bridge as a trigger hands it over: its id, what it is about, and the record's own bytes.
import { createHash } from "node:crypto";

export interface ReceivedEvent {
  /** The same whenever the bridge sends the same version of the same record: what repeats are told by. */
  readonly eventId: string;
  readonly recType: string;
  /** The record, as JSON text. */
  readonly body: string;
}

/** What a trigger tells beside the body: the properties that the bridge sets on every event. */
export type EventProperties = Readonly<Record<string, unknown>>;

/** Somebody else has sent it. */
export class ForeignEvent extends Error {}

/**
 * The message id where the trigger hands it over, else the same id worked out from the properties. Throws
 * `ForeignEvent` for what is not the bridge's.
 *
 * @param body as the host gives it: it parses JSON before the function sees it.
 */
export function receivedEvent(body: unknown, properties: EventProperties, messageId: unknown): ReceivedEvent {
  const { recType, recordKey, version } = properties;
  if (typeof recType !== "string" || typeof recordKey !== "string" || typeof version !== "string") {
    throw new ForeignEvent("This event does not come from the bridge: it lacks recType, recordKey or version.");
  }
  const eventId = typeof messageId === "string" ? messageId : eventIdOf(recType, recordKey, version);
  return { eventId, recType, body: typeof body === "string" ? body : JSON.stringify(body) };
}

/** As the bridge does it: 16 digits for the record, 16 for its version. Each field counts with its length. */
export function eventIdOf(recType: string, recordKey: string, version: string): string {
  return hashOf([recType, recordKey]).slice(0, 16) + hashOf([recType, recordKey, version]).slice(0, 16);
}

function hashOf(fields: readonly string[]): string {
  const text = fields.map((field) => `${field.length}:${field}`).join("");
  return createHash("sha256").update(text).digest("hex");
}
