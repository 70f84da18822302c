import { describe, expect, it } from "vitest";
import { toPageRecords, type RecordRules } from "../../src/microshare/feed-records.ts";
import type { FoundRecord } from "../../src/microshare/found-record.ts";
import { isObject, textsAt } from "../../src/microshare/json-value.ts";
import { placeByStorage } from "../../src/microshare/record-time.ts";
import { hour, sampleObjects } from "./feeds.ts";

const everything = { from: 0, to: 9_999_999_999_999 };

function found(head: Record<string, unknown>, changes: Partial<FoundRecord> = {}): FoundRecord {
  return {
    kind: "record",
    recType: "io.example",
    id: "67c6b30700aa00bb00000001",
    head,
    payload: head["data"],
    place: textsAt(head, "data", "meta", "device") ?? [],
    body: () => Buffer.from(JSON.stringify(head)),
    ...changes,
  };
}

function read(all: readonly FoundRecord[], rules: Partial<RecordRules> = {}) {
  return toPageRecords(all, {
    what: 'Feed "rooms", page 1',
    place: (clocks) => placeByStorage(clocks, everything),
    dataContext: [],
    ...rules,
  });
}

const at = "2025-03-04T08:00:00.000Z";
const withoutId = (data: unknown, changes: Partial<FoundRecord> = {}) =>
  found({ createDate: at, data }, { id: undefined, ...changes });

const owned = (org: string) => found({ createDate: at, owner: { org }, data: { meta: { global: ["a", "b"] } } });

describe("the identity of a record", () => {
  it("is its id and its checksum", () => {
    const [record] = sampleObjects("share-page-details.json");
    const { records } = read([found(record ?? {})]);
    expect(records[0]).toMatchObject({
      key: "67c6b30700aa00bb00000001",
      version: record?.["checksum"],
      eventId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it("keeps the first half of the event id when the record is rewritten, and changes the last", () => {
    const [one, two] = read([
      found({ createDate: at, checksum: "A" }),
      found({ createDate: at, checksum: "B" }),
    ]).records;
    expect(one?.eventId.slice(0, 16)).toBe(two?.eventId.slice(0, 16));
    expect(one?.eventId).not.toBe(two?.eventId);
  });

  it("has a version by content where there is no checksum, whatever the order of names", () => {
    const versions = read([
      found({ createDate: at, data: { a: 1, b: { c: 2, d: 3 } } }),
      found({ data: { b: { d: 3, c: 2 }, a: 1 }, createDate: at }),
      found({ createDate: at, data: { a: 1, b: { c: 2, d: 4 } } }),
    ]).records.map((record) => record.version);
    expect(versions[0]).toMatch(/^h:[0-9a-f]{64}$/);
    expect(versions[1]).toBe(versions[0]);
    expect(versions[2]).not.toBe(versions[0]);
  });

  it("has a derived key without an id, different wherever place, category, metric, device, event, button, type or time differ", () => {
    const data = { time: at, category: "space", metric: "occupancy", event: "good", button: 1, device: { id: "A1" } };
    const variants = [
      withoutId(data),
      withoutId(data, { place: ["North Tower"] }),
      withoutId(data, { place: ["North", "Tower"] }),
      withoutId({ ...data, category: "device" }),
      withoutId({ ...data, metric: "activity" }),
      withoutId({ ...data, event: "clean" }),
      withoutId({ ...data, button: 2 }),
      withoutId({ ...data, device: { id: "A2" } }),
      withoutId({ ...data, time: "2025-03-04T08:00:00.001Z" }),
      withoutId(data, { recType: "io.other" }),
    ];
    const keys = read(variants).records.map((record) => record.key);
    expect(new Set(keys).size).toBe(variants.length);
    expect(keys.every((key) => /^k:[0-9a-f]{64}$/.test(key))).toBe(true);
  });

  it("has the same derived key for category and metric of a snapshot wherever they stand", () => {
    const keys = read([
      withoutId({ time: at, category: "space", metric: "occupancy" }),
      withoutId({ time: at, meta: { snapshot: { category: "space", metric: "occupancy" } } }),
    ]).records.map((record) => record.key);
    expect(keys[0]).toBe(keys[1]);
  });

  it("does not depend on the window: a record that is read again has the same event id", () => {
    const [one] = read([withoutId({ time: at })], { place: () => ({ kind: "inside", time: hour.from }) }).records;
    const [two] = read([withoutId({ time: at })], { place: () => ({ kind: "inside", time: hour.to }) }).records;
    expect(one?.eventId).toBe(two?.eventId);
  });

  it("keeps two records without ids apart that say the same, and takes two with one id for one", () => {
    const same = withoutId({ time: at, current: { avg: 0 } });
    const twins = read([same, same, same]).records.map((record) => record.eventId);
    expect(new Set(twins).size).toBe(3);
    expect(read([same, same, same]).records.map((record) => record.eventId)).toEqual(twins);
    const known = found({ createDate: at, data: { time: at } });
    expect(new Set(read([known, known]).records.map((record) => record.eventId)).size).toBe(1);
  });
});

describe("a record in a page", () => {
  it("carries its times, its device and its bytes", () => {
    const [object] = sampleObjects("share-page-details.json");
    const record = found(object ?? {});
    const [read1] = read([record], { place: () => ({ kind: "inside", time: 5 }) }).records;
    expect(read1).toMatchObject({
      recType: "io.example",
      time: 5,
      storedAt: 1741075207655,
      device: "A1-B2-C3-00-00-00-00-01",
    });
    expect(Buffer.from(read1?.body ?? []).toString()).toBe(JSON.stringify(object));
  });

  it.each([
    [{ meta: { iot: { device_id: "network id" } }, device: { id: "own id" } }, "network id"],
    [{ device: { id: "own id" } }, "own id"],
    [{ device: "plain id" }, "plain id"],
    [{ meta: { device: ["North Tower", "1st Floor", ""] } }, "North Tower/1st Floor"],
    [{ meta: { device: ["", ""] } }, "67c6b30700aa00bb00000001"],
    [{ meta: { device: {} } }, "67c6b30700aa00bb00000001"],
  ])("belongs to the device of %j", (data, device) => {
    expect(read([found({ createDate: at, data })]).records[0]?.device).toBe(device);
  });

  it("has no storage time where none is known", () => {
    const [record] = read([withoutId({ time: at }, { head: {} })], {
      place: () => ({ kind: "inside", time: 5 }),
    }).records;
    expect(record).toBeDefined();
    expect(Object.hasOwn(record ?? {}, "storedAt")).toBe(false);
  });
});

describe("what cannot be read", () => {
  it("becomes unreadable, once, and leaves the rest alone", () => {
    const timeless = found({ data: {} }, { id: "no ObjectId" });
    const keyless = withoutId({}, { head: {} });
    const rubbish = { kind: "rubbish", reason: "it is not a JSON object", body: () => Buffer.from("7") } as const;
    const deep: unknown = JSON.parse("[".repeat(600) + "]".repeat(600));
    const { records, unreadable } = toPageRecords(
      [
        timeless,
        rubbish,
        keyless,
        found({ createDate: at, data: deep }),
        found({ createDate: at, checksum: "A", data: deep }),
        rubbish,
      ],
      {
        what: "",
        dataContext: [],
        place: (clocks) =>
          clocks.id === undefined && clocks.stored === undefined && clocks.event === undefined
            ? { kind: "timeless" }
            : { kind: "inside", time: 1 },
      },
    );
    expect(records).toHaveLength(1);
    expect(unreadable.map((one) => one.reason)).toEqual([
      "it has no time that could be read",
      "it is not a JSON object",
      "it has no time that could be read",
      "it has no checksum and is nested too deep to be compared",
      "it is not a JSON object",
    ]);
    expect(unreadable[1]?.eventId).toBe(unreadable[4]?.eventId);
    expect(unreadable[1]?.eventId).toMatch(/^[0-9a-f]{32}$/);
    expect(Buffer.from(unreadable[1]?.body ?? []).toString()).toBe("7");
  });

  it("includes a record with neither id nor time of its own", () => {
    const { unreadable } = read([withoutId({}, { head: {} })], { place: () => ({ kind: "inside", time: 1 }) });
    expect(unreadable[0]?.reason).toContain("neither an id nor a time");
  });
});

describe("filters", () => {
  it("leave out and count records of other owners", () => {
    const { records, filtered } = read([owned("com.example.one"), owned("com.example.two")], {
      ownerFilter: "example.one",
    });
    expect(records).toHaveLength(1);
    expect(filtered).toBe(1);
  });

  it("leave out and count records that lack a name of the data context", () => {
    expect(read([owned("x")], { dataContext: ["b", "a"] })).toMatchObject({ filtered: 0 });
    expect(read([owned("x"), found({ createDate: at, data: {} })], { dataContext: ["a", "c"] })).toMatchObject({
      filtered: 2,
      records: [],
    });
  });

  it("do not count what lies outside of the window", () => {
    expect(read([owned("com.example.two")], { ownerFilter: "one", place: () => ({ kind: "outside" }) })).toMatchObject({
      filtered: 0,
    });
  });

  it("stop a feed whose records carry no owner", () => {
    expect(() => read([found({ createDate: at }), found({ createDate: at })], { ownerFilter: "one" })).toThrow(
      expect.objectContaining({ code: "OWNER_UNKNOWN", fix: expect.stringContaining("MICROSHARE_OWNER_FILTER") }),
    );
    expect(read([], { ownerFilter: "one" }).records).toEqual([]);
  });

  it("make a single record without an owner unreadable, since it may be anyone's", () => {
    const { records, unreadable } = read([found({ createDate: at }), owned("one")], { ownerFilter: "one" });
    expect(records).toHaveLength(1);
    expect(unreadable[0]?.reason).toContain("owner.org");
    expect(isObject(unreadable[0])).toBe(true);
  });
});
