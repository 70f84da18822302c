// Everything the connections of one Event Hubs emulator share.
import type { AmqpNamespace } from "../amqp/namespace.ts";
import type { Hub } from "./store.ts";

export interface Namespace extends AmqpNamespace {
  /** By lower-case name. */
  readonly hubs: Map<string, Hub>;
}
