// The right of one run to work on one route, as the store keeps it.

/**
 * The right of one run to work on one route, as a row of its own. The store only compares and swaps: how long a lease
 * lasts is judged by each process with its own monotonic clock (`pipeline/lease.ts`), never by times in the row.
 */
export interface LeaseStore {
  /** Absent is free; a row that cannot be read throws. */
  look(route: string): Promise<LeaseSight>;
  /** Takes the lease as it was seen, with the next epoch. `undefined` when somebody changed the row since. */
  take(route: string, seen: LeaseSight, owner: string): Promise<HeldLease | undefined>;
  /** Changes the row's mark, so that others see that its owner lives. Throws `LEASE_LOST`. */
  renew(route: string, lease: HeldLease): Promise<HeldLease>;
  /** Frees it, so that the next run need not wait. A lease that was lost meanwhile is left alone. */
  release(route: string, lease: HeldLease): Promise<void>;
}

export interface LeaseSight {
  /** Free: never taken, or released. */
  readonly free: boolean;
  readonly owner?: string;
  /** Counts the take-overs of the route; 0 when it was never taken. */
  readonly epoch: number;
  /** Changes with every write of the row; absent when there is none. */
  readonly mark?: string;
}

export interface HeldLease {
  readonly owner: string;
  readonly epoch: number;
  readonly mark: string;
}
