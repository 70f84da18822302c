// Decides whether a client may open a link: claims first, then whether the entity exists, as the service does.
import { missingClaim } from "../amqp/claims.ts";
import { entityNotFound, type AmqpFault } from "../amqp/conditions.ts";
import type { Peer } from "../amqp/links.ts";
import type { Address } from "./address.ts";
import { partitionInvalid } from "./conditions.ts";
import type { Namespace } from "./namespace.ts";
import type { Hub, Partition } from "./store.ts";

export type HubAddress = Extract<Address, { kind: "hub" | "reader" }>;

export interface Admitted {
  readonly hub: Hub;
  readonly partition: Partition | undefined;
}

export function admit(address: HubAddress, peer: Peer, namespace: Namespace): Admitted | { readonly error: AmqpFault } {
  const role = address.kind === "hub" ? "send" : "receive";
  const unproven = missingClaim(role === "send" ? "Send" : "Listen", pathOfAddress(address), peer, namespace);
  if (unproven !== undefined) return { error: unproven };
  const fault = namespace.faults.onAttach({ ...address, role });
  if (fault !== undefined) return { error: fault };
  const hub = namespace.hubs.get(address.hub);
  if (hub === undefined) return { error: entityNotFound(address.hub) };
  if (address.kind === "reader" && !hub.consumerGroups.has(address.group)) {
    return { error: entityNotFound(`${hub.name}/ConsumerGroups/${address.group}`) };
  }
  const partition = hub.partitions.find(({ id }) => id === address.partition);
  if (address.partition !== undefined && partition === undefined) {
    return { error: partitionInvalid(hub.partitions.length) };
  }
  return { hub, partition };
}

export function pathOfAddress(address: HubAddress): string {
  if (address.kind === "reader") {
    return `${address.hub}/consumergroups/${address.group}/partitions/${address.partition}`;
  }
  return address.partition === undefined ? address.hub : `${address.hub}/partitions/${address.partition}`;
}
