// What a host remembers of its timers from process to process, and how one of several processes fires them.

export interface TimerMemory {
  /** When the timer is due next, as the last process noted it; `undefined` when none did. Throws what the store throws. */
  next(timer: string): Promise<number | undefined>;
  keep(timer: string, next: number): Promise<void>;
  /**
   * Runs the work unless another process is at it, or did it: its note says that the timer is due later then. Notes what the
   * work gives as the next time; a process that dies meanwhile notes nothing. Throws what the store throws, never what the
   * work throws.
   */
  alone(timer: string, due: number, work: () => Promise<number | undefined>): Promise<"done" | "elsewhere">;
}

/** For timers whose missed runs do not matter, and where there is no store: nothing outlives the process. */
export function noTimerMemory(): TimerMemory {
  return {
    next: async () => undefined,
    keep: async () => {},
    async alone(_timer, _due, work) {
      await work();
      return "done";
    },
  };
}
