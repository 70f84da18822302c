// The right of one run to work on one route. Each process judges by its own monotonic clock; wall clocks are never compared.
import { BridgeError } from "../errors.ts";
import type { HeldLease, LeaseSight, LeaseStore } from "./ports.ts";

/** Milliseconds. */
export interface LeaseTerms {
  /** A row that nobody has changed for so long belongs to a run that is dead. */
  readonly termMs: number;
  /** How often the owner shows that it lives. */
  readonly renewEveryMs: number;
  /** How often one who waits looks at the row. */
  readonly lookEveryMs: number;
  /** A send may take so long: the owner starts none with less of its term left. */
  readonly sendMs: number;
}

/** Renewed early enough to fail twice; looked at often enough to notice the end of the term soon. */
export function leaseTerms(termMs: number, sendTimeoutMs: number): LeaseTerms {
  return { termMs, renewEveryMs: termMs / 5, lookEveryMs: Math.min(5_000, termMs / 10), sendMs: sendTimeoutMs * 1.5 };
}

export interface LeaseClock {
  /** Milliseconds; never steps, and goes on while the process is paused. */
  monotonicNow(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface LeaseKeeper {
  /** Aborts when too little of the term is left to start a send, or when the lease is lost. */
  readonly mayStillSend: AbortSignal;
  /** By the clock, at this very moment: false when it is not certain that the lease is still ours long enough for a send. */
  maySendNow(): boolean;
  /** Throws `LEASE_LOST` when it is not certain that the lease is still ours long enough for a send. */
  assertHeld(): void;
  /** Runs a save that asserts and renews the lease; saves and renewals never overlap. */
  save<Result extends { readonly lease?: HeldLease }>(work: (lease: HeldLease) => Promise<Result>): Promise<Result>;
  /** Ends the renewals and frees the route for the next run. */
  release(): Promise<void>;
}

export type Acquired =
  | {
      readonly kind: "held";
      readonly keeper: LeaseKeeper;
      /** Its owner was dead: sends of it may still arrive. */ readonly takenOver: boolean;
      /** Nothing was saved for the route since it was seen. */ readonly sinceSeen: boolean;
    }
  /** Another run lives and works on the route. */
  | { readonly kind: "elsewhere"; readonly owner: string };

export interface LeaseRequest {
  readonly route: string;
  readonly owner: string;
  readonly store: LeaseStore;
  readonly clock: LeaseClock;
  readonly terms: LeaseTerms;
  /** What an earlier look found. */
  readonly seen: LeaseSight;
  readonly signal: AbortSignal;
}

/**
 * Takes the lease. One that another run holds is watched: when its mark changes, that run lives and this one steps
 * aside; when it stays unchanged for a full term, its owner is dead and the lease is taken over. Throws `OUT_OF_TIME`
 * when the signal aborts first.
 */
export async function acquireLease(request: LeaseRequest): Promise<Acquired> {
  const { route, store, clock, terms, owner } = request;
  let { seen } = request;
  const watchedSince = clock.monotonicNow();
  for (let looks = 0; ; looks += 1) {
    const watchedMs = clock.monotonicNow() - watchedSince;
    if (seen.free || watchedMs >= terms.termMs) {
      const takenAt = clock.monotonicNow();
      const lease = await store.take(route, seen, owner);
      if (lease === undefined) return { kind: "elsewhere", owner: seen.owner ?? "another run" };
      return {
        kind: "held",
        keeper: keepLease(request, lease, takenAt),
        takenOver: !seen.free,
        sinceSeen: looks === 0,
      };
    }
    await waitOrGiveUp(Math.min(terms.lookEveryMs, terms.termMs - watchedMs), request);
    const now = await store.look(route);
    if (now.mark !== seen.mark) {
      if (!now.free) return { kind: "elsewhere", owner: now.owner ?? "another run" };
      seen = now;
    }
  }
}

async function waitOrGiveUp(ms: number, { route, clock, signal }: LeaseRequest): Promise<void> {
  try {
    await clock.wait(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new BridgeError(
      "OUT_OF_TIME",
      `Route ${route}: the run ended while it waited for a lease that its owner left`,
      {
        fix: "The next run goes on from here.",
      },
    );
  }
}

/** `heldSince` is the moment before the row was written: the term begins then at the latest. */
function keepLease(request: LeaseRequest, taken: HeldLease, heldSince: number): LeaseKeeper {
  const { route, store, clock, terms } = request;
  const mayStillSend = new AbortController();
  const released = new AbortController();
  const ended = AbortSignal.any([released.signal, mayStillSend.signal]);
  let lease = taken;
  let renewedAt = heldSince;
  let turn: Promise<unknown> = Promise.resolve();

  const leftMs = (): number => terms.termMs - (clock.monotonicNow() - renewedAt);

  /** One after the other: a save and a renewal at once would take each other's row away. */
  function exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function change<Result extends { readonly lease?: HeldLease }>(
    work: (lease: HeldLease) => Promise<Result>,
  ): Promise<Result> {
    return exclusively(async () => {
      const began = clock.monotonicNow();
      try {
        const result = await work(lease);
        if (result.lease !== undefined) {
          ({ lease } = result);
          renewedAt = began;
        }
        return result;
      } catch (error) {
        if (error instanceof BridgeError && error.code === "LEASE_LOST") mayStillSend.abort();
        throw error;
      }
    });
  }

  /** Waits, unless the lease is released or lost meanwhile. */
  async function pause(ms: number): Promise<void> {
    try {
      await clock.wait(Math.max(0, ms), ended);
    } catch (error) {
      if (!ended.aborted) throw error;
    }
  }

  async function renewals(): Promise<void> {
    while (!ended.aborted && leftMs() > terms.sendMs) {
      const dueMs = leftMs() - (terms.termMs - terms.renewEveryMs);
      if (dueMs <= 0) await renewOnce();
      else await pause(dueMs);
    }
  }

  /** Apart from the renewals: one of them that hangs must not keep the sends going. */
  async function watch(): Promise<void> {
    while (!ended.aborted) {
      const usableMs = leftMs() - terms.sendMs;
      if (usableMs <= 0) mayStillSend.abort();
      else await pause(usableMs);
    }
  }

  async function renewOnce(): Promise<void> {
    try {
      await change(async (held) => ({ lease: await store.renew(route, held) }));
    } catch (error) {
      // Storage that is down for a moment is tried again, until too little of the term is left.
      if (!(error instanceof BridgeError)) throw error;
      await pause(RENEW_AGAIN_MS);
    }
  }

  const renewing = Promise.all([renewals(), watch()]);
  // A bug in there must fail the run: it surfaces when the lease is released.
  renewing.catch(() => mayStillSend.abort());

  const maySendNow = (): boolean => !mayStillSend.signal.aborted && leftMs() > terms.sendMs;

  return {
    mayStillSend: mayStillSend.signal,
    maySendNow,
    assertHeld() {
      if (!maySendNow()) throw lost(route);
    },
    save: change,
    async release() {
      released.abort();
      await renewing;
      await exclusively(() => store.release(route, lease));
    },
  };
}

const RENEW_AGAIN_MS = 2_000;

function lost(route: string): BridgeError {
  return new BridgeError("LEASE_LOST", `Route ${route}: this run could not keep its lease, so it sends nothing more`, {
    fix: "Nothing to do: the run that has the lease goes on, or the next one does. If it recurs, look at the storage account.",
  });
}
