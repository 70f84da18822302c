// Pages of views that do not fit together, against the simulator over HTTP and against answers made by hand.
import { describe, expect, it } from "vitest";
import { createFeedSource, type FeedOptions } from "../../src/microshare/feed-source.ts";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import type { Window } from "../../src/pipeline/records.ts";
import { failureOf } from "./fake-platform.ts";
import { defined, envelopeOf, fakeApi, ms, options, pagesOf, recordsOf, type Call, type FakeApi } from "./feeds.ts";
import { startWorld, truth, type World } from "./simulated-world.ts";

const hour: Window = { from: ms("2025-03-04T08:00:00Z"), to: ms("2025-03-04T09:00:00Z") };
const sort = `[{"$match": {"recType": "\${recType}", "createDate": {"$gte": {"$date": "\${from}"}, "$lte": {"$date": "\${to}"}}}},
  {"$sort": {"createDate": 1}}]`;

/** Derived objects, oldest first, in pages of ten. */
function paged({ simulator }: World, changes: Partial<FeedOptions> = {}): Partial<FeedOptions> {
  return { viewId: simulator.addView({ query: sort }), recType: "io.example.paged", pageSize: 10, ...changes };
}

async function startPaged(count = 35): Promise<World> {
  const world = await startWorld({ fleet: { buildings: 0 } });
  for (let index = 0; index < count; index += 1) add(world, index * 1000);
  return world;
}

function add({ simulator }: World, afterMs: number): string {
  return simulator.add({ recType: "io.example.paged", time: hour.from + afterMs }).id;
}

const keys = async (source: FeedSource): Promise<string[]> =>
  (await recordsOf(source, hour)).map(({ key, version }) => `${key} ${version}`);
const all = (world: World): string[] => truth(world, "io.example.paged", "storedAt", hour);
const pageNumbers = (world: World): string[] =>
  world.calls("share").map((call) => new URLSearchParams(call.split("?")[1]).get("page") ?? "");
const onPage = (page: number) => (call: string) =>
  call.startsWith("/share/") && new URLSearchParams(call).get("page") === String(page);

describe("the pages of a view", () => {
  it("that fit together are asked for once each", async () => {
    const world = await startPaged();
    const found = await keys(world.feed(paged(world)));
    expect(found).toHaveLength(35);
    expect(found.toSorted()).toEqual(all(world));
    expect(pageNumbers(world)).toEqual(["1", "2", "3", "4"]);
  });

  it("are not asked for beyond a full last one, unless its count may be capped", async () => {
    const world = await startPaged(20);
    expect(await keys(world.feed(paged(world)))).toHaveLength(20);
    expect(pageNumbers(world)).toEqual(["1", "2"]);
    const ten = await startPaged(10);
    expect(await keys(ten.feed(paged(ten)))).toHaveLength(10);
    expect(pageNumbers(ten)).toEqual(["1", "2"]);
  });

  it("that all come at once, because page is ignored, are one", async () => {
    for (const count of [35, 10]) {
      const world = await startPaged(count);
      world.simulator.quirks.viewPaging = "ignored";
      expect((await keys(world.feed(paged(world)))).toSorted()).toEqual(all(world));
    }
  });
});

describe("paging of a view that goes wrong once", () => {
  it.each<[string, (world: World) => unknown]>([
    ["another page is answered", ({ simulator }) => simulator.faults.ignorePage({ path: onPage(3), times: 1 })],
    [
      "a page comes again",
      ({ simulator }) => simulator.faults.ignorePage({ path: onPage(3), times: 1, echoPage: true }),
    ],
    ["the pages stop short", ({ simulator }) => simulator.faults.wrongTotals({ totalPages: 2 }, { times: 4 })],
    [
      "more is counted",
      ({ simulator }) => simulator.faults.wrongTotals({ totalCount: 60 }, { path: "page", times: 7 }),
    ],
    [
      "less is counted",
      ({ simulator }) => simulator.faults.wrongTotals({ totalCount: 5, totalPages: 1 }, { times: 1 }),
    ],
    [
      "a count changes on the way",
      ({ simulator }) => simulator.faults.wrongTotals({ totalCount: 36 }, { path: onPage(2), times: 1 }),
    ],
    ["nothing is shown on one page", ({ simulator }) => simulator.faults.emptyObjs({ path: onPage(2), times: 1 })],
  ])("is read again and misses nothing, repeats nothing: %s", async (_name, strike) => {
    const world = await startPaged();
    const source = world.feed(paged(world));
    strike(world);
    const found = await keys(source);
    expect(found.toSorted()).toEqual(all(world));
    expect(new Set(found).size).toBe(35);
  });

  it.each<[string, (world: World, first: string) => void]>([
    ["a record vanishes from a page already read", ({ simulator }, first) => simulator.remove(first)],
    ["a record appears on a page already read", (world) => void add(world, 1)],
    [
      "one appears and one vanishes behind, so that the count stays",
      (world) => {
        add(world, 1);
        world.simulator.remove(all(world).at(-1)?.split(" ")[0] ?? "");
      },
    ],
  ])("is read again when the list moves: %s", async (_name, move) => {
    const world = await startPaged();
    const first = all(world)[0]?.split(" ")[0] ?? "";
    world.simulator.faults.delay(() => Promise.resolve(move(world, first)), { path: onPage(2), times: 1 });
    const found = await keys(world.feed(paged(world)));
    expect(all(world).filter((record) => !found.includes(record))).toEqual([]);
    expect(new Set(found).size).toBe(found.length);
    expect(pageNumbers(world).filter((page) => page === "1")).toHaveLength(2);
  });

  it("asks with other bounds, so that no cached answer comes again", async () => {
    const world = await startPaged();
    world.simulator.faults.ignorePage({ path: onPage(2), times: 1 });
    await keys(world.feed(paged(world)));
    const bounds = world.calls("share").map((call) => new URLSearchParams(call.split("?")[1]).get("from"));
    expect(new Set(bounds)).toEqual(new Set(["2025-03-04T07:59:59.996Z", "2025-03-04T07:59:59.995Z"]));
  });

  it("counts each hidden or filtered record once", async () => {
    const world = await startPaged();
    world.simulator.faults.ignorePage({ path: onPage(3), times: 1 });
    const pages = await pagesOf(world.feed(paged(world, { ownerFilter: "com.nobody" })), hour);
    expect(pages.reduce((sum, page) => sum + page.filtered, 0)).toBe(35);
  });
});

describe("paging of a view that stays wrong", () => {
  it.each<[string, (world: World) => unknown, string]>([
    ["another page is answered", ({ simulator }) => simulator.faults.ignorePage(), "page 1"],
    ["a page comes again", ({ simulator }) => simulator.faults.ignorePage({ echoPage: true }), "ignore page"],
    [
      "more is counted",
      ({ simulator }) => simulator.faults.wrongTotals({ totalCount: 60 }, { path: "page" }),
      "35 of 60",
    ],
    [
      "far more is counted",
      ({ simulator }) => simulator.faults.wrongTotals({ totalCount: 1e9, totalPages: 1e8 }, { path: "page" }),
      "35 of",
    ],
    [
      "less is counted",
      ({ simulator }) => simulator.faults.wrongTotals({ totalCount: 5, totalPages: 1 }, { path: "page" }),
      "counts 5",
    ],
  ])("is read three times, then stops the feed: %s", async (_name, strike, words) => {
    const world = await startPaged();
    const source = world.feed(paged(world));
    strike(world);
    const error = await failureOf(pagesOf(source, hour));
    expect(error).toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining(words),
      fix: expect.stringContaining("nothing was marked"),
    });
    expect(error.message).toContain("(read 3 times)");
    expect(pageNumbers(world).filter((page) => page === "1")).toHaveLength(3);
    expect(pageNumbers(world).length).toBeLessThan(25);
  });

  it("stops the feed when derived objects are missing at the end", async () => {
    const world = await startPaged(9);
    world.simulator.faults.wrongTotals({ totalCount: 12 }, { path: "page" });
    const source = world.feed(paged(world, { pageSize: 20 }));
    expect(await failureOf(pagesOf(source, hour))).toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining("only 9 of 12"),
    });
  });
});

/** Plain records, with an id each. */
const plain = (count: number, from = 0): unknown[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `67c6b3070000000000${String(from + index).padStart(6, "0")}`,
    createDate: new Date(hour.from + from + index).toISOString(),
    data: { n: 1 },
  }));

const byPage = (...pages: unknown[]): FakeApi => fakeApi(({ query }: Call) => pages[Number(query.get("page")) - 1]);
const source = (api: FakeApi, changes: Partial<FeedOptions> = {}): FeedSource =>
  createFeedSource(api, options({ pageSize: 3, viewLimit: 999, ...changes }), {
    jitterMs: () => 1,
    definitions: defined(),
  });
const total = (totalCount: number, currentPage = 1, perPage = 3): Record<string, unknown> => ({
  totalCount,
  totalPages: Math.ceil(totalCount / perPage),
  currentPage,
  perPage,
});

describe("plain records that a view counts and does not show", () => {
  it("are hidden by rights when as many are missing again: counted once, told once, asked for twice", async () => {
    const api = byPage(envelopeOf(plain(2), total(6)), envelopeOf(plain(2, 3), total(6, 2)));
    const feed = source(api);
    const pages = await pagesOf(feed, hour);
    expect(pages.flatMap(({ records }) => records)).toHaveLength(4);
    expect(pages.reduce((sum, page) => sum + page.hidden, 0)).toBe(2);
    expect(api.calls).toHaveLength(4);
    expect(feed.takeWarnings?.().map(({ code }) => code)).toEqual(["RIGHTS_FILTERED"]);
    await pagesOf(feed, hour);
    expect(api.calls).toHaveLength(6);
    expect(feed.takeWarnings?.()).toEqual([]);
  });

  it("have got lost when another number is missing each time, or the totals contradict each other", async () => {
    let reading = 0;
    const moving = fakeApi(() => envelopeOf(plain(1), total(2 + (reading += 1), 1, 9)));
    expect(await failureOf(pagesOf(source(moving, { pageSize: 9 }), hour))).toMatchObject({
      code: "PAGING_UNRELIABLE",
    });
    const short = byPage(
      envelopeOf(plain(3), { ...total(9), totalPages: 1 }),
      envelopeOf([], { ...total(9, 2), totalPages: 1 }),
      envelopeOf([], { ...total(9, 3), totalPages: 1 }),
    );
    expect(await failureOf(pagesOf(source(short), hour))).toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining("only 3 of 9"),
    });
  });
});

describe("records that stand on two pages of a view", () => {
  it("simply stand twice when they do so again", async () => {
    const api = byPage(envelopeOf(plain(3), total(6)), envelopeOf([...plain(1, 2), ...plain(2, 4)], total(6, 2)));
    const found = await recordsOf(source(api), hour);
    expect(found).toHaveLength(5);
    expect(api.calls).toHaveLength(4);
  });

  it("are a list that moves when others do so each time", async () => {
    let reading = 0;
    const api = fakeApi(({ query }) => {
      const page = Number(query.get("page"));
      if (page === 1) reading += 1;
      return page === 1
        ? envelopeOf(plain(3), total(6))
        : envelopeOf([...plain(1, reading - 1), ...plain(2, 4)], total(6, 2));
    });
    expect(await failureOf(pagesOf(source(api), hour))).toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining("moved while it was read"),
    });
  });
});

const capped = (page: number) => ({ totalCount: 3, totalPages: 1, perPage: 3, currentPage: page });

describe("totals of a view that are capped by the page size", () => {
  it("make it ask until a page is not full", async () => {
    const api = byPage(
      envelopeOf(plain(3), capped(1)),
      envelopeOf(plain(3, 3), capped(2)),
      envelopeOf(plain(1, 6), capped(3)),
    );
    expect(await recordsOf(source(api), hour)).toHaveLength(7);
    expect(api.calls).toHaveLength(3);
  });

  it("do not matter once the limit is reached", async () => {
    const api = byPage(envelopeOf(plain(3), total(3)));
    const [page] = await pagesOf(source(api, { viewLimit: 3 }), hour);
    expect(page?.saturated).toEqual({ limit: 3 });
    expect(api.calls).toHaveLength(1);
  });
});

const group = (tag: string, minute: number): unknown => ({
  name: "Derived Data",
  data: { _id: { tags: [tag] }, line: [{ time: new Date(hour.from + minute * 60_000).toISOString() }] },
});
const pagesOfTwo = (page: number, totalPages: number) => ({ totalCount: 4, totalPages, perPage: 2, currentPage: page });

describe("the count of a dashboard", () => {
  it("is not compared with its places, whatever it counts", async () => {
    const api = byPage(envelopeOf([group("a", 1), group("b", 2)], { totalCount: 35, totalPages: 1, perPage: 9 }));
    expect(await recordsOf(source(api, { kind: "dashboard" }), hour, { part: "x" })).toHaveLength(2);
    expect(api.calls).toHaveLength(1);
  });

  it("must stay as it is over its pages all the same", async () => {
    const api = byPage(
      envelopeOf([group("a", 1), group("b", 2)], pagesOfTwo(1, 2)),
      envelopeOf([group("c", 1)], pagesOfTwo(2, 3)),
    );
    const error = await failureOf(pagesOf(source(api, { kind: "dashboard" }), hour, { part: "x" }));
    expect(error).toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining("totalPages is 3, and was 2"),
    });
  });
});
