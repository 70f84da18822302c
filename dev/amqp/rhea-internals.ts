// The few things that rhea can do but its type declarations do not tell. Each is checked by a test that uses it.
import type { Duplex } from "node:stream";
import rhea from "rhea";
import type { Connection, Delivery, Receiver, Sender, Typed } from "rhea";
import type { AmqpFault } from "./conditions.ts";

/** Lets rhea speak on a socket that was accepted elsewhere. */
export function acceptSocket(connection: Connection, socket: Duplex): void {
  connection["accept"](socket);
}

/** Sets `max-message-size` of the answer to an attach. Works inside `receiver_open` only: the answer goes out after it. */
export function announceMessageLimit(receiver: Receiver, bytes: number): void {
  const local: { attach: { max_message_size: number } } = Reflect.get(receiver, "local");
  local.attach.max_message_size = bytes;
}

/** How many more messages may be sent right now: credit and session buffer, less what is queued and not yet written. */
export function roomToSend(sender: Sender): number {
  const credit: number = Reflect.get(sender, "credit");
  const outgoing: { available(): number; next_delivery_id: number; next_pending_delivery: number } = Reflect.get(
    sender.session,
    "outgoing",
  );
  return Math.min(credit - (outgoing.next_delivery_id - outgoing.next_pending_delivery), outgoing.available());
}

/** Sets the properties of the answer to an attach. Works inside `sender_open` only. */
export function announceProperties(sender: Sender, properties: Readonly<Record<string, unknown>>): void {
  const local: { attach: { properties: unknown } } = Reflect.get(sender, "local");
  local.attach.properties = properties;
}

/** Settles what a client has received and judged: with its own outcome, or with an error. */
export function settleDelivery(delivery: Delivery, error?: AmqpFault): void {
  const make: (fields?: object) => { described(): Typed } = Reflect.get(
    rhea.message,
    error === undefined ? "accepted" : "rejected",
  );
  if (error === undefined) delivery.update(true, make().described());
  else answerApart(() => delivery.update(true, make({ error }).described()));
}

/**
 * Gives an answer other than "accepted" in a turn of its own: rhea 3.0.5 writes the outcomes of one turn together, and
 * may give a refused transfer the outcome of an accepted one just before it.
 */
export function answerApart(answer: () => void): void {
  setImmediate(answer);
}
