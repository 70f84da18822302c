// What the Event Hubs emulator does with the links of its clients.
import { entityNotFound } from "../amqp/conditions.ts";
import type { Peer } from "../amqp/links.ts";
import type { LinkService } from "../amqp/peers.ts";
import { openSendingLink, type Destination } from "../amqp/senders.ts";
import { parseAddress } from "./address.ts";
import { admit, pathOfAddress, type Admitted, type HubAddress } from "./admission.ts";
import { readRuntimeInformation } from "./management.ts";
import type { Namespace } from "./namespace.ts";
import { openReader } from "./readers.ts";

export function hubLinks(namespace: Namespace): LinkService {
  return {
    receiverOpened(receiver, text, peer: Peer) {
      const address = parseAddress(text);
      if (address?.kind === "management") {
        return { answer: (request) => readRuntimeInformation(request, peer, namespace) };
      }
      if (address?.kind !== "hub") return { error: entityNotFound(text ?? "") };
      const admitted = admit(address, peer, namespace);
      if ("error" in admitted) return admitted;
      return { link: openSendingLink(receiver, destinationOf(address, admitted), peer, namespace) };
    },
    senderOpened(sender, text, peer: Peer) {
      const address = parseAddress(text);
      if (address?.kind === "management") return "replies";
      if (address?.kind !== "reader") return { error: entityNotFound(text ?? "") };
      const admitted = admit(address, peer, namespace);
      if ("error" in admitted) return admitted;
      return openReader(sender, address, admitted, namespace);
    },
  };
}

function destinationOf(address: HubAddress, { hub, partition }: Admitted): Destination {
  return {
    hub: address.hub,
    partition: address.partition,
    path: pathOfAddress(address),
    stats: hub.stats,
    place({ messages, partitionKey }, bytes) {
      const chosen = partition ?? hub.choosePartition(partitionKey);
      return { partition: chosen.id, store: () => hub.append(chosen, messages, bytes) };
    },
  };
}
