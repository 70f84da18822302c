// The words in which a test asks for faults, and the counts it can check afterwards.
import type { AmqpFault } from "./conditions.ts";
import type { Fault, FaultScope } from "./fault-rules.ts";
import type { UnansweredCount } from "./unanswered.ts";

/** What happens to a transfer instead of being stored and accepted. */
export type TransferEffect =
  | { readonly kind: "reject"; readonly error: AmqpFault }
  | { readonly kind: "released" | "modified" }
  /** No answer ever; the connection stays up. */
  | { readonly kind: "silence"; readonly stored: boolean }
  /** The socket dies instead of an answer. */
  | { readonly kind: "drop"; readonly stored: boolean }
  | { readonly kind: "detach"; readonly stored: boolean; readonly error: AmqpFault }
  /** Stored at once, and answered only when `delay` calls the function it was given. */
  | { readonly kind: "answer-late"; delay(answer: () => void): void }
  /** Stored only when `hold` calls the function it was given. */
  | { readonly kind: "hold"; readonly drop: boolean; hold(commit: () => void): void };

export interface HeldTransfers extends Fault {
  /** Transfers received and not yet committed. */
  readonly held: number;
  /** Commits what is held, in the order it came, and says how many transfers that were. */
  release(): number;
}

export interface FaultCounts {
  /** Stored, but the client was never told: what becomes a duplicate when it sends again. */
  transfersStoredUnacknowledged: number;
  eventsStoredUnacknowledged: number;
  /** Neither stored nor answered with an outcome. */
  transfersLost: number;
  transfersRefused: number;
  transfersThrottled: number;
  /** Held by `commitLate` and stored after all. */
  transfersCommittedLate: number;
  linksDetached: number;
  connectionsClosed: number;
  connectionsDropped: number;
  attachesRefused: number;
  tokensRefused: number;
  silentPeers: number;
}

/** Where `detachLinks` strikes. */
export interface LinkScope {
  readonly hub?: string;
  readonly partition?: string;
  readonly role?: "send" | "receive";
}

export interface Faults {
  /** Every send answered with `com.microsoft:server-busy`. */
  serverBusy(scope?: FaultScope): Fault;
  reject(condition: string, scope?: FaultScope & { readonly description?: string }): Fault;
  outcome(kind: "released" | "modified", scope?: FaultScope): Fault;
  /** Stores the transfer and drops the socket before the answer: the maker of duplicates. */
  loseAcknowledgement(scope?: FaultScope): Fault;
  dropBeforeStoring(scope?: FaultScope): Fault;
  neverAnswer(scope: FaultScope & { readonly stored: boolean }): Fault;
  /**
   * Keeps a transfer without answering, and stores it when `until` resolves, else on `release()`: by then the client
   * may be long dead. `drop` also drops its socket at once. A client that is still there gets its answer then.
   */
  commitLate(scope?: FaultScope & { readonly drop?: boolean; readonly until?: () => Promise<void> }): HeldTransfers;
  /** Stores a transfer at once, and answers when `until` resolves; a client that is gone by then is never told. */
  answerLate(scope: FaultScope & { readonly until: () => Promise<void> }): Fault;
  /** Detaches the link on a transfer; with `after: N`, once N transfers were answered. */
  detachOnTransfer(scope?: FaultScope & { readonly stored?: boolean; readonly condition?: string }): Fault;
  refuseAttach(
    scope?: FaultScope & {
      readonly role?: "send" | "receive";
      readonly condition?: string;
      readonly description?: string;
    },
  ): Fault;
  /** Put-token answered with 401. */
  refuseTokens(scope?: FaultScope): Fault;
  /** Sockets are accepted and nothing is ever said on them. */
  silentPeer(scope?: Pick<FaultScope, "times" | "after">): Fault;
  /** A smaller limit: told to new links, unless `announce` is false; enforced on all. */
  limitMessageBytes(limit: { readonly bytes: number; readonly hub?: string; readonly announce?: boolean }): Fault;
  /** Over all hubs together: 1 MB or 1000 events per second and unit, whichever comes first. */
  throttle(units: number): Fault;
  /** Each returns how many it struck. */
  detachLinks(scope?: LinkScope & { readonly condition?: string }): number;
  closeConnections(condition?: string, description?: string): number;
  dropConnections(): number;
  /** What an hour of silence does: links detached, then connections closed. */
  closeIdle(): number;
  readonly counts: Readonly<FaultCounts>;
  /** What clients that are still there have sent to a hub and not been told about, at this moment. */
  unanswered(hub: string): UnansweredCount;
  /** Ends all faults; counts stay. */
  clear(): void;
}
