// The records of one world: prompt, late, repeated and rewritten ones, seeded.
import { demoFeeds, type DemoFeed } from "../demo/feeds.ts";
import type { MicroshareSimulator } from "../microshare-simulator/index.ts";
import { roll, rollBetween } from "../microshare-simulator/prng.ts";

/** Longest time between the storage of a record and the first answer that shows it. */
export const MAX_LATE_MS = 6_000;
const LATE_SHARE = 0.08;
const REPEATED_SHARE = 0.03;
const DEVICES = 12;
/** Only young records are rewritten: they stay within the lookback for the rest of the proof. */
const REWRITTEN_WITHIN_MS = 2 * 60_000;

/** One feed of each kind that goes by the time of storage, with a record type of the world's own. */
export function feedsOf(microshare: MicroshareSimulator, world: string): readonly DemoFeed[] {
  return demoFeeds(microshare)
    .filter(({ by }) => by === "storedAt")
    .map((feed) => {
      const recType = `io.example.chaos.${world}.${feed.name}`;
      return { ...feed, recType, settings: { ...feed.settings, recType } };
    });
}

export interface Stock {
  /** Adds the records of the time since the last call; those of the last moments may become visible during the run. */
  fill(): void;
  /** Rewrites some of the records that were there to be read already: the old version is known to be delivered. */
  rewrite(expected: ReadonlyMap<string, ReadonlySet<string>>): void;
}

export function createStock(
  microshare: MicroshareSimulator,
  feeds: readonly DemoFeed[],
  seed: number,
  world: string,
): Stock {
  let filledTo = Date.now();
  let calls = 0;
  return {
    fill() {
      const now = Date.now();
      calls += 1;
      for (const { name, recType } of feeds) {
        const records = rollBetween(15, 40, seed, world, name, calls);
        for (let index = 0; index < records; index += 1) {
          const dice = [seed, world, name, calls, index];
          const storedAt = filledTo + Math.floor(((index + 1) * (now - filledTo)) / records);
          const lateMs = roll(...dice, "late") < LATE_SHARE ? rollBetween(1, MAX_LATE_MS, ...dice, "by") : 0;
          microshare.add({
            recType,
            time: storedAt,
            visibleFrom: storedAt + lateMs,
            device: `sensor-${rollBetween(1, DEVICES, ...dice, "device")}`,
            repeated: roll(...dice, "repeated") < REPEATED_SHARE,
          });
        }
      }
      filledTo = now;
    },
    rewrite(expected) {
      const now = Date.now();
      for (const feed of feeds) {
        const known = expected.get(feed.name);
        const young = microshare
          .visible({
            recType: feed.recType,
            currentOnly: true,
            by: "storedAt",
            from: now - REWRITTEN_WITHIN_MS,
            to: now,
          })
          .filter((record) => known?.has(feed.identityOfRecord(record)));
        for (const { id } of young.slice(0, rollBetween(0, 3, seed, world, feed.name, calls, "rewrite")))
          microshare.rewrite(id);
      }
    },
  };
}
