// One lane per partition: whatever is sent to a partition goes one after the other, over all sends of a sink.
import type { PartitionOutcome } from "./send-partition.ts";

export interface PartitionLanes {
  /**
   * Runs `job` once everything queued before it on this partition has ended. When what came directly before it failed while
   * `job` was waiting, `job` does not run and fails alike: later events must not overtake those left behind.
   */
  run(partitionId: string, job: () => Promise<PartitionOutcome>): Promise<PartitionOutcome>;
}

export function createPartitionLanes(): PartitionLanes {
  const last = new Map<string, Promise<PartitionOutcome>>();
  return {
    run(partitionId, job) {
      const running = after(last.get(partitionId), job);
      last.set(partitionId, running);
      const leave = () => {
        if (last.get(partitionId) === running) last.delete(partitionId);
      };
      running.then(leave, leave);
      return running;
    },
  };
}

async function after(
  before: Promise<PartitionOutcome> | undefined,
  job: () => Promise<PartitionOutcome>,
): Promise<PartitionOutcome> {
  if (before === undefined) return job();
  const [earlier] = await Promise.allSettled([before]);
  const failure = earlier.status === "fulfilled" ? earlier.value.failure : undefined;
  // Cancelled means that the signal of the other send ended it; this one has its own.
  if (failure === undefined || failure.kind === "cancelled") return job();
  return { confirmed: [], refused: [], batches: 0, bytes: 0, failure };
}
