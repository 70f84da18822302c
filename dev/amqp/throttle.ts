// Refuses what goes beyond the throughput units of a namespace.

/** Ingress of one throughput unit, per second. */
const unit = { bytes: 1_000_000, events: 1_000 } as const;

export interface Throttle {
  /** Counts what it lets through. */
  refuses(events: number, bytes: number): boolean;
}

/** Counts in fixed seconds of the caller's clock. The first transfer of a second always passes, however large. */
export function createThrottle(units: number, now: () => number): Throttle {
  let second = Number.NaN;
  let used = { bytes: 0, events: 0 };
  return {
    refuses(events, bytes) {
      const current = Math.floor(now() / 1000);
      if (current !== second) {
        second = current;
        used = { bytes: 0, events: 0 };
      }
      const over = used.bytes + bytes > unit.bytes * units || used.events + events > unit.events * units;
      if (over && used.events > 0) return true;
      used = { bytes: used.bytes + bytes, events: used.events + events };
      return false;
    },
  };
}
