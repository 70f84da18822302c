// What push beside polling needs to keep: how far a sink was read back for pushed events, and who sends which record.
import type { HubPositions } from "./ports.ts";
import type { Instant } from "./records.ts";

/** Part of the checkpoint. While it is there, records may be pushed to the route; without it none may. */
export interface Pushed {
  /** What a push brought up to here is in the ledger. */
  readonly positions: HubPositions;
  /** What is older was sent by polling, or may be at any time: nothing of it may be pushed. Never moves back. */
  readonly from: Instant;
  /** A reading back that takes several runs: where it ends, and when that was noted. All times are the claim store's. */
  readonly reading?: { readonly upTo: HubPositions; readonly at: Instant };
  /** Since when push is off: what is still on its way is read back before this is forgotten. */
  readonly offSince?: Instant;
}

/** Who sends a pushed record: one claim per event and route, so that repeats and parallel instances do no harm. */
export interface PushClaims {
  /**
   * Claims what nobody has claimed, for an owner that no other call has. Throws `STATE_UNAVAILABLE` and so on: what it may
   * have claimed then stays claimed, and is left to polling.
   */
  claim(route: string, names: readonly string[], owner: string): Promise<Claimed>;
  /** Gives back what this owner has claimed. To be called only for what was certainly not sent. */
  release(route: string, names: readonly string[], owner: string): Promise<void>;
  /** A moment of this call by the store's own clock: one clock for all hosts. */
  now(route: string): Promise<Instant>;
  /** Removes the claims made before then, by that clock. Resolves with how many those were. */
  expire(route: string, before: Instant): Promise<number>;
}

export interface Claimed {
  readonly names: ReadonlySet<string>;
  /** When, by the store's own clock; absent when nothing was claimed. */
  readonly at?: Instant;
}
