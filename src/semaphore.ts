// A fair limit on how many things happen at once: first come, first served.

export interface Semaphore {
  /**
   * Resolves once there is a place, with the function that gives it back (calling it twice changes nothing).
   * Rejects when the signal is aborted first; the caller knows its reason.
   */
  enter(signal: AbortSignal): Promise<() => void>;
  /** Does the work in a place of its own, however long the wait for it. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createSemaphore(places: number): Semaphore {
  let free = places;
  const queue = new Set<() => void>();

  const giveBack = (): void => {
    const [next] = queue;
    if (next === undefined) {
      free += 1;
      return;
    }
    queue.delete(next);
    next(); // the place passes on directly, so that a newcomer cannot overtake
  };

  const takePlace = (): (() => void) => {
    let held = true;
    return () => {
      if (held) giveBack();
      held = false;
    };
  };

  async function enter(signal?: AbortSignal): Promise<() => void> {
    if (free > 0) {
      free -= 1;
      return takePlace();
    }
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(new Error("aborted before waiting for a place"));
      const onTurn = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(takePlace());
      };
      const onAbort = (): void => {
        queue.delete(onTurn);
        reject(new Error("aborted while waiting for a place"));
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      queue.add(onTurn);
    });
  }

  return {
    enter,
    async run(work) {
      const leave = await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
