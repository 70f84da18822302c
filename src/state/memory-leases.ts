// Leases in memory: the same compare-and-swap as in the state table, on a row per route.
import type { HeldLease, LeaseSight, LeaseStore } from "../pipeline/ports.ts";
import { isHeldBy } from "./lease-row.ts";
import { leaseLost } from "./save-errors.ts";

/** As in `LeaseStore`, but at once. */
type AtOnce = {
  readonly [Name in keyof LeaseStore]: (...args: Parameters<LeaseStore[Name]>) => Awaited<ReturnType<LeaseStore[Name]>>;
};

export interface MemoryLeases extends AtOnce {
  /** Throws `LEASE_LOST`. */
  assertHeld(route: string, lease: HeldLease): void;
}

export function memoryLeases(): MemoryLeases {
  const rows = new Map<string, LeaseSight>();
  let writes = 0;

  const look = (route: string): LeaseSight => rows.get(route) ?? { free: true, epoch: 0 };

  function write(route: string, row: Omit<LeaseSight, "mark">): string {
    writes += 1;
    const mark = `mark ${writes}`;
    rows.set(route, { ...row, mark });
    return mark;
  }

  function assertHeld(route: string, lease: HeldLease): void {
    const sight = look(route);
    if (!isHeldBy(sight, lease)) throw leaseLost(route, sight);
  }

  return {
    look,
    assertHeld,

    take(route, seen, owner) {
      if (look(route).mark !== seen.mark) return undefined;
      const epoch = seen.epoch + 1;
      return { owner, epoch, mark: write(route, { free: false, owner, epoch }) };
    },

    renew(route, lease) {
      assertHeld(route, lease);
      const { owner, epoch } = lease;
      return { owner, epoch, mark: write(route, { free: false, owner, epoch }) };
    },

    release(route, lease) {
      if (isHeldBy(look(route), lease)) write(route, { free: true, epoch: lease.epoch });
    },
  };
}
