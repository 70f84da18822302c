import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ownTime,
  placeByStorage,
  placeInView,
  placeInViewByToldClock,
  readClocks,
  storedAt,
  type Clocks,
} from "../../src/microshare/record-time.ts";
import type { Window } from "../../src/pipeline/records.ts";
import { hour, ms, sampleObjects } from "./feeds.ts";

const asked: Window = { from: hour.from - 3, to: hour.to + 3 };
const none: Clocks = { network: undefined, event: undefined, stored: undefined, updated: undefined, id: undefined };

function auto(clocks: Partial<Clocks>) {
  return placeInView({ ...none, ...clocks }, "auto", hour, asked);
}

describe("clocks of a record", () => {
  it("are read wherever the platform writes them", () => {
    const [record] = sampleObjects("share-page-details.json");
    const clocks = readClocks(record ?? {}, record?.["data"], "67c6b30700aa00bb00000001");
    expect(clocks).toEqual({
      network: ms("2025-03-04T08:00:07.212Z"),
      event: ms("2025-03-04T08:00:07.212Z"),
      stored: ms("2025-03-04T08:00:07.655Z"),
      updated: ms("2025-03-04T08:00:07.655Z"),
      id: ms("2025-03-04T08:00:07Z"),
    });
  });

  it("tell the storage time from tstamp, else createDate, else the id", () => {
    const id = "67c6b30700aa00bb00000001";
    const createDate = "2025-03-04T08:00:07.655Z";
    expect(storedAt(readClocks({ tstamp: 1741075207656, createDate }, {}, id))).toBe(1741075207656);
    expect(storedAt(readClocks({ createDate }, {}, id))).toBe(1741075207655);
    expect(storedAt(readClocks({}, {}, id))).toBe(1741075207000);
    expect(storedAt(readClocks({}, {}, undefined))).toBeUndefined();
  });

  it("give a record a time of its own that no window changes", () => {
    expect(ownTime({ ...none, event: 1, network: 2, stored: 3 })).toBe(1);
    expect(ownTime({ ...none, network: 2, stored: 3 })).toBe(2);
    expect(ownTime({ ...none, stored: 3, id: 4 })).toBe(3);
    expect(ownTime({ ...none, id: 4 })).toBeUndefined();
  });
});

describe("a record of a share feed", () => {
  it("lies in the window by its storage time, half-open", () => {
    expect(placeByStorage({ ...none, stored: hour.from, event: 5 }, hour)).toEqual({ kind: "inside", time: hour.from });
    expect(placeByStorage({ ...none, stored: hour.to }, hour)).toEqual({ kind: "outside" });
    expect(placeByStorage({ ...none, stored: hour.from - 1 }, hour)).toEqual({ kind: "outside" });
    expect(placeByStorage({ ...none, id: hour.from + 1000 }, hour)).toEqual({ kind: "inside", time: hour.from + 1000 });
    expect(placeByStorage({ ...none, event: hour.from }, hour)).toEqual({ kind: "timeless" });
  });
});

describe("a record of a view with an explicit time field", () => {
  it.each([
    ["createDate", "stored"],
    ["data.meta.iot.time", "network"],
    ["data.time", "event"],
  ] as const)("%s goes by that clock alone", (field, clock) => {
    const place = (clocks: Partial<Clocks>) => placeInView({ ...none, ...clocks }, field, hour, asked);
    const others = { network: hour.from, event: hour.from, stored: hour.from, updated: hour.from, id: hour.from };
    expect(place({ ...others, [clock]: hour.to - 1 })).toEqual({ kind: "inside", time: hour.to - 1 });
    expect(place({ ...others, [clock]: hour.to })).toEqual({ kind: "outside" });
    expect(place({ ...others, [clock]: undefined })).toEqual({ kind: "timeless" });
  });
});

const placeByTold = (clocks: Partial<Clocks>) =>
  placeInViewByToldClock({ ...none, ...clocks }, "createDate", hour, asked);

describe("a record of a view whose definition tells the clock", () => {
  it("is placed by that clock alone where it shows it, and left to the neighbour in the margins", () => {
    expect(placeByTold({ stored: hour.from, event: 5 })).toEqual({ kind: "inside", time: hour.from });
    expect(placeByTold({ stored: hour.to, event: hour.from })).toEqual({ kind: "outside" });
    expect(placeByTold({ stored: hour.from - 1, event: hour.from })).toEqual({ kind: "outside" });
  });

  it("is placed as if nothing were told where it does not show it", () => {
    expect(placeByTold({ event: hour.from + 7 })).toEqual(auto({ event: hour.from + 7 }));
    expect(placeByTold({ event: hour.to })).toEqual({ kind: "outside" });
    expect(placeByTold({})).toEqual({ kind: "timeless" });
  });

  it("is kept at the nearest end where the definition must have been misread", () => {
    expect(placeByTold({ stored: hour.to + 9_999_999 })).toEqual({ kind: "inside", time: hour.to - 1 });
    expect(placeByTold({ stored: hour.from - 9_999_999 })).toEqual({ kind: "inside", time: hour.from });
  });
});

describe("a record of a view whose clock is not known", () => {
  it("is inside by any of its clocks, and takes the time of the one that matched", () => {
    expect(auto({ network: hour.from, stored: hour.to + 900 })).toEqual({ kind: "inside", time: hour.from });
    expect(auto({ network: hour.from - 90_000, stored: hour.from + 5 })).toEqual({
      kind: "inside",
      time: hour.from + 5,
    });
    expect(auto({ event: hour.to - 1 })).toEqual({ kind: "inside", time: hour.to - 1 });
    expect(auto({ stored: 1, updated: hour.from + 7 })).toEqual({ kind: "inside", time: hour.from + 7 });
  });

  it("is left to the neighbour window when only a margin brought it in", () => {
    expect(auto({ event: hour.to + 2, network: hour.to + 2, stored: hour.to + 800 })).toEqual({ kind: "outside" });
    expect(auto({ event: hour.to })).toEqual({ kind: "outside" });
    expect(auto({ stored: hour.from - 2 })).toEqual({ kind: "outside" });
  });

  it("is kept in a margin while a clock that is not seen may lie inside: the view may filter by that", () => {
    expect(auto({ event: hour.from - 1 })).toEqual({ kind: "inside", time: hour.from });
    expect(auto({ event: hour.from - 1, stored: hour.to + 900 })).toEqual({ kind: "inside", time: hour.from });
    expect(auto({ stored: hour.to + 1 })).toEqual({ kind: "inside", time: hour.to - 1 });
  });

  it("is kept at the nearest end of the window when a clock we do not see chose it", () => {
    expect(auto({ event: hour.from - 9_999_999 })).toEqual({ kind: "inside", time: hour.from });
    expect(auto({ event: hour.to + 9_999_999 })).toEqual({ kind: "inside", time: hour.to - 1 });
    expect(auto({ id: hour.from + 7000 })).toEqual({ kind: "inside", time: hour.from + 7000 });
  });

  it("is unreadable without any clock", () => {
    expect(auto({})).toEqual({ kind: "timeless" });
  });

  it("is never lost, whichever clock the view filters by, seen or unseen", () => {
    const widthMs = 20;
    const windows: Window[] = Array.from({ length: 16 }, (_, index) => ({
      from: 1_000_000_000_000 + index * widthMs,
      to: 1_000_000_000_000 + (index + 1) * widthMs,
    }));
    const first = 1_000_000_000_000;
    const time = fc.integer({ min: first + 3 * widthMs, max: first + 9 * widthMs });
    // What a projection leaves out is chosen freely.
    const record = fc.record({ event: time, wait: fc.nat(30), delay: fc.nat(40) }).map(({ event, wait, delay }) => ({
      event,
      network: event + wait,
      stored: event + wait + delay,
    }));
    const shown = fc.subarray(["event", "network", "stored"] as const, { minLength: 1 });
    const viewClock = fc.constantFrom("network", "stored", "event");
    fc.assert(
      fc.property(record, shown, viewClock, fc.integer({ min: 1, max: 9 }), (clocks, names, by, jitter) => {
        const seen = { ...none, ...Object.fromEntries(names.map((name) => [name, clocks[name]])) };
        const kept = windows.filter((window) => {
          const widened = { from: window.from - jitter, to: window.to + jitter };
          const returned = clocks[by] >= widened.from && clocks[by] <= widened.to;
          return returned && placeInView(seen, "auto", window, widened).kind === "inside";
        });
        expect(kept.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});
