// What replay and retention need of the dead letters: rows and bodies, wherever they are kept.
import type { DeadLetterEntry, HubPositions, Sending } from "./ports.ts";
import type { Instant } from "./records.ts";

/** The dead letters of a state table and a blob container together. */
export interface DeadLetterReplayStore {
  /** In the order of event ids; a route without any has none. Throws `STATE_UNREADABLE` at a malformed row. */
  listDeadLetters(route: string): AsyncIterable<DeadLetterSight>;
  /**
   * Claims a letter as it was seen. `undefined` when somebody changed or removed its row since: of two replays that saw
   * the same one, at most one gets it. A claim lasts until the letter is removed; `claimedBy` shows one that a replay left
   * behind, and claiming that takes it over: whether it is dead is the caller's judgement. `sending` stays with the
   * claim: where the hub ended before the letter was sent, and where a reading back of it is to end.
   */
  claimDeadLetter(
    route: string,
    seen: DeadLetterSight,
    claimant: string,
    sending?: Sending,
  ): Promise<DeadLetterSight | undefined>;
  /**
   * Gives a claim back: the letter was not sent. With a reason, that takes the place of the one noted. `undefined` when
   * somebody changed or removed its row since the claim.
   */
  releaseDeadLetter(route: string, claimed: DeadLetterSight, reason?: string): Promise<DeadLetterSight | undefined>;
  /** The body as it was put, `undefined` when there is none. Throws `DEAD_LETTER_FAILED`. */
  readDeadLetter(route: string, eventId: string): Promise<Uint8Array | undefined>;
  /** Removes row and body, whoever claimed it: the event has been delivered. What is gone already is as good. */
  removeDeadLetter(route: string, eventId: string): Promise<void>;
  /**
   * Removes letters noted before `before`, claimed ones too, and bodies from before then that no row names. One list call
   * when no body is so old. Bounded removals: `more` says that there is more to remove in another call.
   */
  expireDeadLetters(route: string, before: Instant): Promise<{ readonly removed: number; readonly more: boolean }>;
}

export interface DeadLetterSight {
  readonly entry: DeadLetterEntry;
  /** The replay that works on it, or did when it ended without finishing. */
  readonly claimedBy?: string;
  /** Where the hub ended when it was claimed: behind that, and nowhere else, the claimant's event may be. */
  readonly positions?: HubPositions;
  /** Where a reading back that takes several replays ends; absent until one was not done in time. */
  readonly upTo?: HubPositions;
  /** Opaque; changes with every write of the row. */
  readonly mark: string;
}
