import { describe, expect, it } from "vitest";
import { createInFlight } from "../../src/pipeline/in-flight.ts";
import type { FeedSource, PageRequest } from "../../src/pipeline/ports.ts";
import type { FeedRecord, OutgoingEvent, Page } from "../../src/pipeline/records.ts";
import { readSlices, type Slice, type SliceRequest } from "../../src/pipeline/slices.ts";
import { fc } from "../fast-check.ts";
import { fakeFeed } from "./fake-feed.ts";
import { HOUR, MINUTE, routeUnderTest, START } from "./route-under-test.ts";

const at = (minutes: number) => START + minutes * MINUTE;

interface ViewRecord {
  readonly key: string;
  readonly time: number;
  readonly room?: string;
}

/**
 * A view whose limit strikes before it groups: it works on the newest records of a window, and nothing in its answer
 * tells. `rooms` divides it further.
 */
function groupingView(records: readonly ViewRecord[], limit: number, rooms?: readonly string[]) {
  const requests: PageRequest[] = [];
  const source: FeedSource = {
    ascending: false,
    parts: async () => [""],
    ...(rooms === undefined ? {} : { finerParts: async (part: string) => (part === "" ? rooms : undefined) }),
    async *readPages(request): AsyncGenerator<Page> {
      requests.push(request);
      const inside = records
        .filter(({ time }) => time >= request.window.from && time < request.window.to)
        .filter(({ room }) => ["", "everywhere", room].includes(request.part))
        .toSorted((one, other) => other.time - one.time);
      const shown = inside.slice(0, limit);
      yield {
        records: shown.map(toRecord),
        unreadable: [],
        filtered: 0,
        hidden: 0,
        bytes: 100 * shown.length,
        doubtful: true,
      };
    },
  };
  return { source, requests };
}

function toRecord({ key, time }: ViewRecord): FeedRecord {
  const eventId = Buffer.from(key.padEnd(16)).toString("hex").slice(0, 32);
  return { recType: "r", key, version: "1", eventId, time, device: "d", body: Buffer.from(key) };
}

function wholeHour(maxBytes = 1e6): SliceRequest {
  return {
    feed: "test",
    part: "",
    window: { from: 0, to: HOUR },
    maxBytes,
    signal: new AbortController().signal,
  };
}

async function slicesOf(source: FeedSource, maxBytes = 1e6): Promise<Slice[]> {
  const slices: Slice[] = [];
  for await (const slice of readSlices(source, wholeHour(maxBytes))) slices.push(slice);
  return slices;
}

const keysOf = (slices: readonly Slice[]) => slices.flatMap(({ records }) => records.map(({ key }) => key));

describe("a view that groups, so that nobody can count whether its limit struck", () => {
  it("is believed when its halves hold nothing that the whole does not", async () => {
    const { source, requests } = groupingView(
      [1, 2, 50, 51].map((minute) => ({ key: `k${minute}`, time: minute * MINUTE })),
      10,
    );
    const slices = await slicesOf(source);
    expect(keysOf(slices)).toEqual(["k1", "k2", "k50", "k51"]);
    expect(requests.map(({ window }) => window)).toEqual([
      { from: 0, to: HOUR },
      { from: 0, to: HOUR / 2 },
      { from: HOUR / 2, to: HOUR },
    ]);
  });

  it("is split until nothing can be missing, wherever in the window its records lie", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: HOUR - 1 }), { maxLength: 30 }),
        fc.constantFrom(1, 100, 10_000),
        fc.integer({ min: 2, max: 12 }),
        async (times, crowd, limit) => {
          const unique = [...new Set(times.map((time) => Math.floor(time / crowd)))];
          const records = unique.map((time) => ({ key: `k${time}`, time }));
          const slices = await slicesOf(groupingView(records, limit).source);
          const sorted = records.toSorted((one, other) => one.time - other.time);
          expect(keysOf(slices)).toEqual(sorted.map(({ key }) => key));
          expect(slices.at(-1)?.closedTo).toBe(HOUR);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("is asked twice more for each window, not for every half of it, when its records share one instant", async () => {
    const { source, requests } = groupingView([{ key: "only", time: 40 * MINUTE }], 10);
    expect(keysOf(await slicesOf(source))).toEqual(["only"]);
    expect(requests).toHaveLength(3);
    const first = groupingView([{ key: "only", time: 0 }], 10);
    expect(keysOf(await slicesOf(first.source))).toEqual(["only"]);
    expect(first.requests).toHaveLength(3);
  });

  it("is asked for in narrower parts, too, when its records share one instant, and read in these when they show more", async () => {
    const crowd = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ key: `k${n}`, time: 40 * MINUTE, room: `room ${n % 3}` }));
    const rooms = ["room 0", "room 1", "room 2"];
    const fits = groupingView(crowd(9), 10, rooms);
    expect(keysOf(await slicesOf(fits.source))).toHaveLength(9);
    expect(fits.requests.map(({ part }) => part)).toEqual(["", "", "", ...rooms]);
    const cut = groupingView(crowd(24), 10, rooms);
    const slices = await slicesOf(cut.source);
    expect(new Set(keysOf(slices)).size).toBe(24);
    expect(slices.at(-1)?.closedTo).toBe(HOUR);
  });

  it("that shows nothing is asked for its halves", async () => {
    const { source, requests } = groupingView([], 10);
    expect((await slicesOf(source)).at(-1)?.closedTo).toBe(HOUR);
    expect(requests).toHaveLength(3);
  });
});

describe("one instant that is too full for the view", () => {
  const crowd = Array.from({ length: 30 }, (_, n) => ({ key: `k${n}`, time: 5000, room: `room ${n % 4}` }));
  /** Says that its limit struck. */
  function countingView(rooms?: readonly string[]): FeedSource {
    const { source } = groupingView(crowd, 10, rooms);
    return {
      ...source,
      async *readPages(request) {
        for await (const { doubtful: _, ...page } of source.readPages(request)) {
          yield page.records.length >= 10 ? { ...page, saturated: { limit: 10 } } : page;
        }
      },
    };
  }

  it("is asked for in narrower parts, and closed once all of them are read", async () => {
    const slices = await slicesOf(countingView(["room 0", "room 1", "room 2", "room 3"]));
    expect(keysOf(slices).toSorted()).toEqual(crowd.map(({ key }) => key).toSorted());
    expect(new Set(slices.map(({ part }) => part))).toEqual(new Set([""]));
    const closing = slices.filter(({ window, closedTo }) => window.from === 5000 && closedTo !== undefined);
    expect(closing).toMatchObject([{ records: [], closedTo: 5001 }]);
    expect(slices.at(-1)?.closedTo).toBe(HOUR);
  });

  it.each([
    { name: "there are none", rooms: undefined },
    { name: "there is one, which is as full", rooms: ["everywhere"] },
    { name: "one of them is too full itself", rooms: ["room 1", "everywhere"] },
  ])("stops the part there when $name", async ({ rooms }) => {
    await expect(slicesOf(countingView(rooms))).rejects.toMatchObject({
      code: "WINDOW_SATURATED",
      message: expect.stringContaining("limit of 10 records"),
    });
  });

  it("stops the part when the narrower ones do not hold all that the whole showed, after what they hold", async () => {
    const slices: Slice[] = [];
    const reading = (async () => {
      for await (const slice of readSlices(countingView(["room 0", "room 1", "room 3"]), wholeHour()))
        slices.push(slice);
    })();
    await expect(reading).rejects.toMatchObject({
      code: "WINDOW_INCOMPLETE",
      message: expect.stringContaining("room 0, room 1, room 3 one by one it no longer shows 2 of the records"),
      fix: expect.stringContaining("MICROSHARE_LOCATIONS"),
    });
    expect(slices.some(({ window, closedTo }) => window.from === 5000 && closedTo !== undefined)).toBe(false);
  });

  it("goes on when a record was rewritten between whole and parts", async () => {
    const source = countingView(["room 0", "room 1", "room 2", "room 3"]);
    const rewritten: FeedSource = {
      ...source,
      async *readPages(asked) {
        for await (const page of source.readPages(asked)) {
          const half = asked.part === "" ? "0".repeat(16) : "1".repeat(16);
          const records = page.records.map((one) => ({ ...one, eventId: one.eventId.slice(0, 16) + half }));
          yield { ...page, records };
        }
      },
    };
    expect(keysOf(await slicesOf(rewritten))).toHaveLength(30);
  });

  it("stops that part alone: the others go on, and the watermark stays", async () => {
    const bridge = routeUnderTest({ feed: { limit: 5, parts: () => ["full", "fine"] } });
    for (let n = 0; n < 9; n += 1) bridge.feed.add({ key: `f${n}`, time: at(5), part: "full" });
    bridge.feed.add({ key: "a", time: at(10), part: "fine" });
    expect(await bridge.run()).toMatchObject({
      kind: "blocked",
      error: { code: "WINDOW_SATURATED", message: expect.stringContaining("at full in") },
    });
    expect(bridge.keys()).toEqual(["a"]);
    expect((await bridge.checkpoint())?.watermark).toBe(at(5));
  });
});

describe("a counting view", () => {
  async function run(counted: (request: PageRequest) => number | undefined) {
    const bridge = routeUnderTest({
      timing: { lookbackMs: 0, deepLookbackMs: 0 },
      feed: { parts: () => ["one", "two"], alter: (page) => ({ ...page, filtered: 1 }) },
    });
    bridge.feed.add({ key: "a", time: at(1), part: "one" }, { key: "b", time: at(2), part: "two" });
    bridge.feed.add({ key: "bad", time: at(3), part: "two", unreadable: true });
    const source = { ...bridge.feed.source, countRecords: async (request: PageRequest) => counted(request) };
    const outcome = await bridge.run({ route: { source } });
    return { bridge, outcome };
  }

  it.each([
    { name: "agrees", counted: ({ part }: PageRequest) => (part === "one" ? 2 : 3) },
    { name: "counts fewer than were read, which were written meanwhile", counted: () => 0 },
    { name: "cannot tell", counted: () => undefined },
  ])("that $name changes nothing", async ({ counted }) => {
    const { bridge, outcome } = await run(({ part, window }) =>
      window.from === START ? counted({ part, window, signal: new AbortController().signal }) : 0,
    );
    expect(outcome).toMatchObject({ kind: "caught-up" });
    expect(bridge.keys()).toEqual(["a", "b"]);
  });

  it("that counts more than was read stops the part there, and not the others", async () => {
    const { bridge, outcome } = await run(({ part, window }) => (part === "two" && window.from === START ? 4 : 0));
    expect(outcome).toMatchObject({
      kind: "blocked",
      error: { code: "WINDOW_INCOMPLETE", message: expect.stringMatching(/counts 4 records at two .* found 3$/) },
    });
    expect(bridge.keys()).toEqual(["a"]);
    expect((await bridge.checkpoint())?.watermark).toBe(START);
    expect((await bridge.checkpoint())?.parts["one"]?.doneTo).toBe(bridge.clock.now - MINUTE);
  });

  it("counts one crowded instant as a whole, also when it is passed on in pieces", async () => {
    const feed = fakeFeed({ now: () => HOUR * 10, pageSize: 10 });
    for (let n = 0; n < 100; n += 1) feed.add({ key: `k${n}`, time: 500 });
    const counted = (missed: number): FeedSource => ({
      ...feed.source,
      countRecords: async ({ window }) => (window.from <= 500 && window.to > 500 ? 100 + missed : 0),
    });
    const slices = await slicesOf(counted(0), 2000);
    expect(keysOf(slices)).toHaveLength(100);
    expect(slices.filter(({ window }) => window.from === 500).length).toBeGreaterThan(3);
    await expect(slicesOf(counted(1), 2000)).rejects.toMatchObject({ code: "WINDOW_INCOMPLETE" });
  });
});

describe("200,000 records of one instant", () => {
  const COUNT = 200_000;
  const PAGE = 500;
  const body = new Uint8Array(100);
  const INSTANT = START + 20 * MINUTE + 123;

  it.each([{ ascending: true }, { ascending: false }])(
    "are all delivered, once, with little of them held at a time, ascending: $ascending",
    async ({ ascending }) => {
      let held = 0;
      let most = 0;
      const source: FeedSource = {
        ascending,
        parts: async () => [""],
        async *readPages({ window }): AsyncGenerator<Page> {
          // What an earlier reading of a larger window held is let go of.
          if (!ascending) held = 0;
          const inside = window.from <= INSTANT && INSTANT < window.to;
          for (let from = 0; from < (inside ? COUNT : 1); from += PAGE) {
            const records = inside ? Array.from({ length: PAGE }, (_, n) => recordOf(from + n)) : [];
            held += records.length;
            most = Math.max(most, held);
            yield { records, unreadable: [], filtered: 0, hidden: 0, bytes: records.length * 100 };
          }
        },
      };
      const bridge = routeUnderTest({
        inFlight: createInFlight(Infinity),
        sliceMaxBytes: 1e6,
        loadBytes: 1e6,
        timing: { lookbackMs: 0, deepLookbackMs: 0 },
      });
      const seen = new Set<string>();
      let sent = 0;
      const { readBack: _, ...sink } = bridge.sink;
      const send = async (events: readonly OutgoingEvent[]) => {
        held -= events.length;
        sent += events.length;
        for (const { eventId } of events) seen.add(eventId);
        return { confirmed: events, refused: [], batches: 1, bytes: events.length * 100 };
      };
      expect(await bridge.run({ route: { source, sink: { ...sink, send } } })).toMatchObject({ kind: "caught-up" });
      expect({ sent, seen: seen.size }).toEqual({ sent: COUNT, seen: COUNT });
      // One slice being read, one waiting, one being sent: of 10,000 records each.
      expect(most).toBeLessThanOrEqual(30_000 + 2 * PAGE);
      expect((await bridge.checkpoint())?.watermark).toBe(bridge.clock.now - MINUTE);
    },
    60_000,
  );

  function recordOf(n: number): FeedRecord {
    // Spread like the hashes that real ids are: a table of ids that all begin alike is one long search.
    const spread = (Math.imul(n, 2_654_435_761) >>> 0).toString(16).padStart(8, "0");
    const eventId = (spread + n.toString(16).padStart(8, "0")).repeat(2);
    return { recType: "r", key: `${n}`, version: "1", eventId, time: INSTANT, device: `${n % 7}`, body };
  }
});
