// A monotonic clock that only the test moves, for what waits by it.
import type { LeaseClock } from "../../src/pipeline/lease.ts";

export interface VirtualClock extends LeaseClock {
  /** Time goes by: every wait ends when it is due, and what it kept waiting goes on before the next one ends. */
  pass(ms: number): Promise<void>;
  /** The process is paused for so long: time goes by, and nothing of it goes on before `pass`. */
  jump(ms: number): void;
  /** Lets time go by for as long as it takes. */
  passUntil<Result>(work: Promise<Result>): Promise<Result>;
}

interface Waiting {
  readonly at: number;
  readonly go: () => void;
}

export function virtualClock(): VirtualClock {
  const waiting = new Set<Waiting>();
  let now = 0;

  const earliest = (): Waiting | undefined =>
    [...waiting].reduce<Waiting | undefined>((least, one) => (least && least.at <= one.at ? least : one), undefined);

  function end(one: Waiting): void {
    now = Math.max(now, one.at);
    waiting.delete(one);
    one.go();
  }

  const clock: VirtualClock = {
    monotonicNow: () => now,
    wait(ms, signal) {
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          waiting.delete(entry);
          reject(signal.reason as Error);
        };
        const entry: Waiting = {
          at: now + ms,
          go: () => {
            signal.removeEventListener("abort", abort);
            resolve();
          },
        };
        if (signal.aborted) return abort();
        signal.addEventListener("abort", abort, { once: true });
        waiting.add(entry);
      });
    },
    async pass(ms) {
      const until = now + ms;
      for (;;) {
        await whatIsReady();
        const next = earliest();
        if (next === undefined || next.at > until) break;
        end(next);
      }
      now = Math.max(now, until);
    },
    jump(ms) {
      now += ms;
    },
    async passUntil(work) {
      let settled = false;
      const note = (): void => {
        settled = true;
      };
      work.then(note, note);
      for (;;) {
        await whatIsReady();
        if (settled) return work;
        const next = earliest();
        if (next !== undefined) end(next);
      }
    },
  };
  return clock;
}

/** Everything in memory that need not wait for time goes on. */
function whatIsReady(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
