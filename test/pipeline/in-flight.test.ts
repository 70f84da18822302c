import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { createInFlight, loadBytesOf, type InFlight } from "../../src/pipeline/in-flight.ts";
import { readAhead } from "../../src/pipeline/read-ahead.ts";
import { fc } from "../fast-check.ts";
import type { FakeRecord } from "./fake-feed.ts";
import { routeUnderTest, START } from "./route-under-test.ts";

const never = new AbortController().signal;

/** One every second, in an hour that is over. */
function recordsOf(sizes: readonly number[]): FakeRecord[] {
  return sizes.map((size, n) => ({ key: `k${n}`, time: START + n * 1000, size, device: `d${n}` }));
}

/** No room until the consumer comes back. */
async function untilWanted(wanted: AbortSignal): Promise<void> {
  await once(wanted, "abort");
}

/** With what it held at most. */
function watched(maxBytes: number): { readonly inFlight: InFlight; readonly most: () => number } {
  const inFlight = createInFlight(maxBytes);
  let most = 0;
  return {
    most: () => most,
    inFlight: {
      ...inFlight,
      get bytes() {
        return inFlight.bytes;
      },
      open() {
        const account = inFlight.open();
        return {
          ...account,
          hold(what, bytes) {
            account.hold(what, bytes);
            most = Math.max(most, inFlight.bytes);
          },
        };
      },
    },
  };
}

describe("the bytes in flight", () => {
  it("are those of all accounts, each until it is let go", () => {
    const inFlight = createInFlight(100);
    const [one, other] = [inFlight.open(), inFlight.open()];
    one.hold("a", 60);
    other.hold("a", 30);
    expect(inFlight.bytes).toBe(90);
    expect([inFlight.hasRoom(10), inFlight.hasRoom(11)]).toEqual([true, false]);
    one.letGo("a");
    one.letGo("a");
    one.letGo("unknown");
    expect(inFlight.bytes).toBe(30);
    other.hold("b", 500);
    other.close();
    other.close();
    expect(inFlight.bytes).toBe(0);
  });

  it("make wait until there is room, and no longer than is asked", async () => {
    const inFlight = createInFlight(100);
    const account = inFlight.open();
    const told: string[] = [];
    account.hold("a", 50);
    account.hold("b", 50);
    const wanted = new AbortController();
    const waiting = [
      inFlight.room(60, never).then(() => told.push("60")),
      inFlight.room(50, never).then(() => told.push("50")),
      inFlight.room(101, wanted.signal).then(() => told.push("wanted")),
    ];
    account.letGo("a");
    await waiting[1];
    expect(told).toEqual(["50"]);
    wanted.abort();
    await waiting[2];
    account.letGo("b");
    await Promise.all(waiting);
    expect(told).toEqual(["50", "wanted", "60"]);
  });

  it("leave room for several loads", () => {
    expect(loadBytesOf({ maxBytes: 32 * 2 ** 20 })).toBe(2 * 2 ** 20);
    expect(loadBytesOf({ maxBytes: 4 * 2 ** 20 })).toBe(2 ** 19);
    expect(loadBytesOf({ maxBytes: 2 ** 30 })).toBe(2 * 2 ** 20);
  });
});

describe("reading ahead", () => {
  it("waits for room, but not when the consumer has nothing else to do", async () => {
    const asked: number[] = [];
    const room = Promise.withResolvers<void>();
    async function* numbers(): AsyncGenerator<number> {
      for (let number = 1; number <= 3; number += 1) {
        asked.push(number);
        yield number;
      }
    }
    const signals: AbortSignal[] = [];
    const items = readAhead(numbers(), new AbortController(), (wanted) => {
      signals.push(wanted);
      return signals.length === 1 ? room.promise : untilWanted(wanted);
    });
    await items.next();
    expect(asked).toEqual([1]);
    room.resolve();
    await expect.poll(() => asked).toEqual([1, 2]);
    await items.next();
    expect(asked).toEqual([1, 2]);
    expect(await items.next()).toEqual({ done: false, value: 3 });
    await items.return();
  });

  it("asks for nothing when the consumer stops while it waits", async () => {
    const asked: number[] = [];
    async function* numbers(): AsyncGenerator<number> {
      for (let number = 1; ; number += 1) {
        asked.push(number);
        yield number;
      }
    }
    for await (const _ of readAhead(numbers(), new AbortController(), untilWanted)) break;
    expect(asked).toEqual([1]);
  });
});

describe("a route in full swing", () => {
  it("holds no more than the bound and what it reads next, delivers everything, and lets go of everything", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 50, max: 400 }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(1, 500, 2000),
        fc.constantFrom(1, 3000, 10_000),
        fc.boolean(),
        async (sizes, loadBytes, maxBytes, ascending) => {
          const { inFlight, most } = watched(maxBytes);
          const bridge = routeUnderTest({ feed: { ascending, pageSize: 5 }, inFlight, loadBytes, sliceMaxBytes: 2000 });
          bridge.feed.add(...recordsOf(sizes));
          expect(await bridge.run()).toMatchObject({ kind: "caught-up" });
          expect(bridge.keys()).toHaveLength(sizes.length);
          // A load is whole slices: it may be larger by one of them, and there is one being sent while one is wanted.
          expect(most()).toBeLessThanOrEqual(Math.max(maxBytes, loadBytes + SLICE) + loadBytes + SLICE);
          expect(inFlight.bytes).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("holds back what fills no batch only as long as there is room", async () => {
    const sizes = Array.from({ length: 400 }, () => 100);
    const heldWith = async (maxBytes: number) => {
      const { inFlight, most } = watched(maxBytes);
      // Batches of a thousand never fill: without a bound all is held back to the end.
      const bridge = routeUnderTest({
        feed: { ascending: true, pageSize: 10 },
        sink: { eventsPerBatch: 1000 },
        inFlight,
        loadBytes: 1000,
      });
      bridge.feed.add(...recordsOf(sizes));
      const { totals } = await bridge.run();
      expect(bridge.keys()).toHaveLength(sizes.length);
      return { most: most(), batches: totals.batches };
    };
    expect((await heldWith(Infinity)).most).toBe(40_000);
    const bounded = await heldWith(10_000);
    expect(bounded.most).toBeLessThanOrEqual(11_000);
    expect(bounded.batches).toBeGreaterThan(8);
  });

  it("lets go of everything when it fails", async () => {
    const inFlight = createInFlight(1e6);
    const bridge = routeUnderTest({
      inFlight,
      loadBytes: 1,
      sink: { onBatch: () => Promise.reject(new Error("a bug")) },
    });
    bridge.feed.add(...recordsOf([100, 100, 100]));
    await expect(bridge.run()).rejects.toThrow("a bug");
    expect(inFlight.bytes).toBe(0);
  });
});

/** At most 2,000 bytes, or one page of five records where that is more. */
const SLICE = 2000;
