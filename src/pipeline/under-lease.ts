// What an operator does to a route by hand, under the same lease as a run.
import { BridgeError } from "../errors.ts";
import { acquireLease, type LeaseClock, type LeaseKeeper, type LeaseTerms } from "./lease.ts";
import type { CheckpointStore, LeaseStore, Saved } from "./ports.ts";

export interface LeaseWorkDeps {
  readonly store: CheckpointStore & LeaseStore;
  readonly clock: LeaseClock;
  readonly leaseTerms: LeaseTerms;
  /** Names this work to those who find its lease. */
  readonly owner: string;
  readonly reading: AbortSignal;
}

export type UnderLease<Result> =
  | { readonly kind: "done"; readonly result: Result }
  /** A run, or somebody else's work, has the route. */
  | { readonly kind: "elsewhere"; readonly owner: string };

/**
 * Takes the lease of a route, loads its progress, works and lets go again. Throws `ROUTE_UNKNOWN` when the route was
 * never saved, and what lease and store throw.
 */
export async function underLease<Result>(
  route: string,
  { store, clock, leaseTerms: terms, owner, reading: signal }: LeaseWorkDeps,
  work: (keeper: LeaseKeeper, saved: Saved) => Promise<Result>,
): Promise<UnderLease<Result>> {
  const seen = await store.look(route);
  const acquired = await acquireLease({ route, owner, store, clock, terms, seen, signal });
  if (acquired.kind === "elsewhere") return acquired;
  try {
    const saved = await store.load(route);
    if (saved === undefined) throw neverSaved(route);
    return { kind: "done", result: await work(acquired.keeper, saved) };
  } finally {
    await acquired.keeper.release().catch(unlessABug);
  }
}

/** As `underLease`, but waits for whoever has the route, for as long as `reading` allows. */
export async function underLeaseWhenFree<Result>(
  route: string,
  deps: LeaseWorkDeps,
  work: (keeper: LeaseKeeper, saved: Saved) => Promise<Result>,
): Promise<UnderLease<Result>> {
  for (;;) {
    const outcome = await underLease(route, deps, work);
    if (outcome.kind === "done" || deps.reading.aborted) return outcome;
    try {
      await deps.clock.wait(deps.leaseTerms.lookEveryMs, deps.reading);
    } catch (error) {
      if (!deps.reading.aborted) throw error;
      return outcome;
    }
  }
}

/** A lease that could not be freed ends with its term. */
function unlessABug(error: unknown): void {
  if (!(error instanceof BridgeError)) throw error;
}

function neverSaved(route: string): BridgeError {
  return new BridgeError("ROUTE_UNKNOWN", `Route ${route} has no saved progress`, {
    fix: "Check the name of the route, and STATE_TABLE; a route that is new has to run once first.",
  });
}
