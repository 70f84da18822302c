// Everything the connections of one emulator share.
import type { FaultBook } from "./faults.ts";
import type { OpenLink, Peer } from "./links.ts";
import type { TokenRules } from "./sas.ts";
import type { Hub } from "./store.ts";

export interface Namespace {
  /** By lower-case name. */
  readonly hubs: Map<string, Hub>;
  readonly tokens: TokenRules;
  readonly faults: FaultBook;
  readonly peers: Set<Peer>;
  readonly links: Set<OpenLink>;
  readonly maxMessageBytes: number;
  now(): number;
}
