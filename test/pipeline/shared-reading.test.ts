// Reading along: one reading for several routes, each at its own pace, none at the mercy of another.
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import { shareReading } from "../../src/pipeline/shared-reading.ts";
import { readSlices, type Slice } from "../../src/pipeline/slices.ts";
import { fakeFeed, type FakeFeedOptions } from "./fake-feed.ts";
import { HOUR, START } from "./route-under-test.ts";

const COUNT = 12;
const forever = new AbortController().signal;

interface SetUp extends Partial<FakeFeedOptions> {
  readonly routes?: number;
  readonly mostWaitingBytes?: number;
  readonly time?: AbortSignal;
}

/** A feed in ascending order with a record of 100 bytes every five minutes, one to a page and a slice. */
function shared({ routes = 2, mostWaitingBytes = 1e6, time = forever, ...feed }: SetUp = {}) {
  const fake = fakeFeed({ now: () => START + HOUR, ascending: true, pageSize: 1, ...feed });
  for (let at = 0; at < COUNT; at += 1) fake.add({ key: `${at}`, time: START + (at * HOUR) / COUNT });
  const readers = shareReading(fake.source, routes, { mostWaitingBytes, time });
  return { fake, readers, sources: readers.map(({ source }) => source) };
}

function slicesOf(source: FeedSource | undefined, signal = forever, from = START): AsyncGenerator<Slice> {
  if (source === undefined) throw new Error("no such reader");
  const request = { feed: "test", part: "", window: { from, to: START + HOUR }, maxBytes: 1, signal };
  return readSlices(source, request);
}

async function keysOf(slices: AsyncIterable<Slice>): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { records } of slices) keys.push(...records.map(({ key }) => key));
  return keys;
}

async function take(slices: AsyncGenerator<Slice>, count: number): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let taken = 0; taken < count; taken += 1) {
    const next = await slices.next();
    if (next.done === true) break;
    keys.push(...next.value.records.map(({ key }) => key));
  }
  return keys;
}

const everything = Array.from({ length: COUNT }, (_, at) => `${at}`);

describe("routes that read along", () => {
  it("get the same slices from one reading, at any pace", async () => {
    const { fake, sources } = shared({ routes: 3 });
    const [fast, slow, late] = [slicesOf(sources[0]), slicesOf(sources[1]), slicesOf(sources[2])];
    expect(await take(slow, 2)).toEqual(["0", "1"]);
    expect(await keysOf(fast)).toEqual(everything);
    expect(await keysOf(slow)).toEqual(everything.slice(2));
    expect(await keysOf(late)).toEqual(everything);
    expect(fake.requests).toHaveLength(1);
  });

  it("get them at the same time, with one request under way", async () => {
    const { fake, sources } = shared({ routes: 3 });
    const all = await Promise.all(sources.map((source) => keysOf(slicesOf(source))));
    expect(all).toEqual([everything, everything, everything]);
    expect(fake.requests).toHaveLength(1);
  });

  it("share nothing when they ask for different windows", async () => {
    const { fake, sources } = shared();
    expect(await keysOf(slicesOf(sources[0]))).toEqual(everything);
    expect(await keysOf(slicesOf(sources[1], forever, START + HOUR / 2))).toEqual(everything.slice(6));
    expect(fake.requests).toHaveLength(2);
  });

  it("are left behind when too much waits for them, and ask again from where they are", async () => {
    const { fake, sources } = shared({ mostWaitingBytes: 350 });
    const [fast, slow] = [slicesOf(sources[0]), slicesOf(sources[1])];
    expect(await take(slow, 2)).toEqual(["0", "1"]);
    expect(await take(fast, 5)).toEqual(everything.slice(0, 5));
    expect(fake.requests).toHaveLength(1);
    // The limit counts what waits beside the newest slice.
    expect(await keysOf(fast)).toEqual(everything.slice(5));
    expect(await keysOf(slow)).toEqual([]);
    const rest = slicesOf(sources[1], forever, START + (2 * HOUR) / COUNT);
    expect(await keysOf(rest)).toEqual(everything.slice(2));
    expect(fake.requests).toHaveLength(2);
  });

  it("that are not level leave no more behind than the limit", async () => {
    const { fake, sources } = shared({ mostWaitingBytes: 350 });
    for (let from = 0; from < 6; from += 1) {
      expect(await keysOf(slicesOf(sources[0], forever, START + from))).toHaveLength(from === 0 ? COUNT : COUNT - 1);
    }
    expect(fake.requests).toHaveLength(6);
    // Of the last reading nothing is left for the other either: it had been too much.
    expect(await keysOf(slicesOf(sources[1], forever, START + 5))).toHaveLength(COUNT - 1);
    expect(fake.requests).toHaveLength(7);
  });

  it("stop by themselves: the request that another waits for goes on", async () => {
    const answers = Promise.withResolvers<void>();
    const { fake, readers, sources } = shared({
      async beforePage({ signal }, page) {
        if (page === 2) await answers.promise;
        if (signal.aborted) throw new BridgeError("OUT_OF_TIME", "over", { fix: "none" });
      },
    });
    const stop = new AbortController();
    const [failing, other] = [slicesOf(sources[0], stop.signal), slicesOf(sources[1])];
    expect([await take(failing, 1), await take(other, 1)]).toEqual([["0"], ["0"]]);
    const stopped = take(failing, 1);
    const waiting = keysOf(other);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: "OUT_OF_TIME" });
    await readers[0]?.leave();
    answers.resolve();
    expect(await waiting).toEqual(everything.slice(1));
    expect(fake.requests).toHaveLength(1);
  });

  it("end the reading when the last one leaves", async () => {
    const signals: AbortSignal[] = [];
    const { readers, sources } = shared({ beforePage: ({ signal }) => void signals.push(signal) });
    expect(await take(slicesOf(sources[0]), 2)).toEqual(["0", "1"]);
    await readers[0]?.leave();
    expect(signals[0]?.aborted).toBe(false);
    await readers[1]?.leave();
    expect(signals[0]?.aborted).toBe(true);
  });

  it("are all told of an error of the API, behind what came before it", async () => {
    const { fake, sources } = shared({
      beforePage: (_, page) => {
        if (page === 3) throw new BridgeError("REQUEST_REJECTED", "no", { fix: "none" });
      },
    });
    for (const source of sources) {
      const slices = slicesOf(source);
      expect(await take(slices, 2)).toEqual(["0", "1"]);
      await expect(keysOf(slices)).rejects.toMatchObject({ code: "REQUEST_REJECTED" });
    }
    expect(fake.requests).toHaveLength(1);
    // Who asks again is not given the old error for ever.
    await expect(keysOf(slicesOf(sources[0]))).rejects.toMatchObject({ code: "REQUEST_REJECTED" });
    expect(fake.requests).toHaveLength(2);
  });

  it("get what was read before the time was over, as one that reads alone does", async () => {
    const over = new AbortController();
    const { sources } = shared({
      time: over.signal,
      beforePage: ({ signal }, page) => {
        if (page === 4) over.abort();
        if (signal.aborted) throw new BridgeError("OUT_OF_TIME", "over", { fix: "none" });
      },
    });
    for (const source of sources) {
      const slices = slicesOf(source, over.signal);
      expect(await take(slices, 4)).toEqual(["0", "1", "2", "3"]);
      await expect(slices.next()).rejects.toMatchObject({ code: "OUT_OF_TIME" });
    }
  });

  it("are all told of the warnings of the feed, and ask for its parts once", async () => {
    let asked = 0;
    const warning = new BridgeError("LOCATION_VANISHED", "gone", { fix: "none" });
    const warnings = [warning];
    const source: FeedSource = {
      ...fakeFeed({ now: () => START }).source,
      parts: async () => [`${(asked += 1)}`],
      takeWarnings: () => warnings.splice(0),
    };
    const readers = shareReading(source, 2, { mostWaitingBytes: 1, time: forever });
    const parts = await Promise.all(readers.map((reader) => reader.source.parts(forever, ["b", "a"])));
    expect(parts).toEqual([["1"], ["1"]]);
    expect(await readers[0]?.source.parts(forever, ["a"])).toEqual(["2"]);
    expect(readers.map((reader) => reader.source.takeWarnings?.())).toEqual([[warning], [warning]]);
    expect(readers.map((reader) => reader.source.takeWarnings?.())).toEqual([[], []]);
  });
});
