// The judge of the chaos proof: what it must notice.
import { describe, expect, it } from "vitest";
import { judge, type ChaosFacts } from "../../../dev/chaos/verdict.ts";

const good: ChaosFacts = {
  killsAsked: 100,
  kills: 100,
  killsBeforeAnswer: 20,
  produced: 5000,
  delivered: 5000,
  missing: 0,
  unexpected: 0,
  repeated: 0,
  outOfOrder: 0,
  watermarkLooks: 300,
  watermarksMovedBack: [],
  unfinished: [],
};

describe("the verdict on a chaos run", () => {
  it("holds when everything arrived once and enough kills fell between transfer and answer", () => {
    expect(judge(good)).toEqual({ holds: true, counts: true, problems: [] });
  });

  it.each<[string, Partial<ChaosFacts>, string]>([
    ["a lost record", { missing: 1, delivered: 4999 }, "1 records are lost"],
    ["a repeated event", { repeated: 1, delivered: 5001 }, "1 events are repeated"],
    ["a loss that a repeat hides in the sum", { missing: 1, repeated: 1 }, "1 records are lost"],
    ["an event of nothing", { unexpected: 2, delivered: 5002 }, "2 events are of records that the API never showed"],
    ["events out of order", { outOfOrder: 3 }, "3 events are out of order for their device"],
    [
      "a watermark that moved back",
      { watermarksMovedBack: ["rooms from b to a"] },
      "a watermark moved back: rooms from b to a",
    ],
    ["counts that do not fit", { delivered: 4999 }, "4999 events for 5000 records: the counts do not fit"],
  ])("fails for %s", (_what, change, problem) => {
    const verdict = judge({ ...good, ...change });
    expect(verdict).toMatchObject({ holds: false, counts: true });
    expect(verdict.problems).toContain(problem);
  });

  it.each<[string, Partial<ChaosFacts>]>([
    ["too few kills fell between transfer and answer", { killsBeforeAnswer: 19 }],
    ["too few of a short run did", { killsAsked: 12, kills: 12, killsBeforeAnswer: 2 }],
    ["fewer kills happened than were asked for", { kills: 99 }],
    ["nothing was produced", { produced: 0, delivered: 0 }],
    ["no watermark was seen", { watermarkLooks: 0 }],
    ["a feed is stuck, whatever else was found", { unfinished: ["world1: no answer"], missing: 5 }],
  ])("does not count when %s", (_what, change) => {
    const verdict = judge({ ...good, ...change });
    expect(verdict).toMatchObject({ holds: false, counts: false });
    expect(verdict.problems.join()).toContain("the run does not count");
  });

  it("asks a short run for its share, rounded up", () => {
    expect(judge({ ...good, killsAsked: 12, kills: 12, killsBeforeAnswer: 3 }).holds).toBe(true);
  });
});
