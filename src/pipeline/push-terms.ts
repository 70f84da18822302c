// The times that keep push and polling apart: what may be pushed is never what polling may send meanwhile.
import type { Checkpoint } from "./ports.ts";
import type { PushClaims } from "./push-ports.ts";
import type { Instant } from "./records.ts";

const MINUTE_MS = 60_000;

/**
 * Pushed records are younger than this when their last byte can arrive; polling sends nothing that is younger than
 * `PUSH_SETTLE_MS` when its run began. Both go by one clock, that of the store which holds the claims, so that the hosts'
 * own clocks do not matter. What lies between the two is for a host that stands still in the very moment of a send.
 */
export const PUSH_AGE_MS = 10 * MINUTE_MS;
export const PUSH_SETTLE_MS = 15 * MINUTE_MS;
export const PUSH_GAP_MS = PUSH_SETTLE_MS - PUSH_AGE_MS;

/** Records from further in the future are left to polling: they could still be pushed when their claims are forgotten. */
export const PUSH_AHEAD_MS = 2 * MINUTE_MS;

/** A claim is needed for as long as its record may be pushed, `PUSH_AGE_MS` and `PUSH_AHEAD_MS`; the rest is margin. */
export const CLAIM_LIFE_MS = 60 * MINUTE_MS;

/** What push asks of one run of polling. */
export interface PushPlan {
  /** False while what was pushed before it was switched off is still read back. */
  readonly isOn: boolean;
  /** When the run began. */
  readonly now: Instant;
  /** The same, or when an earlier one noted where the reading back ends that this one goes on with. */
  readonly readAt: Instant;
  /** Polling sends nothing that is younger. */
  readonly end: Instant;
  readonly settleDelayMs: number;
  /** Forgets old claims. */
  expire(): Promise<void>;
}

/** `undefined` for a route that nothing was pushed to and nothing is: it runs as if there were no push. */
export async function pushPlan(
  { name, push, timing }: { name: string; push?: boolean; timing: { readonly settleDelayMs: number } },
  { pushed }: Pick<Checkpoint, "pushed">,
  began: Instant,
  claims: PushClaims | undefined,
): Promise<PushPlan | undefined> {
  if (push !== true && pushed === undefined) return undefined;
  if (claims === undefined) throw new Error(`route ${name} has push, and no claims to go with it`);
  const now = await claims.now(name);
  const readAt = pushed?.reading?.at ?? now;
  const settleDelayMs = Math.max(timing.settleDelayMs, PUSH_SETTLE_MS);
  return {
    isOn: push === true,
    now,
    readAt,
    end: Math.min(began, readAt) - settleDelayMs,
    settleDelayMs,
    expire: async () => void (await claims.expire(name, now - CLAIM_LIFE_MS)),
  };
}
