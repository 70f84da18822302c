// `$management`: runtime information about hubs and partitions.
import rhea from "rhea";
import type { Message } from "rhea";
import { reply } from "../amqp/cbs.ts";
import { mayAskAbout } from "../amqp/claims.ts";
import { entityNotFound, unauthorized } from "../amqp/conditions.ts";
import type { Peer } from "../amqp/links.ts";
import { partitionInvalid } from "./conditions.ts";
import type { Namespace } from "./namespace.ts";
import type { Hub, Partition } from "./store.ts";

/** The reply to a READ request. Value types are those of the service. */
export function readRuntimeInformation(request: Message, peer: Peer, namespace: Namespace): Message {
  const properties: Record<string, unknown> = request["application_properties"] ?? {};
  const name = String(properties["name"]).toLowerCase();
  if (properties["operation"] !== "READ") return reply(request, 501, "unknown operation");
  if (!mayAskAbout(name, peer, namespace.tokens.now())) {
    const { condition, description } = unauthorized("Listen", name);
    return reply(request, 401, description, { condition });
  }
  const hub = namespace.hubs.get(name);
  if (hub === undefined) {
    const { condition, description } = entityNotFound(name);
    return reply(request, 404, description, { condition });
  }
  if (properties["type"] === "com.microsoft:eventhub") return reply(request, 200, "OK", { body: hubInformation(hub) });
  const partition = hub.partitions.find(({ id }) => id === properties["partition"]);
  if (partition === undefined) {
    const { condition, description } = partitionInvalid(hub.partitions.length);
    return reply(request, 400, description, { condition });
  }
  return reply(request, 200, "OK", { body: partitionInformation(hub, partition) });
}

const { types } = rhea;

function hubInformation(hub: Hub): Record<string, unknown> {
  const ids = hub.partitions.map(({ id }) => id);
  return {
    name: hub.name,
    type: "com.microsoft:eventhub",
    created_at: types.wrap_timestamp(hub.createdAt),
    partition_count: types.wrap_int(ids.length),
    partition_ids: types.wrap_array(ids, 0xa1, undefined),
    georeplication_factor: types.wrap_int(1),
  };
}

function partitionInformation(hub: Hub, partition: Partition): Record<string, unknown> {
  const last = partition.log.at(-1);
  const first = hub.firstSequence(partition);
  return {
    name: hub.name,
    type: "com.microsoft:partition",
    partition: partition.id,
    begin_sequence_number: types.wrap_long(first),
    last_enqueued_sequence_number: types.wrap_long(last?.sequenceNumber ?? -1),
    last_enqueued_offset: String(last?.offset ?? -1),
    last_enqueued_time_utc: types.wrap_timestamp(last?.enqueuedAt ?? 0),
    is_partition_empty: first >= partition.log.length,
  };
}
