// What the hub must hold: for every run, what the API showed at that moment in the span that the run had to read.
import type { MicroshareSimulator } from "../microshare-simulator/index.ts";
import { SETTLE_MS, type DemoFeed } from "./feeds.ts";

export interface Expectation {
  /** Call right after a run that went through, with the instant it took for now. */
  noteRun(feed: DemoFeed, now: number): void;
  /** Identities by feed name. */
  readonly expected: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Independent of the bridge: only the start, the lookback and the settle delay of the settings are used. A version that
 * was rewritten before any run could see it was never there to be forwarded.
 */
export function createExpectation(
  microshare: Pick<MicroshareSimulator, "visible">,
  start: number,
  lookbackMs: number,
  settleMs = SETTLE_MS,
): Expectation {
  const expected = new Map<string, Set<string>>();
  const caughtUpTo = new Map<string, number>();
  return {
    expected,
    noteRun(feed, now) {
      const identities = expected.get(feed.name) ?? new Set();
      const from = Math.max(start, (caughtUpTo.get(feed.name) ?? start) - lookbackMs);
      const shown = microshare.visible({
        recType: feed.recType,
        at: now,
        currentOnly: true,
        from,
        to: now - settleMs,
        by: feed.by,
      });
      for (const record of shown) if (feed.wants(record)) identities.add(feed.identityOfRecord(record));
      expected.set(feed.name, identities);
      caughtUpTo.set(feed.name, now - settleMs);
    },
  };
}
