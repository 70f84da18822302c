// What the Service Bus emulator does with the links of its clients: claims first, then whether the entity exists.
import { missingClaim } from "../amqp/claims.ts";
import { entityNotFound } from "../amqp/conditions.ts";
import type { LinkService } from "../amqp/peers.ts";
import { openSendingLink } from "../amqp/senders.ts";
import { parseAddress } from "./address.ts";
import { answerRequest } from "./management.ts";
import { boxAt, type Namespace } from "./namespace.ts";
import { openReceivingLink } from "./receivers.ts";

export function entityLinks(namespace: Namespace): LinkService {
  return {
    receiverOpened(receiver, text, peer) {
      const address = parseAddress(text);
      if (address?.kind === "management") {
        return { answer: (request) => answerRequest(request, address.path, peer, namespace) };
      }
      if (address?.kind !== "entity") return { error: entityNotFound(text ?? "") };
      const error =
        missingClaim("Send", address.path, peer, namespace) ??
        namespace.faults.onAttach({ hub: address.path, role: "send" });
      if (error !== undefined) return { error };
      const entity = namespace.entities.get(address.path);
      if (entity === undefined) return { error: entityNotFound(address.path) };
      return { link: openSendingLink(receiver, entity.destination, peer, namespace) };
    },
    senderOpened(sender, text, peer) {
      const address = parseAddress(text);
      if (address?.kind === "management") return "replies";
      if (address === undefined) return { error: entityNotFound(text ?? "") };
      const hub = address.kind === "subscription" ? address.topic : address.path;
      const error =
        missingClaim("Listen", address.path, peer, namespace) ?? namespace.faults.onAttach({ hub, role: "receive" });
      if (error !== undefined) return { error };
      const box = boxAt(address.path, namespace);
      if (box === undefined) return { error: entityNotFound(address.path) };
      return openReceivingLink(sender, box, { hub, path: address.path, now: () => namespace.now() });
    },
  };
}
