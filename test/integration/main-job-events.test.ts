// What consumers get: the bytes of each record, and beside them its identity.
import { beforeAll, describe, expect, it } from "vitest";
import type { StoredEvent } from "../../dev/event-hubs-emulator/index.ts";
import type { MicroshareSimulator, RecordInput, SimulatedRecord } from "../../dev/microshare-simulator/index.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, MINUTE_MS, START, startBridge, type FeedEntry } from "./bridge-under-test.ts";

beforeAll(sharedAzurite);

const time = START - 40 * MINUTE_MS;
const snapshot = "io.microshare.lake.snapshot.hourly";
const people = "io.microshare.peoplecounter.unpacked.event.agg";

interface Shape {
  readonly feed: (microshare: MicroshareSimulator) => FeedEntry;
  readonly record: Partial<RecordInput>;
  /** The body of the event of this record. */
  readonly body: (record: SimulatedRecord) => string;
  readonly recordKey?: (record: SimulatedRecord) => unknown;
  /** Default: the platform's checksum. */
  readonly version?: RegExp;
}

const payload = {
  motion: { value: 3 },
  text: 'ü "quoted" \\ / €',
  number: 1.0e3,
  meta: {
    device: ["North Tower", "Floor 1", "Room 101", ""],
    global: ["Example Facilities", "solutions", "room"],
    iot: { device_id: "A1-B2-FF-00-00-00-00-01", time: new Date(time).toISOString() },
    snapshot: { category: "space", metric: "occupancy" },
  },
  current: { avg: 0.5, count: 4 },
  daily_total: { in: 3 },
  change: { in: 1 },
  time: new Date(time).toISOString(),
};

const view = (viewRecType: string, viewId: string, more: FeedEntry = {}): FeedEntry => ({
  kind: "view",
  viewId,
  viewRecType,
  timeField: "auto",
  ...more,
});

const shapes: Readonly<Record<string, Shape>> = {
  "a share list": {
    feed: () => ({ kind: "share" }),
    record: { data: payload },
    body: ({ json }) => json,
  },
  "a share list in the oldest encodings": {
    feed: () => ({ kind: "share" }),
    record: { data: payload, legacy: true },
    body: ({ json }) => json,
  },
  "a view that passes records through (shape A)": {
    feed: ({ views, viewRecType }) => view(viewRecType, views.eventPassThrough),
    record: { data: payload },
    body: ({ json }) => json,
  },
  "a view of plain records (shape D)": {
    feed: ({ views, viewRecType }) => view(viewRecType, views.snapshotFlat, { dataContext: ["room"] }),
    record: { data: payload },
    body: ({ json }) => json,
  },
  "a dashboard whose entries name their record": {
    feed: ({ views, viewRecType }) =>
      view(viewRecType, views.peopleDashboard, {
        kind: "dashboard",
        dataContext: ["room"],
        locations: ["North Tower"],
      }),
    record: { recType: people, data: payload },
    body: ({ id }) =>
      dashboardBody(people, {
        record: id,
        time: payload.time,
        field1: undefined,
        daily_total: payload.daily_total,
        meta: payload.meta,
        change: payload.change,
      }),
    version: /^h:[0-9a-f]{64}$/,
  },
  "a dashboard whose entries name nothing": {
    feed: ({ views, viewRecType }) =>
      view(viewRecType, views.snapshotDashboard, {
        kind: "dashboard",
        dataContext: ["room"],
        locations: ["North Tower"],
        viewParameters: { category: "space", metric: "occupancy" },
      }),
    record: { recType: snapshot, data: payload },
    body: () =>
      dashboardBody(snapshot, {
        time: payload.time,
        category: "space",
        metric: "occupancy",
        current: payload.current,
      }),
    recordKey: () => expect.stringMatching(/^k:[0-9a-f]{64}$/),
    version: /^h:[0-9a-f]{64}$/,
  },
};

/** As documented in docs/decisions/0003-dashboard-body.md. */
function dashboardBody(recType: string, entry: object): string {
  return JSON.stringify({ recType, tags: payload.meta.device, data: entry });
}

function contentOf(events: readonly StoredEvent[]): readonly (readonly [id: unknown, body: string])[] {
  return events.map(({ messageId, body }) => [messageId, body.toString()]);
}

describe.concurrent("the event of a record", () => {
  it.each(Object.entries(shapes))("has its own bytes and tells what it is: %s", async (_, shape) => {
    await using bridge = await startBridge({
      feeds: (microshare) => [
        { name: "rooms", recType: shape.record.recType ?? "io.example.rooms", ...shape.feed(microshare) },
      ],
    });
    const recType = shape.record.recType ?? "io.example.rooms";
    const record = bridge.microshare.add({ time, ...shape.record, recType });
    expect(failuresOf(await bridge.run())).toEqual([]);
    const [event, ...others] = bridge.events();
    expect(others).toEqual([]);
    expect(event?.body.toString()).toBe(shape.body(record));
    expect(event).toMatchObject({
      messageId: expect.stringMatching(/^[0-9a-f]{32}$/),
      contentType: "application/json",
      partitionKey: undefined,
    });
    expect(event?.properties).toEqual({
      route: "rooms@event-hub",
      feed: "rooms",
      recType,
      recordKey: shape.recordKey?.(record) ?? record.id,
      version: shape.version === undefined ? record.checksum : expect.stringMatching(shape.version),
      source: "microshare",
      schemaVersion: 1,
    });
  });

  it("carries the view's own words where the view picks fields (shape B)", async () => {
    await using bridge = await startBridge({
      feeds: ({ views, viewRecType }) => [
        { name: "rooms", recType: "io.example.rooms", ...view(viewRecType, views.projected) },
      ],
    });
    const { id, checksum } = bridge.microshare.add({ recType: "io.example.rooms", time, data: payload });
    await bridge.run();
    const [event] = bridge.events();
    expect(event?.properties).toMatchObject({ recType: "io.example.rooms", recordKey: id, version: checksum });
    expect(JSON.parse(String(event?.body))).toMatchObject({
      id: bridge.microshare.views.projected,
      data: { _id: id, checksum, place: payload.meta.device, motion: payload.motion },
    });
  });

  it("is the same in another process, at another time, through another route", async () => {
    await using bridge = await startBridge({
      feeds: () => [{ name: "rooms", kind: "share", recType: "io.example.rooms" }],
    });
    bridge.microshare.add({ recType: "io.example.rooms", time, data: payload });
    await bridge.run();
    bridge.set({ FEEDS: JSON.stringify([{ name: "again", kind: "share", recType: "io.example.rooms" }]) });
    bridge.nextHour();
    await bridge.run();
    expect(contentOf(bridge.events("again"))).toEqual(contentOf(bridge.events("rooms")));
    expect(bridge.events()).toHaveLength(2);
  });

  it("goes to the partition of its device, whatever the run", async () => {
    await using bridge = await startBridge({
      feeds: () => [{ name: "rooms", kind: "share", recType: "io.example.rooms" }],
      hubs: { hubs: [{ name: "microshare", partitionCount: 4 }] },
    });
    for (let hour = 0; hour < 3; hour += 1) {
      for (let device = 0; device < 12; device += 1) {
        const at = bridge.clock.now - (20 - device) * MINUTE_MS;
        bridge.microshare.add({ recType: "io.example.rooms", time: at, device: `device ${device}` });
      }
      expect(failuresOf(await bridge.run())).toEqual([]);
      bridge.nextHour();
    }
    const partitions = Map.groupBy(bridge.events(), ({ body }) => /"device_id":"([^"]*)"/.exec(body.toString())?.[1]);
    expect(partitions.size).toBe(12);
    for (const events of partitions.values()) {
      expect(events).toHaveLength(3);
      expect(new Set(events.map(({ partitionId }) => partitionId)).size).toBe(1);
    }
    expect(new Set(bridge.events().map(({ partitionId }) => partitionId)).size).toBeGreaterThan(1);
  });
});
