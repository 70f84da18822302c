// Remembers what was read back, so that routes on one hub do not each read the same events.

/** An event of this bridge, as it lies in a partition. */
export interface Arrival {
  readonly sequence: number;
  readonly route: string;
  readonly eventId: string;
}

/** A part of a partition that was read without a gap; `after` exclusive, `upTo` inclusive. */
export interface KnownStretch {
  readonly after: number;
  readonly upTo: number;
  /** In ascending order. */
  readonly arrivals: readonly Arrival[];
}

/** Takes down what one reader passes. */
export interface StretchWriter {
  /** Everything up to here was read; `arrivals` are what was new in it, ascending. */
  reach(upTo: number, arrivals: readonly Arrival[]): void;
}

export interface KnownArrivals {
  /** The stretch that holds the event behind `after`, if that is known. */
  at(partitionId: string, after: number): KnownStretch | undefined;
  /** Where the next known stretch behind `after` begins, exclusive; `Infinity` when there is none. */
  nextAfter(partitionId: string, after: number): number;
  write(partitionId: string, after: number): StretchWriter;
  /** Forgets everything when it was read from another hub. */
  useFor(hub: string): void;
}

/** An arrival takes some 100 bytes. */
const mostArrivals = 100_000;

/** Beyond `most` arrivals nothing more is remembered: it is read again when it is asked for. */
export function createKnownArrivals(most = mostArrivals): KnownArrivals {
  type Stretch = { readonly after: number; upTo: number; readonly arrivals: Arrival[] };
  const byPartition = new Map<string, Stretch[]>();
  let hub: string | undefined;
  let held = 0;

  const stretches = (partitionId: string): Stretch[] => byPartition.get(partitionId) ?? [];

  return {
    at: (partitionId, after) =>
      stretches(partitionId).find((stretch) => stretch.after <= after && after < stretch.upTo),
    nextAfter: (partitionId, after) =>
      Math.min(...stretches(partitionId).flatMap((stretch) => (stretch.after > after ? [stretch.after] : []))),
    write(partitionId, after) {
      const stretch: Stretch = { after, upTo: after, arrivals: [] };
      byPartition.set(partitionId, [...stretches(partitionId), stretch]);
      let full = false;
      return {
        reach(upTo, arrivals) {
          full ||= held + arrivals.length > most;
          if (full) return;
          stretch.arrivals.push(...arrivals);
          stretch.upTo = upTo;
          held += arrivals.length;
        },
      };
    },
    useFor(current) {
      if (hub !== current) {
        byPartition.clear();
        held = 0;
      }
      hub = current;
    },
  };
}
