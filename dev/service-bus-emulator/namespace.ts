// Everything the connections of one Service Bus emulator share.
import type { AmqpNamespace } from "../amqp/namespace.ts";
import type { Box } from "./box.ts";
import type { Entity } from "./entities.ts";

export interface Namespace extends AmqpNamespace {
  /** Queues and topics by lower-case name. */
  readonly entities: Map<string, Entity>;
}

/** A queue, or a subscription of a topic. */
export function boxAt(path: string, { entities }: Namespace): Box | undefined {
  for (const entity of entities.values()) {
    const box = entity.boxes.get(path);
    if (box !== undefined) return box;
  }
  return undefined;
}
