// A hub in memory. It outlives the sinks that send to it, as a real one does: for tests and the simulation.
import type { OutgoingEvent } from "../pipeline/records.ts";
import { hubIdentity, type HubState } from "./hub-state.ts";

export interface MemoryHub {
  /** Everything that ever arrived, in the order of its partition. */
  readonly received: readonly OutgoingEvent[];
  readonly partitionIds: readonly string[];
  /** Where the partitions begin and end. */
  state(): HubState;
  store(partitionId: string, events: readonly OutgoingEvent[]): void;
  /** Sequence numbers of a partition, `after` exclusive, `upTo` inclusive; what has expired is not among them. */
  read(partitionId: string, after: number, upTo: number): readonly StoredEvent[];
  /** Deleted and created anew under its name, with as many partitions: sequence numbers begin again. */
  recreate(): void;
  addPartitions(count: number): void;
  /** Retention leaves only so many events of each partition. */
  expire(eventsPerPartition: number): void;
}

export interface StoredEvent {
  readonly sequence: number;
  readonly event: OutgoingEvent;
}

interface Partition {
  readonly log: OutgoingEvent[];
  first: number;
}

export function createMemoryHub(options: { readonly name?: string; readonly partitions?: number } = {}): MemoryHub {
  const { name = "memory", partitions: count = 4 } = options;
  const received: OutgoingEvent[] = [];
  let partitions = empty(count);
  let created = 0;

  return {
    received,
    get partitionIds() {
      return partitions.map((_, index) => String(index));
    },
    state: () => ({
      hub: hubIdentity(name, new Date(created)),
      partitions: Object.fromEntries(
        partitions.map(({ log, first }, index) => [String(index), { first, last: log.length - 1 }]),
      ),
    }),
    store(partitionId, events) {
      partitions[Number(partitionId)]?.log.push(...events);
      received.push(...events);
    },
    read(partitionId, after, upTo) {
      const { log, first } = partitions[Number(partitionId)] ?? { log: [], first: 0 };
      const from = Math.max(after + 1, first);
      return log.slice(from, Math.max(from, upTo + 1)).map((event, index) => ({ sequence: from + index, event }));
    },
    recreate() {
      partitions = empty(partitions.length);
      created += 1;
    },
    addPartitions(more) {
      partitions.push(...empty(more));
    },
    expire(eventsPerPartition) {
      for (const partition of partitions) {
        partition.first = Math.max(partition.first, partition.log.length - eventsPerPartition);
      }
    },
  };
}

function empty(count: number): Partition[] {
  return Array.from({ length: count }, () => ({ log: [], first: 0 }));
}
