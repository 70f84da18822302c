// Lanes: what is sent on one lane (a partition, a session, a device) goes one after the other, over all sends of a sink.
import type { LaneOutcome } from "./send-lane.ts";

export interface Lanes {
  /**
   * Runs `job` once everything queued before it on this lane has ended. When what came directly before it failed while
   * `job` was waiting, `job` does not run and fails alike: later events must not overtake those left behind.
   */
  run(lane: string, job: () => Promise<LaneOutcome>): Promise<LaneOutcome>;
}

export function createLanes(): Lanes {
  const last = new Map<string, Promise<LaneOutcome>>();
  return {
    run(lane, job) {
      const running = after(last.get(lane), job);
      last.set(lane, running);
      const leave = () => {
        if (last.get(lane) === running) last.delete(lane);
      };
      running.then(leave, leave);
      return running;
    },
  };
}

async function after(before: Promise<LaneOutcome> | undefined, job: () => Promise<LaneOutcome>): Promise<LaneOutcome> {
  if (before === undefined) return job();
  const [earlier] = await Promise.allSettled([before]);
  const failure = earlier.status === "fulfilled" ? earlier.value.failure : undefined;
  // Cancelled means that the signal of the other send ended it; this one has its own.
  if (failure === undefined || failure.kind === "cancelled") return job();
  return { confirmed: [], refused: [], batches: 0, bytes: 0, failure };
}
