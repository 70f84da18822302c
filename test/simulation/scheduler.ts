// Virtual time: everything that waits stands in one queue, and the queue decides who goes on, when, and who never does.

export interface Process {
  readonly name: string;
  /** False once it was killed: nothing of it goes on. */
  readonly alive: boolean;
}

export interface Scheduler {
  /** Milliseconds of virtual time. */
  readonly now: number;
  readonly steps: number;
  startProcess(name: string): Process;
  kill(process: Process): void;
  /**
   * Stops a process for so long, as SIGSTOP does: nothing of it goes on before; then everything that is due does, in an
   * order that `chance` (in [0, 1)) gives. So its timers may come after what they were to prevent.
   */
  pause(process: Process, ms: number, chance: () => number): void;
  /** Resolves after `ms` of virtual time, unless the process is killed; then never. */
  wait(process: Process, ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back after `ms`; returns how to call it off. */
  after(process: Process, ms: number, work: () => void): () => void;
  /** Lets virtual time pass until `until` says so, or nothing is left to wait for. */
  run(until: () => boolean): Promise<void>;
  /** Looks in before each step; may kill and pause. */
  onStep?: (label: string) => void;
}

interface Entry {
  at: number;
  order: number;
  readonly process: MutableProcess;
  readonly go: () => void;
  /** Lets go of the signal it listens to. */
  forget?: () => void;
}

interface MutableProcess extends Process {
  alive: boolean;
  pausedUntil: number;
  chance: () => number;
}

/** One virtual world that runs for ever is a bug of the code under test, or of the world. */
const MOST_STEPS = 400_000;

export function createScheduler(): Scheduler {
  const queue = new Set<Entry>();
  let now = 0;
  let steps = 0;
  let orders = 0;
  const mutable = new WeakMap<Process, MutableProcess>();

  const owner = (process: Process): MutableProcess => {
    const found = mutable.get(process);
    if (found === undefined) throw new Error(`no such process: ${process.name}`);
    return found;
  };

  function enqueue(process: Process, ms: number, go: () => void): Entry {
    const entry: Entry = { at: now + Math.max(0, ms), order: (orders += 1), process: owner(process), go };
    holdBack(entry);
    if (entry.process.alive) queue.add(entry);
    return entry;
  }

  function holdBack(entry: Entry): void {
    const { pausedUntil, chance } = entry.process;
    if (entry.at >= pausedUntil) return;
    entry.at = pausedUntil;
    entry.order = chance();
  }

  function earliest(): Entry | undefined {
    let found: Entry | undefined;
    for (const entry of queue) {
      if (found === undefined || entry.at < found.at || (entry.at === found.at && entry.order < found.order))
        found = entry;
    }
    return found;
  }

  const scheduler: Scheduler = {
    get now() {
      return now;
    },
    get steps() {
      return steps;
    },
    startProcess(name) {
      const process: MutableProcess = { name, alive: true, pausedUntil: 0, chance: () => 0 };
      mutable.set(process, process);
      return process;
    },
    kill(process) {
      owner(process).alive = false;
      for (const entry of queue) {
        if (entry.process !== process) continue;
        queue.delete(entry);
        // A signal that somebody listens to is kept by Node as long as its sources live: here that would be for ever.
        entry.forget?.();
      }
    },
    pause(process, ms, chance) {
      const paused = owner(process);
      paused.pausedUntil = now + ms;
      paused.chance = chance;
      for (const entry of queue) if (entry.process === process) holdBack(entry);
    },
    wait(process, ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(new Error("aborted"));
        const entry = enqueue(process, ms, () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        });
        const onAbort = (): void => {
          queue.delete(entry);
          reject(new Error("aborted"));
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        entry.forget = () => signal?.removeEventListener("abort", onAbort);
      });
    },
    after(process, ms, work) {
      const entry = enqueue(process, ms, work);
      return () => void queue.delete(entry);
    },
    async run(until) {
      for (;;) {
        // Lets everything that can go on without time passing do so.
        await new Promise((resolve) => setImmediate(resolve));
        if (until()) return;
        const entry = earliest();
        if (entry === undefined) return;
        queue.delete(entry);
        now = Math.max(now, entry.at);
        steps += 1;
        if (steps > MOST_STEPS) throw new Error(`still going on after ${MOST_STEPS} steps`);
        entry.go();
      }
    },
  };
  return scheduler;
}
