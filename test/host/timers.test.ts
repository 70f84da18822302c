import type { Timer } from "@azure/functions";
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { noTimerMemory, type TimerMemory } from "../../src/host/timer-memory.ts";
import { startTimers } from "../../src/host/timers.ts";
import { nextRuns } from "../../src/operations/next-run.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2025, 2, 4, 8, 30);

interface Fired {
  readonly at: string;
  readonly isPastDue: boolean;
}

/** A host in simulated time, which stops by itself when the time is over. */
async function hostFor(
  ms: number,
  {
    memory = noTimerMemory(),
    takesMs = () => 0,
    schedule = "0 0 * * * *",
    from = START,
    fails = false,
  }: {
    memory?: TimerMemory;
    takesMs?: (run: number) => number;
    schedule?: string;
    from?: number;
    fails?: boolean;
  },
): Promise<{ readonly fired: readonly Fired[]; readonly lines: readonly string[] }> {
  let now = from;
  const fired: Fired[] = [];
  const lines: string[] = [];
  const over = Promise.withResolvers<void>();
  const handler = async ({ isPastDue }: Timer): Promise<void> => {
    fired.push({ at: new Date(now).toISOString().slice(11, 19), isPastDue });
    now += takesMs(fired.length);
    if (fails) throw new Error("the run failed");
  };
  const timers = startTimers(new Map([["forward", { schedule, handler }]]), {
    memory,
    nextAfter: (text, time) => nextRuns(text, time, 1)[0],
    now: () => now,
    async wait(left, signal) {
      if (now + left > from + ms) {
        over.resolve();
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        return;
      }
      now += left;
    },
    log: (_level, line) => void lines.push(line),
  });
  await over.promise;
  await timers.stop();
  return { fired, lines };
}

/** Notes in this process, as several hosts of one storage account share them. */
function sharedMemory(noted: { next?: number } = {}): TimerMemory & { readonly noted: { next?: number } } {
  let busy = false;
  return {
    noted,
    next: async () => noted.next,
    async keep(_timer, next) {
      noted.next = next;
    },
    async alone(_timer, due, work) {
      if (busy || (noted.next !== undefined && noted.next > due)) return "elsewhere";
      busy = true;
      try {
        const next = await work();
        if (next !== undefined) noted.next = next;
      } finally {
        busy = false;
      }
      return "done";
    },
  };
}

describe("timers without the Functions host", () => {
  it("fire at each tick, and not at the first start", async () => {
    const { fired } = await hostFor(3 * HOUR, {});
    expect(fired).toEqual([
      { at: "09:00:00", isPastDue: false },
      { at: "10:00:00", isPastDue: false },
      { at: "11:00:00", isPastDue: false },
    ]);
  });

  it("fire once, past due, for all the ticks that were missed while nothing ran", async () => {
    const { fired } = await hostFor(HOUR, { memory: sharedMemory({ next: Date.UTC(2025, 2, 4, 3) }) });
    expect(fired).toEqual([
      { at: "08:30:00", isPastDue: true },
      { at: "09:00:00", isPastDue: false },
    ]);
  });

  it("take a time that the schedule does not have for no missed run", async () => {
    const { fired } = await hostFor(HOUR, { memory: sharedMemory({ next: Date.UTC(2025, 2, 4, 3, 7) }) });
    expect(fired).toEqual([{ at: "09:00:00", isPastDue: false }]);
  });

  it("never overlap: the ticks during a long run give one more run at its end, which is not past due", async () => {
    const { fired } = await hostFor(5 * HOUR, { takesMs: (run) => (run === 1 ? 2.5 * HOUR : 0) });
    expect(fired).toEqual([
      { at: "09:00:00", isPastDue: false },
      { at: "11:30:00", isPastDue: false },
      { at: "12:00:00", isPastDue: false },
      { at: "13:00:00", isPastDue: false },
    ]);
  });

  it("fire again, past due, after a process that died during its run", async () => {
    const memory = sharedMemory();
    const dies = { ...memory, alone: async () => new Promise<never>(() => {}) };
    const dying = hostFor(HOUR, { memory: dies });
    await Promise.race([dying, new Promise((resolve) => setTimeout(resolve, 20))]);
    const { fired } = await hostFor(HOUR, { memory, from: START + 40 * MINUTE });
    expect(fired).toEqual([
      { at: "09:10:00", isPastDue: true },
      { at: "10:00:00", isPastDue: false },
    ]);
  });

  it("fire in one of two processes", async () => {
    const memory = sharedMemory();
    const both = await Promise.all([hostFor(3 * HOUR, { memory }), hostFor(3 * HOUR, { memory })]);
    const times = both.flatMap(({ fired }) => fired.map(({ at }) => at)).toSorted();
    expect(times).toEqual(["09:00:00", "10:00:00", "11:00:00"]);
    expect(both.flatMap(({ lines }) => lines)).toContain("The timer forward is in the hands of another process");
  });

  it("go on after a run that failed", async () => {
    const { fired, lines } = await hostFor(2 * HOUR, { fails: true });
    expect(fired).toHaveLength(2);
    expect(lines.join()).toContain("The run of forward failed: Error: the run failed");
  });

  it("run also while the store cannot be reached, once for each tick", async () => {
    const down = async (): Promise<never> => {
      throw new BridgeError("STATE_UNAVAILABLE", "no storage", { fix: "Wait." });
    };
    const { fired, lines } = await hostFor(2 * HOUR, { memory: { next: down, keep: down, alone: down } });
    expect(fired.map(({ at }) => at)).toEqual(["09:00:00", "10:00:00"]);
    expect(lines).toContain("STATE_UNAVAILABLE: no storage Wait.");
    const failsLater: TimerMemory = {
      ...noTimerMemory(),
      async alone(_timer, _due, work) {
        await work();
        return down();
      },
    };
    expect((await hostFor(2 * HOUR, { memory: failsLater })).fired).toHaveLength(2);
  });
});
