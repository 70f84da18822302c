// Everything the connections of one emulator share, whatever the service.
import type { FaultBook } from "./faults.ts";
import type { OpenLink, Peer } from "./links.ts";
import type { TokenRules } from "./sas.ts";

export interface AmqpNamespace {
  /** Of the container, and of the warnings of the process. */
  readonly name: string;
  readonly tokens: TokenRules;
  readonly faults: FaultBook;
  readonly peers: Set<Peer>;
  readonly links: Set<OpenLink>;
  readonly maxMessageBytes: number;
  /** Where a batch may be smaller than a single message. */
  readonly maxBatchBytes?: number;
  now(): number;
  /** The hub, queue or topic that an audience belongs to, in lower case: where faults strike. */
  placeOf(audience: string): { readonly hub: string; readonly partition?: string };
}
