import { describe, expect, it } from "vitest";
import { readSlices, type Slice } from "../../src/pipeline/slices.ts";
import { fc } from "../fast-check.ts";
import { fakeFeed, type FakeFeed, type FakeRecord } from "./fake-feed.ts";

const HOUR = 3_600_000;
const window = { from: 0, to: HOUR };
const now = () => HOUR * 10;

async function slicesOf(feed: FakeFeed, maxBytes = 10_000, of = window): Promise<Slice[]> {
  const slices: Slice[] = [];
  const request = { feed: "test", part: "", window: of, maxBytes, signal: new AbortController().signal };
  for await (const slice of readSlices(feed.source, request)) slices.push(slice);
  return slices;
}

const keysOf = (slices: readonly Slice[]) => slices.flatMap((slice) => slice.records.map((record) => record.key));

describe.each([{ ascending: false }, { ascending: true }])(
  "slices of a source, ascending: $ascending",
  ({ ascending }) => {
    it("hold every record of the window once, in time order, and close the window without gaps", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({ time: fc.integer({ min: 0, max: HOUR - 1 }), size: fc.integer({ min: 50, max: 900 }) }),
            {
              maxLength: 60,
            },
          ),
          fc.integer({ min: 1000, max: 20_000 }),
          async (wanted, maxBytes) => {
            const feed = fakeFeed({ now, ascending, pageSize: 7 });
            const records = wanted.map((one, index): FakeRecord => ({ key: `k${index}`, ...one }));
            feed.add(...records);
            const slices = await slicesOf(feed, maxBytes);
            expect(keysOf(slices).toSorted()).toEqual(records.map((one) => one.key).toSorted());
            const times = slices.flatMap((slice) => slice.records.map((record) => record.time));
            expect(times).toEqual(times.toSorted((one, other) => one - other));
            const closed = slices.flatMap((slice) => (slice.closedTo === undefined ? [] : [slice.closedTo]));
            expect(closed).toEqual(closed.toSorted((one, other) => one - other));
            expect(closed.at(-1)).toBe(window.to);
          },
        ),
        { numRuns: 60 },
      );
    });

    it("stay below the byte cap but for one page", async () => {
      const feed = fakeFeed({ now, ascending, pageSize: 5 });
      for (let n = 0; n < 200; n += 1) feed.add({ key: `k${n}`, time: n * 1000, size: 100 });
      const slices = await slicesOf(feed, 2000);
      expect(Math.max(...slices.map((slice) => slice.bytes))).toBeLessThanOrEqual(2500);
      expect(keysOf(slices)).toHaveLength(200);
    });

    it("pass on one crowded millisecond piece by piece", async () => {
      const feed = fakeFeed({ now, ascending, pageSize: 10 });
      for (let n = 0; n < 300; n += 1) feed.add({ key: `k${n}`, time: 500, size: 100 });
      const slices = await slicesOf(feed, 2000);
      expect(new Set(keysOf(slices)).size).toBe(300);
      expect(Math.max(...slices.map((slice) => slice.bytes))).toBeLessThanOrEqual(3000);
      expect(slices.at(-1)?.closedTo).toBe(window.to);
    });
  },
);

describe("a saturated window", () => {
  it("is split until nothing can be missing", async () => {
    const feed = fakeFeed({ now, limit: 10 });
    for (let n = 0; n < 100; n += 1) feed.add({ key: `k${n}`, time: n * 30_000 });
    const slices = await slicesOf(feed);
    expect(keysOf(slices)).toEqual(Array.from({ length: 100 }, (_, n) => `k${n}`));
    expect(feed.requests.length).toBeGreaterThan(10);
  });

  it("that cannot be split stops the feed and says what to change", async () => {
    const feed = fakeFeed({ now, limit: 10 });
    for (let n = 0; n < 10; n += 1) feed.add({ key: `k${n}`, time: 5000 });
    await expect(slicesOf(feed)).rejects.toMatchObject({
      code: "WINDOW_SATURATED",
      fix: expect.stringContaining("$limit"),
    });
  });
});
