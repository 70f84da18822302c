// What is open right now: connections of clients and their links to hubs.
import type { AmqpFault } from "./conditions.ts";
import type { Claim } from "./sas.ts";

/** A client's connection. */
export interface Peer {
  /** By audience: a renewed token replaces the one before it. */
  readonly claims: Map<string, Claim>;
  readonly gone: boolean;
  /** Closes the connection with an error, in an orderly way. */
  close(error: AmqpFault): void;
  /** Kills the socket. */
  drop(): void;
}

/** A client's link to a hub. */
export interface OpenLink {
  /** Lower case. */
  readonly hub: string;
  readonly partition: string | undefined;
  readonly role: "send" | "receive";
  /** Detaches it with an error; false when it is detached already. */
  close(error: AmqpFault): boolean;
}
