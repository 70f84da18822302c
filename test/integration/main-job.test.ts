// The main job over several simulated hours: every feed kind, everything once, in order, and cheap when nothing is new.
import { beforeAll, describe, expect, it } from "vitest";
import { createExpectation } from "../../dev/demo/expectation.ts";
import { read, type DemoFeed } from "../../dev/demo/feeds.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, HOUR_MS, START, startBridge, summaryOf, type BridgeUnderTest } from "./bridge-under-test.ts";
import { entriesOf, feedsOfAllKinds } from "./feeds.ts";
import { addRecords, keysOf, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const fleet = {
  buildings: 2,
  roomsPerBuilding: 3,
  devicesPerRoom: 1,
  startAt: START - 3 * HOUR_MS,
  lateShare: 0.1,
  rewrittenShare: 0.1,
  repeatedShare: 0.05,
  maxLateMs: 2 * HOUR_MS,
};

describe("the main job", () => {
  it("brings everything that becomes visible once, in order per device, through every kind of feed", async () => {
    await using bridge = await startBridge({
      simulator: { fleet },
      feeds: (microshare) => entriesOf(feedsOfAllKinds(microshare)),
      settings: { LOOKBACK: "PT3H", MICROSHARE_IDENTITY: "examplefac" },
    });
    const feeds = feedsOfAllKinds(bridge.microshare);
    const expectation = createExpectation(bridge.microshare, START - 2 * HOUR_MS, 3 * HOUR_MS);
    const sums = { late: 0, updates: 0 };
    for (let hour = 0; hour < 6; hour += 1) {
      const run = await bridge.run();
      expect(failuresOf(run)).toEqual([]);
      for (const feed of feeds) {
        expectation.noteRun(feed, bridge.clock.now);
        const summary = summaryOf(run, feed.name);
        expectEquation(summary);
        sums.late += Number(summary["late"]);
        sums.updates += Number(summary["updates"]);
      }
      bridge.nextHour();
      // A process may live on or not.
      if (hour % 2 === 1) bridge.restart();
    }
    for (const feed of feeds) expectProof(bridge, feed, expectation.expected.get(feed.name) ?? new Set());
    // The proof is worth something only when there was something to catch.
    expect(sums.late).toBeGreaterThan(10);
    expect(sums.updates).toBeGreaterThan(3);
  });

  it("catches within the daily deep lookback what the lookback of every run is too short for", async () => {
    await using bridge = await startBridge({
      feeds: ({ views, viewRecType }) => [
        { ...ROOMS, kind: "view", viewId: views.eventPassThrough, viewRecType, timeField: "createDate" },
      ],
      settings: { LOOKBACK: "PT1H", DEEP_LOOKBACK: "P2D" },
    });
    const prompt = addRecords(bridge, ROOMS.recType, [100, 30]);
    await bridge.run();
    bridge.clock.now = START + 4 * HOUR_MS;
    await bridge.run();
    const visibleFrom = START + 5 * HOUR_MS;
    const late = bridge.microshare.add({ recType: ROOMS.recType, time: START - HOUR_MS, visibleFrom });
    bridge.clock.now = START + 23 * HOUR_MS;
    await bridge.run();
    expect(keysOf(bridge, "rooms")).toEqual(prompt.toSorted());
    bridge.clock.now = START + 25 * HOUR_MS;
    expect(summaryOf(await bridge.run(), "rooms")).toMatchObject({ delivered: 1, late: 1 });
    expect(keysOf(bridge, "rooms")).toEqual([...prompt, late.id].toSorted());
    expect(bridge.events("rooms").at(-1)?.properties["late"]).toBe(true);
  });

  it("splits the windows of a view that silently shows its newest 999 records only", async () => {
    await using bridge = await startBridge({
      feeds: ({ views, viewRecType }) => [
        { ...ROOMS, kind: "view", viewId: views.eventPassThrough, viewRecType, timeField: "createDate" },
      ],
    });
    const ids = Array.from({ length: 2_500 }, (_, index) => {
      const time = START - 70 * 60_000 + index * 1_000;
      return bridge.microshare.add({ recType: ROOMS.recType, time, device: `device ${index % 7}` }).id;
    });
    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    expect(keysOf(bridge, "rooms")).toEqual(ids.toSorted());
    expectOrder(bridge, "rooms", 7);
  });

  it("sends a new version of a record as a new event, under the id of the old one", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    const [id = ""] = addRecords(bridge, ROOMS.recType, [30]);
    await bridge.run();
    bridge.microshare.rewrite(id);
    bridge.nextHour();
    expect(summaryOf(await bridge.run(), "rooms")).toMatchObject({ delivered: 1, updates: 1, filtered: 0 });
    const [first, second, ...more] = bridge.events("rooms");
    expect(more).toEqual([]);
    expect(second?.properties["recordKey"]).toBe(first?.properties["recordKey"]);
    expect(second?.properties["version"]).not.toBe(first?.properties["version"]);
    expect(second?.messageId).not.toBe(first?.messageId);
    expect(second?.messageId?.slice(0, 16)).toBe(first?.messageId?.slice(0, 16));
  });

  it("leaves new versions out with UPDATES=first-only, and counts them", async () => {
    await using bridge = await startBridge({ feeds: () => [{ ...ROOMS, updates: "first-only" }] });
    const [id = ""] = addRecords(bridge, ROOMS.recType, [30]);
    await bridge.run();
    bridge.microshare.rewrite(id);
    bridge.nextHour();
    expect(summaryOf(await bridge.run(), "rooms")).toMatchObject({ read: 1, delivered: 0, updates: 1, filtered: 1 });
    expect(bridge.events("rooms")).toHaveLength(1);
  });
});

function expectEquation(summary: Readonly<Record<string, unknown>>): void {
  const count = (name: string): number => {
    expect(summary).toMatchObject({ [name]: expect.any(Number) });
    return Number(summary[name]);
  };
  const places = ["delivered", "alreadyDelivered", "filtered", "deadLettered", "leftForNextRun"];
  expect(count("read")).toBe(places.map(count).reduce((sum, one) => sum + one));
}

function parsed(body: Buffer): unknown {
  return JSON.parse(body.toString());
}

/** Exactly the identities expected, each once, and in order among the prompt events of one device and run. */
function expectProof(bridge: BridgeUnderTest, feed: DemoFeed, expected: ReadonlySet<string>): void {
  const events = bridge.events(feed.name).map((event) => ({ ...event, content: parsed(event.body) }));
  const identities = events.map(({ content }) => feed.identityOfEvent(content));
  expect({ feed: feed.name, identities: identities.toSorted() }).toEqual({
    feed: feed.name,
    identities: [...expected].toSorted(),
  });
  expect(expected.size).toBeGreaterThan(10);
  expect(new Set(events.map(({ messageId }) => messageId)).size).toBe(events.length);
  const last = new Map<string, number>();
  for (const { content, properties, enqueuedAt } of events) {
    if (properties["late"] === true) continue;
    const key = `${Math.floor(enqueuedAt / HOUR_MS)} ${feed.deviceOfEvent(content)}`;
    const time = feed.timeOfEvent(content);
    expect(time).toBeGreaterThanOrEqual(last.get(key) ?? 0);
    last.set(key, time);
  }
  // Late events aside, several of one device and run: else there was no order to keep.
  expect(events.length).toBeGreaterThan(last.size);
}

/** Of plain records; every device has several. */
function expectOrder(bridge: BridgeUnderTest, feed: string, devices: number): void {
  const last = new Map<unknown, string>();
  for (const { body } of bridge.events(feed)) {
    const content = parsed(body);
    const device = read(content, "data", "device", "id");
    const time = String(read(content, "data", "time"));
    expect(time >= (last.get(device) ?? "")).toBe(true);
    last.set(device, time);
  }
  expect(last.size).toBe(devices);
}
