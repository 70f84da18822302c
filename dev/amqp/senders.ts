// Links on which clients send.
import rhea from "rhea";
import type { Delivery, Receiver } from "rhea";
import { missingClaim } from "./claims.ts";
import { messageTooLarge, serverBusy, unreadableMessage } from "./conditions.ts";
import type { AmqpFault } from "./conditions.ts";
import type { TransferEffect } from "./fault-types.ts";
import type { OpenLink, Peer } from "./links.ts";
import type { AmqpNamespace } from "./namespace.ts";
import { announceMessageLimit, answerApart } from "./rhea-internals.ts";
import { batchFormat, readTransfer, type Transfer } from "./transfers.ts";
import type { UnansweredTransfer } from "./unanswered.ts";

/** The hub, queue or topic at the other end of a link. */
export interface Destination {
  /** Lower case. */
  readonly hub: string;
  readonly partition: string | undefined;
  /** What a claim must cover. */
  readonly path: string;
  readonly stats: SendStats;
  /** Decides where a transfer goes, or why the service refuses it. */
  place(transfer: Transfer, bytes: number): { readonly partition: string; store(): void } | AmqpFault;
}

export interface SendStats {
  /** Messages received from clients, answered or not. */
  transfers: number;
  /** Of those, the ones that came as a batch. */
  batches: number;
  /** Transfers answered with an error. */
  rejected: number;
  /** Sending links opened. */
  senders: number;
}

/** Answers the attach of a client that may send here, and from then on takes what it sends. */
export function openSendingLink(
  receiver: Receiver,
  address: Destination,
  peer: Peer,
  namespace: AmqpNamespace,
): OpenLink {
  const { faults } = namespace;
  const { path, stats } = address;
  const limit = faults.messageLimit(address.hub);
  announceMessageLimit(receiver, limit?.announced === true ? limit.bytes : namespace.maxMessageBytes);
  receiver.set_source({ address: receiver.source.address });
  receiver.set_target({ address: receiver.target.address });
  stats.senders++;

  let closed = false;
  let left = false;
  receiver.on("receiver_close", () => (left = true));
  const link: OpenLink = {
    hub: address.hub,
    partition: address.partition,
    role: "send",
    close(error) {
      if (closed) return false;
      closed = true;
      receiver.close(error);
      return true;
    },
  };
  receiver.on("message", ({ message, delivery }) => {
    if (closed || delivery === undefined || message === undefined) return;
    stats.transfers++;
    const unproven = missingClaim("Send", path, peer, namespace);
    if (unproven !== undefined) link.close(unproven);
    // rhea decodes plain messages itself, and hands on a batch as it came.
    else take(delivery, Buffer.isBuffer(message) ? message : rhea.message.encode(message));
  });
  return link;

  function take(delivery: Delivery, bytes: Buffer): void {
    const single = faults.messageLimit(address.hub)?.bytes ?? namespace.maxMessageBytes;
    const maxBytes = delivery.format === batchFormat ? Math.min(single, namespace.maxBatchBytes ?? single) : single;
    if (bytes.length > maxBytes) return refuse(delivery, messageTooLarge(bytes.length, maxBytes));
    const transfer = readTransfer(bytes, delivery.format);
    if (typeof transfer === "string") return refuse(delivery, unreadableMessage(transfer));
    if (delivery.format === batchFormat) stats.batches++;

    const placed = address.place(transfer, bytes.length);
    if ("condition" in placed) return refuse(delivery, placed);
    const store = () => placed.store();
    const effect = faults.onTransfer({ hub: address.hub, partition: placed.partition });
    if (effect !== undefined) return strike(effect, delivery, store, transfer.messages.length);
    if (faults.throttled(transfer.messages.length, bytes.length)) {
      faults.counts.transfersThrottled++;
      return refuse(delivery, serverBusy());
    }
    store();
    delivery.accept();
  }

  function refuse(delivery: Delivery, error: AmqpFault): void {
    stats.rejected++;
    answerApart(() => delivery.reject(error));
  }

  function strike(effect: TransferEffect, delivery: Delivery, store: () => void, events: number): void {
    const { counts } = faults;
    const storeUntold = () => {
      store();
      counts.transfersStoredUnacknowledged++;
      counts.eventsStoredUnacknowledged += events;
    };
    switch (effect.kind) {
      case "reject":
        counts.transfersRefused++;
        return refuse(delivery, effect.error);
      case "released":
        counts.transfersRefused++;
        return answerApart(() => delivery.release());
      case "modified":
        counts.transfersRefused++;
        return answerApart(() => delivery.modified({ delivery_failed: true }));
      case "silence":
      case "drop":
      case "detach":
        if (effect.stored) storeUntold();
        else counts.transfersLost++;
        if (effect.kind === "drop") drop();
        if (effect.kind === "detach") {
          counts.linksDetached++;
          link.close(effect.error);
        }
        return;
      case "answer-late": {
        store();
        const waiting = begin(events, true);
        effect.delay(() => {
          faults.unanswered.end(waiting);
          if (!isOpen()) {
            counts.transfersStoredUnacknowledged++;
            counts.eventsStoredUnacknowledged += events;
          } else delivery.accept();
        });
        return;
      }
      case "hold": {
        const waiting = begin(events, false);
        effect.hold(() => {
          faults.unanswered.end(waiting);
          counts.transfersCommittedLate++;
          if (!isOpen()) return storeUntold();
          store();
          delivery.accept();
        });
        if (effect.drop) drop();
        return;
      }
    }
  }

  function isOpen(): boolean {
    return !peer.gone && !closed && !left;
  }

  function begin(events: number, stored: boolean): UnansweredTransfer {
    return faults.unanswered.begin({ hub: address.hub, events, stored, isOpen });
  }

  function drop(): void {
    faults.counts.connectionsDropped++;
    peer.drop();
  }
}
