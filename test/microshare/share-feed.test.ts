import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MicroshareApi } from "../../src/microshare/api.ts";
import { createFeedSource, type FeedDeps, type FeedOptions } from "../../src/microshare/feed-source.ts";
import { readHint, writeHint } from "../../src/microshare/share-hint.ts";
import { createInFlight } from "../../src/pipeline/in-flight.ts";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import type { Window } from "../../src/pipeline/records.ts";
import { fakeShareList, idOf, listOf, START, type ListBehaviour, type ListedRecord } from "./fake-share-list.ts";
import { defined, envelopeOf, fakeApi, options, pagesOf, recordsOf, sample } from "./feeds.ts";

const deps = { jitterMs: () => 1, definitions: defined() };

function shareFeed(
  api: MicroshareApi,
  changes: Partial<FeedOptions> = {},
  ahead: Pick<FeedDeps, "pagesAhead" | "inFlight"> = {},
): FeedSource {
  const feed = options({ kind: "share", recType: "io.example", pageSize: 10, ...changes });
  return createFeedSource(api, feed, { ...deps, ...ahead });
}

/** From record number `from` up to, and without, number `to`. */
const span = (from: number, to: number, stepMs = 1000): Window => ({
  from: START + from * stepMs,
  to: START + to * stepMs,
});

async function keysOf(source: FeedSource, window: Window, hint?: string): Promise<string[]> {
  const records = await recordsOf(source, window, hint === undefined ? {} : { hint });
  return records.map((record) => record.key);
}

const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, index) => idOf(from + index));
const visible = (records: readonly ListedRecord[], window: Window): string[] =>
  records
    .filter(({ tstamp, hidden }) => hidden !== true && tstamp >= window.from && tstamp < window.to)
    .map(({ id }) => id);

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no failure",
    (error: unknown) => error,
  );
}

/** Changed in one answer, and in no other. */
function once<Value>(change: (value: Value) => Value, answer = 4): (value: Value) => Value {
  let calls = 0;
  return (value) => ((calls += 1) === answer ? change(value) : value);
}

const sampleFeed = (name: string) =>
  shareFeed(fakeApi(() => ({ ...JSON.parse(sample(name).toString("utf8")), meta: { totalPages: 1 } })));
const order = (records: readonly ListedRecord[]) =>
  records.toSorted(
    (one, other) =>
      Math.floor(records.indexOf(one) / 10) - Math.floor(records.indexOf(other) / 10) || other.tstamp - one.tstamp,
  );
const objects = (window: Window) => (objs: readonly unknown[]) =>
  pagesOf(shareFeed(fakeApi(() => envelopeOf(objs))), window);
const good = (index: number) => ({ id: idOf(index), tstamp: START + index * 1000, data: {} });

describe("a share feed", () => {
  it("asks for full records in ascending order of storage", async () => {
    const list = fakeShareList(listOf(3));
    await pagesOf(shareFeed(list, { recType: "io.example/ü" }), span(0, 3));
    expect(list.calls[0]?.path).toBe("/share/io.example%2F%C3%BC");
    expect(Object.fromEntries(list.calls[0]?.query ?? [])).toEqual({
      details: "true",
      page: "1",
      perPage: "10",
      sort: "tstamp",
    });
  });

  it("is one part, and ascending", async () => {
    const source = shareFeed(fakeShareList([]));
    expect(source.ascending).toBe(true);
    expect(await source.parts(new AbortController().signal, [])).toEqual([""]);
  });

  it("reads exactly the window, half-open, over as many pages as it takes", async () => {
    expect(await keysOf(shareFeed(fakeShareList(listOf(95))), span(17, 52))).toEqual(ids(17, 52));
    expect(await keysOf(shareFeed(fakeShareList(listOf(95))), span(90, 500))).toEqual(ids(90, 95));
    expect(await keysOf(shareFeed(fakeShareList(listOf(95))), span(0, 1))).toEqual(ids(0, 1));
    expect(await keysOf(shareFeed(fakeShareList(listOf(95))), span(95, 500))).toEqual([]);
    expect(await keysOf(shareFeed(fakeShareList([])), span(0, 5))).toEqual([]);
  });

  it("finds the first page past 10,000 old ones in under 20 calls, wherever the window begins", async () => {
    const records = listOf(100_000);
    for (const from of [0, 1, 49_999, 50_000, 77_777, 99_990, 99_999]) {
      const list = fakeShareList(records);
      const [first] = await recordsOf(shareFeed(list), span(from, from + 1));
      expect(first?.key).toBe(idOf(from));
      expect(list.calls.length).toBeLessThan(20);
    }
  });

  it("starts at the page it remembers, and needs four calls where little is new", async () => {
    const list = fakeShareList(listOf(100_000));
    const source = shareFeed(list);
    const pages = await pagesOf(source, span(70_000, 70_015));
    const hint = pages.at(-1)?.hint ?? "";
    list.calls.length = 0;
    expect(await keysOf(source, span(70_015, 70_020), hint)).toEqual(ids(70_015, 70_020));
    expect(list.calls.length).toBeLessThanOrEqual(4);
    list.calls.length = 0;
    expect(await keysOf(source, span(69_700, 69_702), hint)).toEqual(ids(69_700, 69_702));
    expect(list.calls.length).toBeLessThan(16);
  });

  it.each([
    '{"page":9000,"perPage":10}',
    '{"page":1,"perPage":10}',
    '{"page":40,"perPage":5}',
    '{"page":99999,"perPage":10}',
    '{"page":0,"perPage":10}',
    '{"page":"x"}',
    "17",
    "not JSON",
    "",
  ])("takes a hint as a hint: %s changes nothing in what is read", async (hint) => {
    const list = fakeShareList(listOf(500));
    expect(await keysOf(shareFeed(list), span(233, 258), hint)).toEqual(ids(233, 258));
    expect(list.calls.length).toBeLessThan(25);
  });

  it("converts a hint to another page size", () => {
    expect(readHint(writeHint(41, 5), 10)).toBe(21);
    expect(readHint(writeHint(21, 10), 5)).toBe(41);
    expect(readHint(undefined, 10)).toBeUndefined();
    expect(readHint("null", 10)).toBeUndefined();
    expect(readHint('{"page":1.5,"perPage":10}', 10)).toBeUndefined();
  });

  it("misses nothing and repeats nothing, whatever the list, its gaps, its hidden records and the hint", async () => {
    const records = fc.array(fc.record({ gap: fc.nat(5), hidden: fc.boolean() }), { maxLength: 60 });
    const runs = fc.array(fc.record({ length: fc.nat(40), hidden: fc.boolean() }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        records,
        runs,
        fc.nat(150),
        fc.nat(60),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (single, stretches, from, width, hintPage, smallest, hinted) => {
          const gaps = [
            ...single,
            ...stretches.flatMap(({ length, hidden }) => Array.from({ length }, () => ({ gap: 1, hidden }))),
          ];
          let at = START;
          const all = gaps.map(({ gap, hidden }, index) => ({ id: idOf(index), tstamp: (at += gap), hidden }));
          const window = { from: START + from, to: START + from + width };
          // Among more pages than it looks at, it may see none that shows anything, and says so.
          const pageSize = Math.max(smallest, Math.ceil(all.length / 60));
          const source = shareFeed(fakeShareList(all), { pageSize });
          const hint = hinted ? JSON.stringify({ page: hintPage, perPage: pageSize }) : undefined;
          expect(await keysOf(source, window, hint)).toEqual(visible(all, window));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("carries the size of the answer, the API's clock and the skew on each page", async () => {
    const [page] = await pagesOf(shareFeed(fakeShareList(listOf(3))), span(0, 3));
    expect(page).toMatchObject({ answeredAt: 1000, skewMs: 500, filtered: 0, unreadable: [], hidden: 0 });
    expect(page?.bytes).toBeGreaterThan(300);
    const [silent] = await pagesOf(shareFeed(fakeApi(() => envelopeOf([]))), span(0, 3));
    expect(Object.hasOwn(silent ?? {}, "answeredAt")).toBe(false);
  });

  it("filters by data context and owner, and counts what it leaves out", async () => {
    const list = fakeShareList(listOf(5));
    const [context] = await pagesOf(shareFeed(list, { dataContext: ["b"] }), span(0, 3));
    expect(context).toMatchObject({ records: [], filtered: 3 });
    const [owner] = await pagesOf(shareFeed(list, { ownerFilter: "com.other" }), span(0, 3));
    expect(owner).toMatchObject({ records: [], filtered: 3 });
    const [all] = await pagesOf(shareFeed(list, { dataContext: ["a"], ownerFilter: "example" }), span(0, 3));
    expect(all?.records).toHaveLength(3);
  });

  it("reads the platform's own form and its oldest one", async () => {
    const window = { from: Date.parse("2025-03-04T08:00:00Z"), to: Date.parse("2025-03-04T09:00:00Z") };
    const records = await recordsOf(sampleFeed("share-page-details.json"), window);
    expect(records.map((record) => record.storedAt)).toEqual([
      1741075207655, 1741075272481, 1741075323118, 1741075435902, 1741075471209,
    ]);
    expect(records[0]).toMatchObject({
      recType: "io.microshare.occupancy.unpacked.event",
      device: "A1-B2-C3-00-00-00-00-01",
    });
    const legacy = await recordsOf(sampleFeed("legacy-encodings-page.json"), window);
    expect(legacy.map((record) => record.key)).toEqual([
      "67c6b30700aa00bb00000008",
      "67c6b43500aa00bb00000009",
      "67c6b56300aa00bb0000000a",
    ]);
  });
});

describe("hidden records of a share feed", () => {
  it("are counted on the pages of the window", async () => {
    const list = fakeShareList(listOf(60, 1000, (index) => index % 3 === 0));
    const pages = await pagesOf(shareFeed(list), span(20, 40));
    expect(pages.flatMap((page) => page.records).map((record) => record.key)).toEqual(
      ids(20, 40).filter((_, index) => (index + 20) % 3 !== 0),
    );
    expect(pages.reduce((sum, page) => sum + page.hidden, 0)).toBe(7);
  });

  it("do not stop the search: long empty stretches are searched around and read through", async () => {
    for (const [from, to] of [
      [0, 3000],
      [100, 2990],
      [3000, 6000],
    ] as const) {
      const records = listOf(6000, 1000, (index) => index >= from && index < to);
      for (const at of [50, 1500, 3500, 5990]) {
        const list = fakeShareList(records);
        expect(await keysOf(shareFeed(list), span(at, at + 10))).toEqual(visible(records, span(at, at + 10)));
      }
    }
  });

  it("are handed on as a count when nothing at all is visible", async () => {
    const pages = await pagesOf(shareFeed(fakeShareList(listOf(200, 1000, () => true))), span(0, 200));
    expect(pages.flatMap((page) => page.records)).toEqual([]);
    expect(pages.reduce((sum, page) => sum + page.hidden, 0)).toBe(200);
  });

  it("end the reading when there are too many pages to look at all and none shows anything", async () => {
    const list = fakeShareList(listOf(100_000, 1000, () => true));
    const error = await failure(pagesOf(shareFeed(list), span(0, 200)));
    expect(error).toMatchObject({ code: "RIGHTS_FILTERED", message: expect.stringContaining("10000 pages") });
    expect(list.calls).toHaveLength(64);
  });
});

describe("totals of a share feed that are capped by the page size", () => {
  it("make it ask beyond the last page, and find everything", async () => {
    for (const at of [0, 55, 480, 499]) {
      const list = fakeShareList(listOf(500), { capped: true });
      expect(await keysOf(shareFeed(list), span(at, at + 25))).toEqual(ids(at, Math.min(500, at + 25)));
      expect(list.calls.length).toBeLessThan(20);
    }
  });

  it("cost one more call where they are true by chance", async () => {
    const list = fakeShareList(listOf(10));
    expect(await keysOf(shareFeed(list), span(0, 50))).toEqual(ids(0, 10));
    expect(list.calls.map(({ query }) => query.get("page"))).toEqual(["1", "2"]);
  });
});

describe("a share list without counts", () => {
  it("is read until a page is empty", async () => {
    const list = fakeShareList(listOf(95), { meta: () => ({}) });
    expect(await keysOf(shareFeed(list), span(40, 500))).toEqual(ids(40, 95));
  });

  it("is read to the larger of two ends that contradict each other", async () => {
    const short = fakeShareList(listOf(95), { meta: (meta) => ({ ...meta, totalPages: 1 }) });
    expect(await keysOf(shareFeed(short), span(40, 500))).toEqual(ids(40, 95));
    const uncounted = fakeShareList(listOf(95), { meta: ({ totalPages }) => ({ totalPages }) });
    expect(await keysOf(shareFeed(uncounted), span(40, 500))).toEqual(ids(40, 95));
  });
});

describe("a share list that changes while it is read", () => {
  it("loses nothing when records vanish from pages already read", async () => {
    for (const vanish of [1, 4, 10, 25]) {
      let times = 0;
      const list = fakeShareList(listOf(200), {
        before(page, records) {
          if (page === 9 && times++ === 0) records.splice(45, vanish);
        },
      });
      const keys = await keysOf(shareFeed(list), span(40, 150));
      const left = list.records.map(({ id }) => id).filter((id) => id >= idOf(40) && id < idOf(150));
      expect(left.filter((id) => !keys.includes(id))).toEqual([]);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys).toEqual(keys.toSorted());
    }
  });

  it("loses nothing when a record vanishes before every single page", async () => {
    const list = fakeShareList(listOf(200), {
      before: (page, records) => void (page > 1 && records.splice((page - 2) * 10, 1)),
    });
    const keys = await keysOf(shareFeed(list), span(0, 150));
    const left = list.records.filter(({ tstamp }) => tstamp < START + 150_000).map(({ id }) => id);
    expect(left.filter((id) => !keys.includes(id))).toEqual([]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("loses nothing when a record moves onto the page before the first one of the window, during the search", async () => {
    let times = 0;
    const list = fakeShareList(listOf(200), {
      before(page, records) {
        // By then page 6 is known to be wholly older.
        if (page === 7 && times++ === 0) records.splice(0, 1);
      },
    });
    expect(await keysOf(shareFeed(list), span(60, 75))).toEqual(ids(60, 75));
    expect(times).toBe(1);
  });

  it("stops when more vanishes than it can follow", async () => {
    const behaviour: ListBehaviour = { before: (page, records) => void (page === 12 && records.splice(0, 90)) };
    expect(await failure(pagesOf(shareFeed(fakeShareList(listOf(300), behaviour)), span(0, 250)))).toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining("vanished"),
    });
  });

  it("repeats nothing when a record appears on a page already read", async () => {
    let inserted = 0;
    const list = fakeShareList(listOf(100), {
      before(page, records) {
        if (page < 2) return;
        const at = (page - 2) * 10;
        inserted += 1;
        records.splice(at, 0, { id: `new${inserted}`, tstamp: records[at]?.tstamp ?? START });
      },
    });
    const keys = await keysOf(shareFeed(list), span(0, 60));
    expect(new Set(keys).size).toBe(keys.length);
    expect(ids(0, 60).filter((id) => !keys.includes(id))).toEqual([]);
  });

  it("goes on past a record that stands on two pages alone", async () => {
    const [last] = listOf(10).slice(9);
    const list = fakeShareList([...listOf(10, 1000, (index) => index < 9), ...(last === undefined ? [] : [last])]);
    expect(await keysOf(shareFeed(list), span(0, 50))).toEqual(ids(9, 10));
  });
});

describe("paging that cannot be trusted", () => {
  it.each<[string, ListBehaviour, string]>([
    [
      "another page than asked for",
      { page: () => 1, meta: (meta) => ({ ...meta, currentPage: 1 }) },
      "answered with page 1",
    ],
    ["the same page again and again", { page: () => 1 }, "page"],
    ["newest first", { order: (records) => records.toReversed() }, ""],
    [
      "no order at all",
      { order: (records) => records.toSorted((one, other) => Number(one.id.slice(-1)) - Number(other.id.slice(-1))) },
      "",
    ],
  ])("stops the reading: %s", async (_name, behaviour, words) => {
    const list = fakeShareList(listOf(95), behaviour);
    const error = await failure(pagesOf(shareFeed(list), span(20, 60)));
    expect(error).toMatchObject({ code: "PAGING_UNRELIABLE", message: expect.stringContaining(words) });
    expect(error).toMatchObject({
      message: expect.stringContaining('Feed "rooms"'),
      fix: expect.stringContaining("nothing was marked"),
    });
  });

  it.each<[string, ListBehaviour]>([
    ["another page than asked for", { meta: once((meta) => ({ ...meta, currentPage: 1 })) }],
    ["another page's records", { page: once(() => 1) }],
    ["the page before", { page: once((page) => page - 1) }],
    ["a count that is too low", { meta: once((meta) => ({ ...meta, totalCount: 25, totalPages: 3 })) }],
  ])("is read again where it is wrong once, and misses nothing: %s", async (_name, behaviour) => {
    const list = fakeShareList(listOf(95), behaviour);
    const found = await keysOf(shareFeed(list), span(20, 90), '{"page":2,"perPage":10}');
    expect(found).toEqual(ids(20, 90));
    const asked = list.calls.map(({ query }) => query.get("page"));
    expect(asked.length - new Set(asked).size).toBe(1);
  });

  it.each([2, 3, 4])("is read again while the start is searched for, in answer %i", async (answer) => {
    for (const from of [35, 45, 55, 65]) {
      const list = fakeShareList(listOf(95), { page: once(() => 1, answer) });
      expect(await keysOf(shareFeed(list), span(from, 90))).toEqual(ids(from, 90));
    }
  });

  it("is read three times before it stops the reading", async () => {
    const list = fakeShareList(listOf(95), { page: (page) => Math.min(page, 4) });
    const error = await failure(pagesOf(shareFeed(list), span(20, 90), { hint: '{"page":3,"perPage":10}' }));
    expect(error).toMatchObject({ message: expect.stringContaining("(read 3 times)") });
    expect(list.calls.filter(({ query }) => query.get("page") === "5")).toHaveLength(3);
  });

  it.each([
    ["in the middle of a page", 25],
    ["at the end of a page, where it could be right", 30],
  ])("includes a count that ends before the records do, %s", async (_name, totalCount) => {
    const list = fakeShareList(listOf(95), { meta: (meta) => ({ ...meta, totalCount, totalPages: 3 }) });
    expect(await failure(pagesOf(shareFeed(list), span(5, 90)))).toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining("by the API's count"),
    });
  });

  it("costs one call more where the last page is full, and is right", async () => {
    const list = fakeShareList(listOf(30));
    expect(await keysOf(shareFeed(list), span(0, 50))).toEqual(ids(0, 30));
    expect(list.calls.map(({ query }) => query.get("page"))).toEqual(["1", "2", "3", "4"]);
  });

  it("is noticed while reading on from a good page, too", async () => {
    const list = fakeShareList(listOf(95), { page: (page) => Math.min(page, 4) });
    expect(await failure(pagesOf(shareFeed(list), span(20, 90), { hint: '{"page":3,"perPage":10}' }))).toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining("same as the page before"),
    });
  });

  it("is noticed where nothing is counted and one record comes again and again", async () => {
    const list = fakeShareList(listOf(1), { page: () => 1, meta: () => ({}) });
    expect(await failure(pagesOf(shareFeed(list), span(0, 90)))).toMatchObject({ code: "PAGING_UNRELIABLE" });
    expect(await failure(pagesOf(shareFeed(list), span(5, 90)))).toMatchObject({ code: "PAGING_UNRELIABLE" });
  });

  it("is noticed when a later page goes back in time", async () => {
    const list = fakeShareList(listOf(95), { page: (page) => (page === 6 ? 2 : page) });
    expect(await failure(pagesOf(shareFeed(list), span(30, 90), { hint: '{"page":3,"perPage":10}' }))).toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining("ignore sort"),
    });
  });

  it("does not include disorder within a page: records still come in ascending order", async () => {
    expect(await keysOf(shareFeed(fakeShareList(listOf(95), { order })), span(17, 52))).toEqual(ids(17, 52));
  });
});

describe("bad records of a share feed", () => {
  it("are unreadable one by one, and leave the rest alone", async () => {
    const [page] = await objects(span(0, 10))([good(1), { data: {} }, 17, good(2), null, { id: "x", data: [] }]);
    expect(page?.records.map((record) => record.key)).toEqual([idOf(1), idOf(2)]);
    expect(page?.unreadable.map((one) => Buffer.from(one.body).toString())).toEqual([
      '{"data":{}}',
      "17",
      "null",
      '{"id":"x","data":[]}',
    ]);
  });

  it("belong to the window of the record before them, so that they are found once", async () => {
    const page = [7, good(1), 8, good(5), 9];
    const bodies = async (window: Window) =>
      (await objects(window)(page))[0]?.unreadable.map((one) => Buffer.from(one.body).toString());
    expect(await bodies(span(0, 3))).toEqual(["7", "8"]);
    expect(await bodies(span(3, 9))).toEqual(["9"]);
    expect(await bodies(span(20, 30))).toEqual([]);
    const [alone] = await objects(span(20, 30))([7]);
    expect(alone?.unreadable).toHaveLength(1);
  });

  it("include one without an id that has a time: it gets a derived key", async () => {
    const [page] = await objects(span(0, 10))([{ tstamp: START, data: { time: "2025-01-01T00:00:00Z" } }]);
    expect(page?.records[0]).toMatchObject({ key: expect.stringMatching(/^k:/), recType: "io.example", time: START });
  });

  it("do not include records of which only the data is missing", async () => {
    const [page] = await objects(span(0, 10))([{ id: idOf(1), tstamp: START }]);
    expect(page?.records[0]?.key).toBe(idOf(1));
  });

  it.each([
    ["short objects", sample("share-page-nodetails.json"), "details=true"],
    ["no objs", { meta: {} }, "MICROSHARE_API_URL"],
    ["objs that is no array", { objs: {} }, "MICROSHARE_API_URL"],
    ["an array", [1], "MICROSHARE_API_URL"],
    ["broken JSON", '{"objs":[{"a":1}', ""],
  ])("do not include an answer with %s: that stops the feed", async (_name, answer, fix) => {
    const error = await failure(pagesOf(shareFeed(fakeApi(() => answer)), span(0, 10)));
    expect(error).toMatchObject({ code: "RESPONSE_UNREADABLE", fix: expect.stringContaining(fix) });
    expect(error).toMatchObject({ message: expect.stringContaining('Feed "rooms", page 1') });
  });
});

describe("reading ahead in a share feed", () => {
  it("asks for one page while the consumer works on another, and for no more", async () => {
    const list = fakeShareList(listOf(95));
    const pages = shareFeed(list).readPages({ part: "", window: span(0, 95), signal: new AbortController().signal });
    const iterator = pages[Symbol.asyncIterator]();
    await iterator.next();
    expect(list.calls.map(({ query }) => query.get("page"))).toEqual(["1", "2"]);
    await iterator.next();
    expect(list.calls.map(({ query }) => query.get("page"))).toEqual(["1", "2", "3"]);
    await iterator.return?.();
    expect(list.calls).toHaveLength(3);
  });

  it("asks for as many pages as there is room for, and for the next one always when it is wanted", async () => {
    for (const [room, most] of [
      [Infinity, 6],
      [2, 3],
      [0, 1],
    ] as const) {
      const list = fakeShareList(listOf(95));
      const inFlight = createInFlight(Infinity);
      const hasRoom = (page: number): boolean => inFlight.bytes + page <= room * page;
      const source = shareFeed(list, {}, { pagesAhead: 5, inFlight: { ...inFlight, hasRoom } });
      let pages = 0;
      let ahead = 0;
      const request = { part: "", window: span(0, 95), signal: new AbortController().signal };
      for await (const { records } of source.readPages(request)) {
        pages += 1;
        ahead = Math.max(ahead, list.calls.length - pages);
        expect(records).toHaveLength(pages === 10 ? 5 : 10);
      }
      expect([pages, list.calls.length, ahead + 1]).toEqual([10, 10, most]);
      expect(inFlight.bytes).toBe(0);
    }
  });

  it("gives up the call under way when the consumer stops", async () => {
    const aborted: boolean[] = [];
    const list = fakeShareList(listOf(95));
    const api: MicroshareApi = {
      ...list,
      get(path, query, call) {
        if (new Map(query).get("page") === "1") return list.get(path, query, call);
        return new Promise((_, reject) => {
          call.signal.addEventListener("abort", () => {
            aborted.push(true);
            reject(new Error("aborted"));
          });
        });
      },
    };
    for await (const page of shareFeed(api).readPages({
      part: "",
      window: span(0, 95),
      signal: new AbortController().signal,
    })) {
      expect(page.records).toHaveLength(10);
      break;
    }
    expect(aborted).toEqual([true]);
  });

  it("ends with the run", async () => {
    const abort = new AbortController();
    abort.abort(new Error("time is up"));
    expect(
      await failure(pagesOf(shareFeed(fakeShareList(listOf(95))), span(0, 5), { signal: abort.signal })),
    ).toMatchObject({ message: "time is up" });
  });
});
