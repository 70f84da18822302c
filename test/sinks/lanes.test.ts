import { describe, expect, it } from "vitest";
import { sendFailure, type SendFailureKind } from "../../src/sinks/send-failure.ts";
import { createLanes } from "../../src/sinks/lanes.ts";
import type { LaneOutcome } from "../../src/sinks/send-lane.ts";

const good: LaneOutcome = { confirmed: [], refused: [], batches: 1, bytes: 1 };
const failed = (kind: SendFailureKind): LaneOutcome => ({ ...good, failure: sendFailure(kind, "Code", "") });

describe("lanes", () => {
  it("runs one job at a time on a lane, and lanes side by side", async () => {
    const lanes = createLanes();
    const log: string[] = [];
    const release = Promise.withResolvers<LaneOutcome>();
    const first = lanes.run("0", () => release.promise);
    const second = lanes.run("0", async () => (log.push("0 again"), good));
    await lanes.run("1", async () => (log.push("1"), good));
    expect(log).toEqual(["1"]);
    release.resolve(good);
    await Promise.all([first, second]);
    expect(log).toEqual(["1", "0 again"]);
  });

  it("fails those that were waiting behind a failure, and nobody who comes later", async () => {
    const lanes = createLanes();
    let ran = 0;
    const count = async () => ((ran += 1), good);
    const outcomes = await Promise.all([
      lanes.run("0", async () => failed("uncertain")),
      lanes.run("0", count),
      lanes.run("0", count),
      lanes.run("1", count),
    ]);
    expect(outcomes.map(({ failure }) => failure?.kind)).toEqual(["uncertain", "uncertain", "uncertain", undefined]);
    expect(ran).toBe(1);
    expect(await lanes.run("0", count)).toBe(good);
  });

  it("lets those behind a cancelled job run: their own signal decides", async () => {
    const lanes = createLanes();
    const outcomes = await Promise.all([
      lanes.run("0", async () => failed("cancelled")),
      lanes.run("0", async () => good),
    ]);
    expect(outcomes[1]).toBe(good);
  });

  it("leaves a bug with the job that has it", async () => {
    const lanes = createLanes();
    const bug = new Error("bug");
    const [first, second] = await Promise.allSettled([
      lanes.run("0", () => Promise.reject(bug)),
      lanes.run("0", async () => good),
    ]);
    expect(first).toMatchObject({ status: "rejected", reason: bug });
    expect(second).toMatchObject({ status: "fulfilled" });
  });
});
