// A route with dead letters in memory, and replays of it.
import type { DeadLetterReplayStore } from "../../src/pipeline/dead-letter-ports.ts";
import type { Route } from "../../src/pipeline/forward-feed.ts";
import { leaseTerms } from "../../src/pipeline/lease.ts";
import { replayDeadLetters, type ReplayDeps } from "../../src/pipeline/replay.ts";
import type { MemorySinkOptions } from "../../src/sinks/memory-sink.ts";
import { deadLetterReplay } from "../../src/state/dead-letter-replay.ts";
import { wait } from "../../src/wait.ts";
import { routeUnderTest } from "./route-under-test.ts";

export const ROUTE = "test@memory";

export function replayUnderTest(sink: MemorySinkOptions = {}) {
  const state = { refusing: true };
  const bridge = routeUnderTest({
    sink: {
      refuse: (event) => (state.refusing && event.properties.recordKey.startsWith("bad") ? "too large" : undefined),
      ...sink,
    },
  });
  const letters = deadLetterReplay(bridge.store, bridge.deadLetters);
  const open = new AbortController().signal;

  return {
    ...bridge,
    state,
    letters,
    /** One replay; the sink takes everything from now on unless told otherwise. */
    async replay(changes: Partial<ReplayDeps> = {}, refusing = false, route: Partial<Route> = {}) {
      state.refusing = refusing;
      const outcome = await replayDeadLetters(
        { ...bridge.route(), ...route },
        {
          store: bridge.store,
          letters,
          now: () => bridge.clock.now,
          clock: { monotonicNow: () => performance.now(), wait },
          leaseTerms: { ...leaseTerms(90_000, 20_000), lookEveryMs: 1 },
          owner: "this replay",
          reading: open,
          sending: open,
          loadBytes: 100_000,
          saveBytes: 1,
          readBackBytes: 1e6,
          ...changes,
        },
      );
      const { found, delivered, alreadyDelivered, refused, unsendable, left } = outcome;
      if (found !== delivered + alreadyDelivered + refused + unsendable + left) throw new Error("the counts are wrong");
      return outcome;
    },
    /** The store, with some calls replaced. */
    lettersBut: (changes: Partial<DeadLetterReplayStore>): DeadLetterReplayStore => ({ ...letters, ...changes }),
    claims: () => bridge.store.listDeadLetters(ROUTE),
  };
}
