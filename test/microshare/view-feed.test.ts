import { describe, expect, it } from "vitest";
import type { MicroshareApi } from "../../src/microshare/api.ts";
import { createFeedSource, type FeedOptions } from "../../src/microshare/feed-source.ts";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import {
  defined,
  envelopeOf,
  fakeApi,
  hour,
  ms,
  options,
  pagesOf,
  recordsOf,
  sample,
  viewId,
  type Call,
} from "./feeds.ts";

function viewFeed(api: MicroshareApi, changes: Partial<FeedOptions> = {}, jitterMs = () => 3): FeedSource {
  return createFeedSource(api, options(changes), { jitterMs, definitions: defined() });
}

const answering = (...pages: unknown[]) =>
  fakeApi(({ query }) => pages[Number(query.get("page")) - 1] ?? envelopeOf([]));
const flat = (index: number, at = hour.from + index): Record<string, unknown> => ({
  id: `67c6b3070000000000${String(index).padStart(6, "0")}`,
  createDate: new Date(at).toISOString(),
  data: { time: new Date(at).toISOString(), index },
});
const many = (count: number, from = 0) => Array.from({ length: count }, (_, index) => flat(from + index));
const parameters = (call: Call | undefined) => Object.fromEntries(call?.query ?? []);

const owned = (index: number, org: string) => ({ ...flat(index), owner: { org } });

describe("the request of a view", () => {
  it("asks for the window, widened, in the exact form of the stored times", async () => {
    const api = answering(envelopeOf([]));
    await pagesOf(viewFeed(api), hour);
    expect(api.calls).toHaveLength(1);
    expect(api.calls[0]?.path).toBe("/share/io.microshare.fm.master.agg/");
    expect(parameters(api.calls[0])).toEqual({
      id: viewId,
      recType: "io.microshare.lake.snapshot.hourly",
      from: "2025-03-04T07:59:59.997Z",
      to: "2025-03-04T09:00:00.003Z",
      details: "true",
      page: "1",
      perPage: "999",
    });
  });

  it("differs from run to run, by whole milliseconds and never by none", async () => {
    const jitters = [0, 2.7, 7];
    const api = answering(envelopeOf([]));
    for (const jitter of jitters)
      await pagesOf(
        viewFeed(api, {}, () => jitter),
        hour,
      );
    expect(api.calls.map(({ query }) => query.get("from"))).toEqual([
      "2025-03-04T07:59:59.999Z",
      "2025-03-04T07:59:59.998Z",
      "2025-03-04T07:59:59.993Z",
    ]);
  });

  it("keeps its bounds over all pages of one reading", async () => {
    let next = 0;
    const api = answering(
      envelopeOf(many(2), { perPage: 2, totalCount: 4, totalPages: 2 }),
      envelopeOf(many(2, 2), { perPage: 2, totalCount: 4, totalPages: 2, currentPage: 2 }),
    );
    await pagesOf(
      viewFeed(api, {}, () => (next += 1)),
      hour,
    );
    expect(new Set(api.calls.map(({ query }) => query.get("to"))).size).toBe(1);
  });

  it("carries the data context as one parameter of JSON text", async () => {
    const api = answering(envelopeOf([]));
    await pagesOf(viewFeed(api, { dataContext: ['Example "Facilities"', "room"] }), hour);
    expect(api.calls[0]?.query.getAll("dataContext")).toEqual(['["Example \\"Facilities\\"","room"]']);
  });

  it("adds the user's parameters, which win over the defaults but not over window and paging", async () => {
    const api = answering(envelopeOf([]));
    const viewParameters = {
      category: "space",
      details: "false",
      from: "x",
      to: "x",
      page: "7",
      perPage: "1",
      id: "x",
    };
    await pagesOf(viewFeed(api, { viewParameters }), hour);
    expect(parameters(api.calls[0])).toMatchObject({
      category: "space",
      details: "false",
      page: "1",
      perPage: "999",
      id: viewId,
    });
    expect(api.calls[0]?.query.get("from")).toBe("2025-03-04T07:59:59.997Z");
  });

  it("leaves out the slash when told to, and encodes the path", async () => {
    const api = answering(envelopeOf([]));
    await pagesOf(viewFeed(api, { viewTrailingSlash: false, viewRecType: "io.x/y" }), hour);
    expect(api.calls[0]?.path).toBe("/share/io.x%2Fy");
  });

  it("is made for one part, in no order", async () => {
    const source = viewFeed(answering());
    expect(source.ascending).toBe(false);
    expect(await source.parts(new AbortController().signal, [])).toEqual([""]);
  });
});

describe("the records of a view", () => {
  it("are filtered to the exact window", async () => {
    const at = [hour.from - 2, hour.from, hour.to - 1, hour.to, hour.to + 2];
    const records = await recordsOf(viewFeed(answering(envelopeOf(at.map((time, index) => flat(index, time))))), hour);
    expect(records.map((record) => record.time)).toEqual([hour.from, hour.to - 1]);
  });

  it("have the feed's type, and their own id, version and times", async () => {
    const window = { from: ms("2025-03-04T08:00:00Z"), to: ms("2025-03-04T10:00:00Z") };
    const records = await recordsOf(viewFeed(answering(sample("hourly-snapshot-view-page.json"))), window);
    expect(records).toHaveLength(4);
    expect(records[0]).toMatchObject({
      recType: "io.microshare.lake.snapshot.hourly",
      key: "67c6c20b00aa00bb0000000b",
      version: "F01066160C23B602454448701B3AF512A1589F934357BC126ADA4E4FC65E544AL467",
      time: window.from,
      storedAt: ms("2025-03-04T09:04:11.230Z"),
      device: "North Tower/1st Floor/Room 101",
    });
  });

  it("come in the order of the answer, page by page", async () => {
    const api = answering(
      envelopeOf(many(2), { perPage: 2, totalCount: 3, totalPages: 2 }),
      envelopeOf(many(1, 2), { perPage: 2, totalCount: 3, totalPages: 2, currentPage: 2 }),
    );
    const pages = await pagesOf(viewFeed(api), hour);
    expect(pages.map((page) => page.records.map((record) => record.time - hour.from))).toEqual([[0, 1], [2]]);
  });

  it("without a time are unreadable where a time field is set", async () => {
    const object = { id: "67c6b3070000000000000001", createDate: new Date(hour.from).toISOString(), data: { a: 1 } };
    const source = (changes: Partial<FeedOptions>) => viewFeed(answering(envelopeOf([object, flat(2)])), changes);
    const [page] = await pagesOf(source({ timeField: "data.meta.iot.time" }), hour);
    expect(page).toMatchObject({ records: [], unreadable: [{ reason: "it has no time that could be read" }, {}] });
    expect((await pagesOf(source({ timeField: "createDate" }), hour))[0]).toMatchObject({ unreadable: [] });
  });

  it("that the owner filter leaves out are counted; the data context is the view's business", async () => {
    const api = answering(envelopeOf([owned(1, "com.one"), owned(2, "com.two")]));
    const [page] = await pagesOf(viewFeed(api, { ownerFilter: "one", dataContext: ["room"] }), hour);
    expect(page).toMatchObject({ records: [{ time: hour.from + 1 }], filtered: 1 });
  });
});

describe("the pages of a view", () => {
  it("are read until the last, and one page is enough where their number is not told", async () => {
    const api = answering({ objs: many(3) });
    expect(await recordsOf(viewFeed(api), hour)).toHaveLength(3);
    expect(api.calls).toHaveLength(1);
  });

  it("go on where their number is not told and one is full", async () => {
    const api = answering({ objs: many(3) }, { objs: many(2, 3) });
    expect(await recordsOf(viewFeed(api, { pageSize: 3 }), hour)).toHaveLength(5);
  });

  it.each([
    [
      "another page than asked for",
      [envelopeOf(many(2), { totalPages: 2 }), envelopeOf(many(2, 2), { totalPages: 2, currentPage: 1 })],
    ],
    [
      "the same page again",
      [envelopeOf(many(2), { totalPages: 2 }), envelopeOf(many(2), { totalPages: 2, currentPage: 2 })],
    ],
  ])("stop the reading when one is %s", async (_name, pages) => {
    await expect(pagesOf(viewFeed(answering(...pages)), hour)).rejects.toMatchObject({
      code: "PAGING_UNRELIABLE",
      message: expect.stringContaining('Feed "rooms", page 2'),
    });
  });

  it("stop the reading when their number is not told and a single record comes again", async () => {
    const source = viewFeed(answering({ objs: many(1) }, { objs: many(1) }), { pageSize: 1 });
    await expect(pagesOf(source, hour)).rejects.toMatchObject({ code: "PAGING_UNRELIABLE" });
  });

  it("may be empty at the end: a total of 0 pages is one page", async () => {
    const pages = await pagesOf(viewFeed(answering(sample("view-empty.json"))), hour);
    expect(pages).toMatchObject([{ records: [], hidden: 0, filtered: 0 }]);
  });

  it("count what they do not show", async () => {
    const [page] = await pagesOf(viewFeed(answering(envelopeOf(many(2), { totalCount: 5 }))), hour);
    expect(page?.hidden).toBe(3);
  });
});

describe("a view's limit", () => {
  it("saturates the last page when as many records came as the platform ever gives", async () => {
    const full = answering(
      envelopeOf(many(500), { perPage: 500, totalCount: 999, totalPages: 2 }),
      envelopeOf(many(499, 500), { perPage: 500, totalCount: 999, totalPages: 2, currentPage: 2 }),
    );
    const pages = await pagesOf(viewFeed(full), hour);
    expect(pages.map((page) => page.saturated)).toEqual([undefined, { limit: 999 }]);
    const [short] = await pagesOf(viewFeed(answering(envelopeOf(many(998)))), hour);
    expect(short?.saturated).toBeUndefined();
  });

  it("is the view's own where it is known, and counts what the client filters out as well", async () => {
    const outside = Array.from({ length: 5 }, (_, index) => flat(index, hour.to + 1));
    const [page] = await pagesOf(viewFeed(answering(envelopeOf(outside)), { viewLimit: 5 }), hour);
    expect(page).toMatchObject({ records: [], saturated: { limit: 5 } });
    const [larger] = await pagesOf(viewFeed(answering(envelopeOf(many(999))), { viewLimit: 2500 }), hour);
    expect(larger?.saturated).toBeUndefined();
  });

  it("counts the entries of lines", async () => {
    const [page] = await pagesOf(viewFeed(answering(sample("dashboard-hourly-snapshot.json")), { viewLimit: 6 }), hour);
    expect(page?.saturated).toEqual({ limit: 6 });
  });
});

describe("a view that shows nothing although it counts records", () => {
  it("means missing rights", async () => {
    await expect(pagesOf(viewFeed(answering(envelopeOf([], { totalCount: 7 }))), hour)).rejects.toMatchObject({
      code: "RIGHTS_FILTERED",
      message: expect.stringContaining("counts 7 records"),
    });
  });

  it("is looked at to its last page first", async () => {
    const api = answering(
      envelopeOf([], { perPage: 4, totalCount: 7, totalPages: 2 }),
      envelopeOf(many(1), { perPage: 4, totalCount: 7, totalPages: 2, currentPage: 2 }),
    );
    expect(await recordsOf(viewFeed(api), hour)).toHaveLength(1);
  });
});
