import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import type { BatchFate } from "../../src/sinks/memory-sink.ts";
import { MINUTE, routeUnderTest, START } from "./route-under-test.ts";

/** The process is gone: nothing of it reaches the storage account or the hub any more. */
class Killed extends Error {}

const RECORDS = 24;

/**
 * What can befall one call to the storage account or the hub: it fails or the process dies, before the call has done
 * anything or after it has done all.
 */
const strikes = [
  { what: "fails before it does anything", when: "before", kills: false },
  { what: "loses its answer", when: "after", kills: false },
  { what: "is the last that the process begins", when: "before", kills: true },
  { what: "is the last that the process ends", when: "after", kills: true },
] as const;

type Strike = (typeof strikes)[number];

/** A route in which the call with that number is struck; each batch counts as a call, too. */
function struckAt(number: number, { when, kills }: Strike) {
  const state = { calls: 0, armed: true, dead: false, struck: "" };
  function meet(name: string, now: Strike["when"]): boolean {
    if (state.dead) throw new Killed();
    if (!state.armed || now !== when || name === "listRuns") return false;
    state.calls += 1;
    if (state.calls !== number) return false;
    state.armed = false;
    state.struck = name;
    if (!kills) return true;
    state.dead = true;
    throw new Killed();
  }
  const storage = (now: Strike["when"]) => (call: { readonly name: string }) => {
    if (meet(call.name, now)) throw new BridgeError("STATE_UNAVAILABLE", "struck", { fix: "wait" });
  };
  const bridge = routeUnderTest({
    loadBytes: 600,
    sink: {
      partitions: 2,
      eventsPerBatch: 3,
      settleMs: 1000,
      refuse: ({ properties }) => (properties.recordKey === "k7" ? "too large" : undefined),
      onBatch: (): BatchFate => {
        if (meet("batch", "before")) return { error: sinkError("SINK_UNREACHABLE"), stored: false };
        if (state.armed && when === "after") {
          state.calls += 1;
          if (state.calls === number) {
            state.armed = false;
            state.struck = "batch";
            state.dead = kills;
            return { error: sinkError("SINK_UNCERTAIN"), stored: true };
          }
        }
        return "stored";
      },
    },
    store: { before: storage("before"), after: storage("after") },
  });
  for (let n = 0; n < RECORDS; n += 1) {
    bridge.feed.add({ key: `k${n}`, time: START + n * 5 * MINUTE, device: `d${n % 3}`, unreadable: n === 11 });
  }
  return { ...bridge, state };
}

function sinkError(code: "SINK_UNREACHABLE" | "SINK_UNCERTAIN"): BridgeError {
  return new BridgeError(code, "struck", { fix: "wait" });
}

describe("each single call to storage and hub, one after the other", () => {
  it.each(strikes)("may be one that $what: nothing is lost, nothing repeated", async (strike) => {
    const struck = new Set<string>();
    for (let number = 1; ; number += 1) {
      const bridge = struckAt(number, strike);
      await bridge.run().catch((error: unknown) => {
        // The first look at the route is made for the run, outside of it.
        if (!(error instanceof Killed || error instanceof BridgeError)) throw error;
      });
      if (bridge.state.armed) break;
      struck.add(bridge.state.struck);
      bridge.state.dead = false;
      for (let runs = 0; (await bridge.run()).kind !== "caught-up"; runs += 1) expect(runs).toBeLessThan(3);
      const expected = Array.from({ length: RECORDS }, (_, n) => `k${n}`).filter(
        (key) => key !== "k7" && key !== "k11",
      );
      const context = `call ${number}, ${bridge.state.struck}`;
      expect(bridge.keys().toSorted(), context).toEqual(expected.toSorted());
      expect(bridge.deadLetterRows(), context).toHaveLength(2);
      expect((await bridge.checkpoint())?.sending, context).toBeUndefined();
      expect((await bridge.checkpoint())?.watermark, context).toBe(bridge.clock.now - MINUTE);
    }
    for (const name of ["take", "save", "readLedger", "release", "batch", "compactLedger"]) {
      expect([...struck]).toContain(name);
    }
  });
});
