// What every checkpoint store promises about the history of runs: part of its contract suite.
import { describe, expect, it } from "vitest";
import type { CheckpointStore } from "../../src/pipeline/ports.ts";
import { hour, noon } from "./checkpoint-samples.ts";

/** The store keeps at most three runs, none older than a week. */
export function describeRunHistory(store: () => CheckpointStore, newRoute: () => string): void {
  describe("runs", () => {
    it("come newest first, at most as many as asked for, each once", async () => {
      const route = newRoute();
      for (const minutes of [1, 3, 2]) {
        await store().recordRun(route, { runId: `run/${minutes}`, at: noon + minutes * 60_000, summary: { minutes } });
      }
      await store().recordRun(route, {
        runId: "run/2",
        at: noon + 2 * 60_000,
        summary: { minutes: "two", deep: [{ x: 1 }] },
      });
      expect(await store().listRuns(route, 2)).toEqual([
        { runId: "run/3", at: noon + 3 * 60_000, summary: { minutes: 3 } },
        { runId: "run/2", at: noon + 2 * 60_000, summary: { minutes: "two", deep: [{ x: 1 }] } },
      ]);
      expect(await store().listRuns(route, 10)).toHaveLength(3);
    });

    it("keep a summary larger than a property", async () => {
      const route = newRoute();
      const run = { runId: "large", at: noon, summary: { text: "é".repeat(50_000) } };
      await store().recordRun(route, run);
      expect(await store().listRuns(route, 1)).toEqual([run]);
    });

    it("are pruned by number and by age", async () => {
      const route = newRoute();
      const prunedAt = async (day: number): Promise<void> => {
        await store().recordRun(route, { runId: `day ${day}`, at: noon + day * 24 * hour, summary: {} });
        await store().pruneRuns(route, noon + day * 24 * hour);
      };
      for (const day of [0, 2, 4, 6]) {
        await store().recordRun(route, { runId: `day ${day}`, at: noon + day * 24 * hour, summary: {} });
      }
      expect(await store().listRuns(route, 10)).toHaveLength(4);
      await prunedAt(8);
      expect((await store().listRuns(route, 10)).map(({ runId }) => runId)).toEqual(["day 8", "day 6", "day 4"]);
      await prunedAt(12);
      expect((await store().listRuns(route, 10)).map(({ runId }) => runId)).toEqual(["day 12", "day 8", "day 6"]);
      await prunedAt(40);
      expect((await store().listRuns(route, 10)).map(({ runId }) => runId)).toEqual(["day 40"]);
    });
  });
}
