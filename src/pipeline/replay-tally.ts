// What one replay of one route has to tell in the end.
import type { BridgeError } from "../errors.ts";

/** Letters. `found` always equals the sum of the five after it. */
export interface ReplayFacts {
  readonly route: string;
  readonly found: number;
  /** Sent and confirmed now. */
  readonly delivered: number;
  /** An earlier replay had sent them and died; they were found in the sink. */
  readonly alreadyDelivered: number;
  /** By the sink, once more; kept with the new reason. */
  readonly refused: number;
  /** No event can be made of them; kept as they are. */
  readonly unsendable: number;
  /** Not tried, or with an unknown outcome: for the next replay. */
  readonly left: number;
  /** The first of those that were refused or cannot be sent. */
  readonly kept: readonly { readonly eventId: string; readonly reason: string }[];
  readonly warnings: readonly BridgeError[];
}

export interface ReplayTally {
  readonly warnings: BridgeError[];
  noteFound(letters: number): void;
  noteDelivered(): void;
  noteAlreadyDelivered(): void;
  noteRefused(eventId: string, reason: string): void;
  noteUnsendable(eventId: string, reason: string): void;
  facts(): ReplayFacts;
}

export function openReplayTally(route: string): ReplayTally {
  const counts = { found: 0, delivered: 0, alreadyDelivered: 0, refused: 0, unsendable: 0 };
  const kept: { eventId: string; reason: string }[] = [];
  const warnings: BridgeError[] = [];
  const keep = (eventId: string, reason: string): void => {
    if (kept.length < MOST_KEPT) kept.push({ eventId, reason });
  };
  return {
    warnings,
    noteFound(letters) {
      counts.found = letters;
    },
    noteDelivered() {
      counts.delivered += 1;
    },
    noteAlreadyDelivered() {
      counts.alreadyDelivered += 1;
    },
    noteRefused(eventId, reason) {
      counts.refused += 1;
      keep(eventId, reason);
    },
    noteUnsendable(eventId, reason) {
      counts.unsendable += 1;
      keep(eventId, reason);
    },
    facts() {
      const { found, delivered, alreadyDelivered, refused, unsendable } = counts;
      const left = found - delivered - alreadyDelivered - refused - unsendable;
      return { route, ...counts, left, kept: [...kept], warnings: eachOnce(warnings) };
    },
  };
}

const MOST_KEPT = 20;

/** The same right is missed with every load. */
function eachOnce(warnings: readonly BridgeError[]): readonly BridgeError[] {
  return [...new Map(warnings.map((warning) => [`${warning.code} ${warning.message}`, warning])).values()];
}
