// Saving more than one transaction takes: first what was settled, and only then the progress that rests on it.
import { expect, it } from "vitest";
import { loadLedger } from "../../src/pipeline/ledger.ts";
import { firstCheckpoint } from "../../src/pipeline/progress.ts";
import { openProgress } from "../../src/pipeline/route-progress.ts";
import { memoryCheckpoints } from "../../src/state/memory-checkpoints.ts";

it("saves more ids than one transaction takes, as after reading back a sink that others filled", async () => {
  const store = memoryCheckpoints();
  const opened = await store.save("a@b", { checkpoint: firstCheckpoint(0, 0), deadLetters: [] }, undefined);
  const watermarks: number[] = [];
  const progress = openProgress(opened, await loadLedger(store, ["a@b"], 0), async (change, revision) => {
    watermarks.push(change.checkpoint.watermark);
    return store.save("a@b", change, revision);
  });
  const count = 280_000;
  for (let n = 0; n < count; n += 1) progress.settle(eventId(n), 7);
  progress.update((checkpoint) => ({ ...checkpoint, watermark: 5 }));
  await progress.save();
  expect(watermarks).toEqual([0, 0, 5]);
  expect((await loadLedger(store, ["a@b"], 7)).size).toBe(count);
  expect(progress).toMatchObject({ changed: false, checkpoint: { watermark: 5, nextSegment: 3 } });
});

/** Spread over all values, as hashes are: numbers in a row would all fall into one place of the table of ids. */
function eventId(n: number): string {
  return BigInt.asUintN(128, BigInt(n + 1) * 0x9e3779b97f4a7c15f39cc0605cedc835n)
    .toString(16)
    .padStart(32, "0");
}
