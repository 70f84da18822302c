// Views are asked for ahead: as many pages at once as may be, and nothing that is read depends on it.
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { createFeedSource } from "../../src/microshare/feed-source.ts";
import type { ApiResponse, MicroshareApi } from "../../src/microshare/api.ts";
import type { FeedSource, PageRequest } from "../../src/pipeline/ports.ts";
import { defined, envelopeOf, fakeApi, hour, options, pagesOf, type Call } from "./feeds.ts";

const HOUR = hour.to - hour.from;
const flat = (index: number): Record<string, unknown> => ({
  id: `67c6b3070000000000${String(index).padStart(6, "0")}`,
  createDate: new Date(hour.from + index).toISOString(),
  data: { time: new Date(hour.from + index).toISOString(), index },
});
const pageOf = (page: number, pages: number, size = 2): unknown =>
  envelopeOf(
    Array.from({ length: size }, (_, index) => flat((page - 1) * size + index)),
    { perPage: size, totalCount: pages * size, totalPages: pages, currentPage: page },
  );
const pageNumber = ({ query }: Call): number => Number(query.get("page"));

function viewFeed(api: MicroshareApi, pagesAhead?: number): FeedSource {
  const deps = { jitterMs: () => 3, definitions: defined() };
  return createFeedSource(api, options({ pageSize: 2 }), pagesAhead === undefined ? deps : { ...deps, pagesAhead });
}

/** Answers only when it is told to, in any order. */
function heldApi(answer: (call: Call) => unknown) {
  const inner = fakeApi(answer);
  const held: { call: Call; signal: AbortSignal; release(): void; fail(error: Error): void }[] = [];
  const api: MicroshareApi = {
    ...inner,
    async get(path, query, how) {
      const call: Call = { path, query: new URLSearchParams(query.map(([name, value]) => [name, value])) };
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      held.push({ call, signal: how.signal, release: resolve, fail: reject });
      await promise;
      return inner.get(path, query, how);
    },
  };
  return { api, held };
}

/** Lets everything happen that can without an answer. */
const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve));
};

const request = (part: string, hours = 0): PageRequest => ({
  part,
  window: { from: hour.from + hours * HOUR, to: hour.to + hours * HOUR },
  signal: new AbortController().signal,
});

describe("pages of a view", () => {
  it("are asked for together once the first tells how many there are, and handed out in order whichever comes first", async () => {
    const { api, held } = heldApi((call) => pageOf(pageNumber(call), 5));
    const reading = pagesOf(viewFeed(api, 3), hour);
    await settled();
    expect(held.map(({ call }) => pageNumber(call))).toEqual([1]);
    held[0]?.release();
    await settled();
    expect(held.map(({ call }) => pageNumber(call))).toEqual([1, 2, 3, 4]);
    for (const { release } of held.slice(1).toReversed()) release();
    await settled();
    for (const { release } of held) release();
    const pages = await reading;
    expect(held).toHaveLength(5);
    const inTurn = await pagesOf(viewFeed(fakeApi((call) => pageOf(pageNumber(call), 5))), hour);
    expect(pages.map(({ records }) => records.map(({ eventId }) => eventId))).toEqual(
      inTurn.map(({ records }) => records.map(({ eventId }) => eventId)),
    );
    expect(pages).toHaveLength(5);
  });

  it("are asked for one after the other where nothing says that more may be under way", async () => {
    const { api, held } = heldApi((call) => pageOf(pageNumber(call), 3));
    const reading = pagesOf(viewFeed(api), hour);
    for (let page = 1; page <= 3; page += 1) {
      await settled();
      expect(held).toHaveLength(page);
      held[page - 1]?.release();
    }
    expect(await reading).toHaveLength(3);
  });

  it("are asked for to the view's limit and not beyond, and a count of pages without end does no harm", async () => {
    const objects = [flat(0), flat(1)];
    const api = fakeApi((call) =>
      envelopeOf(objects, { perPage: 2, totalCount: 1e12, totalPages: 1e12, currentPage: pageNumber(call) }),
    );
    await expect(pagesOf(viewFeed(api, 3), hour)).rejects.toMatchObject({ code: "PAGING_UNRELIABLE" });
    expect(Math.max(...api.calls.map(pageNumber))).toBeLessThanOrEqual(5);
  });

  it("that are large are asked for one at a time", async () => {
    const { api, held } = heldApi((call) => pageOf(pageNumber(call), 4));
    const deps = { jitterMs: () => 3, definitions: defined(), pagesAhead: 3, bytesAhead: 1 };
    const reading = pagesOf(createFeedSource(api, options({ pageSize: 2 }), deps), hour);
    for (const most of [1, 2]) {
      await settled();
      expect(held).toHaveLength(most);
      held[most - 1]?.release();
    }
    await settled();
    expect(held).toHaveLength(3);
    for (let round = 0; round < 2; round += 1) {
      for (const { release } of held) release();
      await settled();
    }
    expect(await reading).toHaveLength(4);
  });
});

describe("windows of a view", () => {
  const windows = ["North", "South", "East", "West"].map((part) => request(part));

  it("that are expected are asked for at once, as many as may be, each once", async () => {
    const { api, held } = heldApi(() => envelopeOf([flat(0)]));
    const source = viewFeed(api, 3);
    source.expect?.(windows);
    await settled();
    expect(held.map(({ call }) => call.query.get("loc1"))).toEqual(["North", "South", "East"]);
    for (const { release } of held) release();
    for (const [index, { part, window }] of windows.slice(0, 3).entries()) {
      source.expect?.(windows.slice(index));
      expect(await pagesOf(source, window, { part })).toHaveLength(1);
    }
    expect(held.map(({ call }) => call.query.get("loc1"))).toEqual(["North", "South", "East", "West"]);
  });

  it("that are expected no more are given up, and nobody is bothered with how they end", async () => {
    const { api, held } = heldApi(() => envelopeOf([flat(0)]));
    const source = viewFeed(api, 3);
    source.expect?.(windows);
    source.expect?.([request("North", 1)]);
    expect(held.slice(0, 3).every(({ signal }) => signal.aborted)).toBe(true);
    expect(held[3]?.signal.aborted).toBe(false);
    for (const { fail } of held) fail(new BridgeError("OUT_OF_TIME", "aborted", { fix: "none" }));
    source.expect?.([]);
    await settled();
  });

  it("fail when they are read, not before", async () => {
    const { api, held } = heldApi((): ApiResponse => {
      throw new Error("never answered");
    });
    const source = viewFeed(api, 2);
    source.expect?.(windows.slice(0, 2));
    held[1]?.fail(new BridgeError("API_TIMEOUT", "slow", { fix: "wait" }));
    await settled();
    await expect(pagesOf(source, hour, { part: "South" })).rejects.toMatchObject({ code: "API_TIMEOUT" });
  });
});
