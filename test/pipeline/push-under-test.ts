// A route that is polled and pushed to, with everything in memory and one clock for hosts and storage.
import type { ForwardDeps, Route } from "../../src/pipeline/forward-feed.ts";
import { pushPermission } from "../../src/pipeline/push-permission.ts";
import { pushRecords, type PushDeps, type PushResult } from "../../src/pipeline/push.ts";
import type { FeedRecord } from "../../src/pipeline/records.ts";
import { memoryPushClaims } from "../../src/state/memory-push-claims.ts";
import { idOf, type FakeRecord } from "./fake-feed.ts";
import { MINUTE, routeUnderTest, START, type RouteOptions } from "./route-under-test.ts";

export const SETTLE_MS = 35_000;
const open = new AbortController().signal;

/** Record `n` has the time of minute `n`, counted from the start of the feed. */
export function pushUnderTest(options: RouteOptions = {}) {
  const bridge = routeUnderTest({ ...options, sink: { partitions: 2, settleMs: SETTLE_MS, ...options.sink } });
  const { clock, time, feed, sink, store } = bridge;
  /** Of the storage account. */
  const storage = { aheadMs: 0, asked: 0 };
  const claims = memoryPushClaims(() => {
    storage.asked += 1;
    return clock.now + storage.aheadMs;
  });
  const permission = pushPermission({ store, monotonicNow: () => clock.now });
  let calls = 0;

  const fake = (n: number, version = "1"): FakeRecord => ({ key: `k${n}`, version, time: START + n * MINUTE });

  return {
    ...bridge,
    claims,
    storage,
    /** Shows in the API. */
    show: (...numbers: readonly number[]): void => feed.add(...numbers.map((n) => fake(n))),
    minute: (n: number): void => void (clock.now = START + n * MINUTE),
    poll: (route: Partial<Route> = {}, deps: Partial<ForwardDeps> = {}) =>
      bridge.run({ route: { push: true, ...route }, deps: { pushClaims: claims, ...deps } }),
    push: async (numbers: readonly (number | FakeRecord)[], deps: Partial<PushDeps> = {}): Promise<PushResult> => {
      calls += 1;
      const records = numbers.map((one) => recordOf(typeof one === "number" ? fake(one) : one));
      const route = { name: "test@memory", feed: "test", sink, updates: options.updates ?? "forward" };
      const own = { now: () => clock.now, monotonicNow: () => clock.now, owner: `call ${calls}`, signal: open };
      return time.passUntil(pushRecords(route, records, { claims, mayPushFrom: permission, ...own, ...deps }));
    },
    fake,
    /** Keys of what is in the hub, in the order of their numbers. */
    arrived: () => bridge.keys().toSorted((one, other) => Number(one.slice(1)) - Number(other.slice(1))),
    pushed: async () => (await bridge.checkpoint())?.pushed,
  };
}

/** As the feed gives it. */
function recordOf({ key, version = "1", time, device = "device", size = 100 }: FakeRecord): FeedRecord {
  const body = Buffer.from(JSON.stringify({ key, version, pad: "x".repeat(Math.max(0, size - 40)) }));
  return { recType: "test.record", key, version, eventId: idOf({ key, version }), time, device, body };
}
