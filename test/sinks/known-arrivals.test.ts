import { describe, expect, it } from "vitest";
import { createKnownArrivals } from "../../src/sinks/known-arrivals.ts";

const arrival = (sequence: number) => ({ sequence, route: "main", eventId: String(sequence) });

describe("known arrivals", () => {
  it("knows a stretch as far as it was read", () => {
    const known = createKnownArrivals();
    const writer = known.write("0", 9);
    expect(known.at("0", 9)).toBeUndefined();
    writer.reach(12, [arrival(11)]);
    writer.reach(20, []);
    expect(known.at("0", 9)).toEqual({ after: 9, upTo: 20, arrivals: [arrival(11)] });
    expect(known.at("0", 15)).toBe(known.at("0", 9));
    for (const [partition, after] of [
      ["0", 8],
      ["0", 20],
      ["1", 15],
    ] as const) {
      expect(known.at(partition, after)).toBeUndefined();
    }
  });

  it("says where the next stretch begins", () => {
    const known = createKnownArrivals();
    known.write("0", 30).reach(40, []);
    known.write("0", 9).reach(20, []);
    expect(known.nextAfter("0", 2)).toBe(9);
    expect(known.nextAfter("0", 20)).toBe(30);
    expect(known.nextAfter("0", 30)).toBe(Infinity);
    expect(known.nextAfter("1", 2)).toBe(Infinity);
  });

  it("remembers no more than it is told, and nothing behind what it left out", () => {
    const known = createKnownArrivals(3);
    const writer = known.write("0", -1);
    writer.reach(1, [arrival(0), arrival(1)]);
    writer.reach(3, [arrival(2), arrival(3)]);
    writer.reach(4, [arrival(4)]);
    writer.reach(9, []);
    expect(known.at("0", -1)).toMatchObject({ upTo: 1 });
    known.write("1", -1).reach(0, [arrival(0)]);
    expect(known.at("1", -1)).toMatchObject({ upTo: 0 });
    known.write("2", -1).reach(0, [arrival(0)]);
    expect(known.at("2", -1)).toBeUndefined();
  });

  it("forgets what was read from another hub", () => {
    const known = createKnownArrivals(1);
    known.useFor("one");
    known.write("0", -1).reach(0, [arrival(0)]);
    known.useFor("one");
    expect(known.at("0", -1)).toBeDefined();
    known.useFor("two");
    expect(known.at("0", -1)).toBeUndefined();
    known.write("0", -1).reach(0, [arrival(0)]);
    expect(known.at("0", -1)).toBeDefined();
  });
});
