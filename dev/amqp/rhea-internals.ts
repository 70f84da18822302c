// The few things that rhea can do but its type declarations do not tell. Each is checked by a test that uses it.
import type { Duplex } from "node:stream";
import type { Connection, Receiver, Sender } from "rhea";

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
