// Which partition a device's events go to: the same one in every run and every release.

/**
 * The partition for an order key. Depends on the key and on how many partitions there are, on nothing else, so that all
 * events of a device share one partition and their order survives. When the number of partitions changes, devices move.
 * Why not the partition keys of Event Hubs: `docs/decisions/0004-partition-by-device.md`.
 *
 * @param partitionIds at least one, as `inPartitionOrder` returns them.
 */
export function partitionFor(orderKey: string, partitionIds: readonly string[]): string {
  const id = partitionIds[hashOrderKey(orderKey) % partitionIds.length];
  if (id === undefined) throw new RangeError("A hub has at least one partition.");
  return id;
}

/** Partition ids in the one order `partitionFor` counts on, whatever order the service listed them in. */
export function inPartitionOrder(partitionIds: readonly string[]): readonly string[] {
  return partitionIds.toSorted((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
}

/**
 * 32-bit hash of the UTF-16 code units: FNV-1a, then the finisher of MurmurHash3. Without the finisher the lowest bits,
 * the ones a partition count of 2, 4 or 32 looks at, would barely mix, and numbered devices would crowd together.
 */
export function hashOrderKey(orderKey: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < orderKey.length; index++) {
    hash = Math.imul(hash ^ orderKey.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
