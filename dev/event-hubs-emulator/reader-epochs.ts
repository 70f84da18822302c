// Who may read a partition beside whom. A reader with an epoch (owner level) is alone in its consumer group.
import type { AmqpFault } from "../amqp/conditions.ts";
import { higherEpochExists, ownedReaderExists, takenOver, tooManyReaders } from "./conditions.ts";
import type { Partition, Reader } from "./store.ts";

/** Readers without an epoch, per consumer group and partition. */
const mostReaders = 5;

/** Registers a reader and disconnects those it displaces, or says why it cannot be. */
export function claimPartition(partition: Partition, reader: Reader): AmqpFault | undefined {
  const others = [...partition.readers].filter(({ group }) => group === reader.group);
  const owner = others.find(({ epoch }) => epoch !== undefined)?.epoch;
  if (reader.epoch === undefined) {
    if (owner !== undefined) return ownedReaderExists(owner);
    if (others.length >= mostReaders) return tooManyReaders(mostReaders);
  } else {
    if (owner !== undefined && owner > reader.epoch) return higherEpochExists(owner, reader.epoch);
    for (const other of others) other.close(takenOver(reader.epoch));
  }
  partition.readers.add(reader);
  return undefined;
}
