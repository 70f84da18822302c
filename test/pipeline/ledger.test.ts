import { describe, expect, it } from "vitest";
import { loadLedger, sortOut, type OnTheWay } from "../../src/pipeline/ledger.ts";
import { expireLedger, firstCheckpoint } from "../../src/pipeline/progress.ts";
import type { FeedRecord, UnreadableRecord } from "../../src/pipeline/records.ts";
import { withOwedLookback, type Timing } from "../../src/pipeline/reading-plan.ts";
import { memoryCheckpoints } from "../../src/state/memory-checkpoints.ts";
import { fc } from "../fast-check.ts";
import { idOf } from "./fake-feed.ts";
import { DAY, HOUR } from "./route-under-test.ts";

/** A record of few, so that keys and versions meet again. */
const anyRecord = fc
  .record({ key: fc.constantFrom("a", "b", "c", "d"), version: fc.constantFrom("1", "2") })
  .map(({ key, version }): FeedRecord => {
    const eventId = idOf({ key, version });
    return { recType: "r", key, version, eventId, time: 0, device: "d", body: new Uint8Array() };
  });
const anyUnreadable = fc.constantFrom("x", "y").map((key): UnreadableRecord => {
  return { eventId: idOf({ key }), reason: "no time", body: new Uint8Array() };
});
const anyLoad = fc.record({
  records: fc.array(anyRecord, { maxLength: 8 }),
  unreadable: fc.array(anyUnreadable, { maxLength: 3 }),
  /** How many of what is new the sink confirms. */
  confirmed: fc.nat(8),
});

/** Before a load: what it brings is noted here. */
function nothingOnTheWay(): OnTheWay {
  const events = new Set<string>();
  const records = new Set<string>();
  return {
    has: (eventId) => events.has(eventId),
    hasRecord: (half) => records.has(half),
    add({ eventId }, half) {
      events.add(eventId);
      if (half !== undefined) records.add(half);
    },
  };
}

describe("the ledger", () => {
  it("lets each version through until it is confirmed, and never again, whatever the loads hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLoad, { maxLength: 12 }), async (loads) => {
        const ledger = await loadLedger(memoryCheckpoints(), ["route"], 0);
        const delivered = new Set<string>();
        for (const { records, unreadable, confirmed } of loads) {
          const sorted = sortOut(records, unreadable, ledger, "forward", nothingOnTheWay());
          const fresh = [...sorted.fresh, ...sorted.unreadable].map(({ eventId }) => eventId);
          const wanted = [...records, ...unreadable].map(({ eventId }) => eventId);
          expect(new Set(fresh).size).toBe(fresh.length);
          expect(new Set(fresh)).toEqual(new Set(wanted.filter((eventId) => !delivered.has(eventId))));
          expect(sorted.alreadyDelivered).toBe(wanted.length - fresh.length);
          for (const eventId of fresh.slice(0, confirmed)) {
            ledger.remember(eventId);
            delivered.add(eventId);
          }
        }
      }),
    );
  });

  it("lets one version of each record through where only the first is wanted, and counts the others", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyRecord, { maxLength: 8 }), { maxLength: 8 }), async (loads) => {
        const ledger = await loadLedger(memoryCheckpoints(), ["route"], 0);
        const keys: string[] = [];
        for (const records of loads) {
          const { fresh, leftOut, alreadyDelivered } = sortOut(records, [], ledger, "first-only", nothingOnTheWay());
          expect(fresh.length + leftOut + alreadyDelivered).toBe(records.length);
          for (const { eventId, key } of fresh) {
            ledger.remember(eventId);
            keys.push(key);
          }
        }
        expect(new Set(keys).size).toBe(keys.length);
        expect(new Set(keys)).toEqual(new Set(loads.flat().map(({ key }) => key)));
      }),
    );
  });

  it("covers everything that a later run reads again, however settings and progress change in between", () => {
    const anyBack = fc.integer({ min: 0, max: 5 * 24 }).map((hours) => hours * HOUR);
    const anyRun = fc.record({
      lookbackMs: anyBack,
      deepLookbackMs: anyBack,
      hours: fc.nat(60),
      north: fc.nat(9),
      south: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 20 }), (runs) => {
        const parts = ["north", "south"];
        let now = 10 * DAY;
        let checkpoint = firstCheckpoint(0, now);
        let forgottenBefore = 0;
        for (const { lookbackMs, deepLookbackMs, hours, north, south } of runs) {
          const timing: Timing = { startAt: () => 0, lookbackMs, deepLookbackMs, settleDelayMs: 0, windowMs: HOUR };
          now += hours * HOUR;
          const owing = withOwedLookback(checkpoint, parts, timing, now);
          for (const { from, to } of Object.values(owing.lookback)) {
            expect(from).toBeLessThan(to);
            expect(from).toBeGreaterThanOrEqual(forgottenBefore);
          }
          // Each part gets on a little; the north also makes up for what it owes.
          const doneTo = (part: string) => owing.parts[part]?.doneTo ?? 0;
          const { north: _, ...lookback } = owing.lookback;
          const after = {
            ...owing,
            lookback,
            parts: {
              north: { doneTo: doneTo("north") + north * HOUR },
              south: { doneTo: doneTo("south") + south * HOUR },
            },
          };
          const expired = expireLedger(after, parts, timing);
          expect(expired.checkpoint.coveredFrom).toBeGreaterThanOrEqual(checkpoint.coveredFrom);
          expect(expired.before).toBeLessThanOrEqual(expired.checkpoint.coveredFrom);
          for (const { from } of Object.values(expired.checkpoint.lookback)) {
            expect(from).toBeGreaterThanOrEqual(expired.before);
          }
          forgottenBefore = Math.max(forgottenBefore, expired.before);
          ({ checkpoint } = expired);
        }
      }),
    );
  });
});
