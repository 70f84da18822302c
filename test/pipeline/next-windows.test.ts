// What the plan tells a source to expect is what it then reads, so that asking ahead costs no call.
import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, routeUnderTest, START } from "./route-under-test.ts";

const PARTS = ["north", "south", "east"];

function underTest(options: Parameters<typeof routeUnderTest>[0] = {}) {
  return routeUnderTest({ timing: { lookbackMs: 2 * HOUR, deepLookbackMs: 2 * HOUR }, ...options });
}

describe("what a source is told to expect", () => {
  it("is what is read next, in that order, over several parts, windows and the lookback", async () => {
    const bridge = underTest({ feed: { parts: () => PARTS } });
    bridge.clock.now = START + 5 * HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    bridge.feed.requests.length = 0;
    bridge.feed.expected.length = 0;
    bridge.clock.now += 3 * HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    const { requests, expected } = bridge.feed;
    // Three hours and a lookback for each of three parts; the last one lets go of everything.
    expect(requests).toHaveLength(12);
    expect(expected).toHaveLength(13);
    expect(expected.at(-1)).toEqual([]);
    for (const [index, next] of expected.slice(0, -1).entries()) {
      expect(next).toEqual(requests.slice(index, index + next.length));
      expect(next.length).toBe(12 - index);
    }
  });

  it("begins with what is read, also where a window is split, and never guesses at windows that were shortened", async () => {
    const bridge = underTest({ feed: { limit: 10 } });
    for (let minute = 0; minute < 40; minute += 1)
      bridge.feed.add({ key: `k${minute}`, time: START + minute * MINUTE });
    bridge.clock.now = START + 3 * HOUR;
    expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
    const { requests, expected } = bridge.feed;
    const told = expected.filter((next) => next.length > 0).map(([first]) => first);
    // Halves are read without being told of.
    expect(requests.length).toBeGreaterThan(told.length);
    expect(requests.filter((one) => told.some((first) => JSON.stringify(first) === JSON.stringify(one)))).toEqual(told);
  });

  it("is nothing any more when the run ends early", async () => {
    const bridge = underTest({
      feed: {
        parts: () => PARTS,
        beforePage: ({ part }) => {
          if (part === "south") throw new Error("a bug");
        },
      },
    });
    await expect(bridge.run()).rejects.toThrow("a bug");
    expect(bridge.feed.expected.length).toBeGreaterThan(1);
    expect(bridge.feed.expected.at(-1)).toEqual([]);
  });
});
