import { describe, expect, it } from "vitest";
import { readEnvelope } from "../../src/microshare/envelope.ts";
import type { FoundRecord } from "../../src/microshare/found-record.ts";
import { textsAt, valueAt } from "../../src/microshare/json-value.ts";
import { viewRecords, type ViewContext, type ViewRecords } from "../../src/microshare/view-records.ts";
import { bodyOf, envelopeOf, sample, sampleObjects, viewId } from "./feeds.ts";

function read(body: unknown, changes: Partial<ViewContext> = {}): ViewRecords {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const envelope = readEnvelope({ body: bytes, contentType: "application/json", receivedAt: 0 }, 'Feed "rooms"');
  const context = { what: 'Feed "rooms"', viewId, recType: "io.example", outerIds: new Set([viewId]), ...changes };
  return viewRecords(envelope, context);
}

function recordsIn(seen: ViewRecords): FoundRecord[] {
  return seen.found.filter((one) => one.kind === "record");
}

const derived = (data: unknown, id = viewId): Record<string, unknown> => ({
  desc: "Derived from io.microshare.fm.master.agg",
  name: "Derived Data",
  url: "/share/io.microshare.fm.master.agg",
  _id: id,
  tags: [],
  data,
  id,
  tstamp: "03/04/2025 11:06:00:500 AM",
  recType: "io.microshare.fm.master.agg",
});

const group = (line: unknown[]): unknown => derived({ _id: { tags: ["a"] }, line });

describe("a view that passes stored documents through", () => {
  const stored = sampleObjects("share-page-details.json");

  it("gives each document its own id, type and clocks, and its own bytes as body", () => {
    const found = recordsIn(read(envelopeOf(stored.map((document) => derived(document)))));
    expect(found.map((one) => one.id)).toEqual(stored.map((document) => document["_id"]));
    expect(found.map((one) => bodyOf({ body: one.body() }))).toEqual(stored);
    expect(found[0]?.recType).toBe("io.microshare.occupancy.unpacked.event");
    expect(found[0]?.head["tstamp"]).toBe(1741075207655);
    expect(found[0]?.place).toEqual(["North Tower", "1st Floor", "Room 101", "Seat A"]);
  });

  it("reads an id in the old writing, and does without type and place", () => {
    const [found] = recordsIn(
      read(envelopeOf([derived({ _id: { $oid: "67c6b30700aa00bb00000008" }, data: { hello: 1 } })])),
    );
    expect(found).toMatchObject({ id: "67c6b30700aa00bb00000008", recType: "io.example", place: [] });
  });

  it("never rewrites a body: spelling, order and spacing stay", () => {
    const document = '{ "_id":"67c6b30700aa00bb00000008",  "data":{"b":1.50,"a":"\\u00e9"} }';
    const body = Buffer.from(`{"objs":[{"id":"${viewId}","data": ${document} ,"x":1}]}`);
    const [found] = recordsIn(read(body));
    expect(Buffer.from(found?.body() ?? []).toString()).toBe(document);
  });
});

describe("a view of flat records", () => {
  it("gives each its outer id, and the object's bytes as body", () => {
    const objects = sampleObjects("hourly-snapshot-view-page.json");
    const seen = read(sample("hourly-snapshot-view-page.json"));
    const found = recordsIn(seen);
    expect(found.map((one) => one.id)).toEqual(objects.map((object) => object["id"]));
    expect(found.map((one) => bodyOf({ body: one.body() }))).toEqual(objects);
    expect(found[0]?.recType).toBe("io.example");
    expect(found[0]?.head["createDate"]).toBe("2025-03-04T09:04:11.230Z");
    expect(seen).toMatchObject({ counted: 4, grouped: false });
  });
});

describe("a view of projected documents", () => {
  const time = "2025-03-04T08:00:00.000Z";

  it("takes the id from inside, and the clocks too: the outer times are those of the answer", () => {
    const data = { _id: "67c6b30700aa00bb00000008", createDate: time, current: { avg: 1 } };
    const [found] = recordsIn(read(envelopeOf([derived(data)])));
    expect(found).toMatchObject({ id: "67c6b30700aa00bb00000008", head: data, payload: data });
    expect(bodyOf({ body: found?.body() ?? Buffer.alloc(0) })).toEqual(derived(data));
  });

  it("takes the outer id where that is a record's", () => {
    const [one, two] = recordsIn(
      read(
        envelopeOf([
          derived({ time, n: 1 }, "67c6b30700aa00bb00000001"),
          derived({ time, n: 2 }, "67c6b30700aa00bb00000002"),
        ]),
      ),
    );
    expect([one?.id, two?.id]).toEqual(["67c6b30700aa00bb00000001", "67c6b30700aa00bb00000002"]);
    expect(one?.head).toEqual({ time, n: 1 });
  });

  it("takes no id that is the view's, or the same for different data, also on the next page", () => {
    const outerIds = new Set([viewId]);
    const other = "650000000000000000000099";
    expect(recordsIn(read(envelopeOf([derived({ time })]), { outerIds })).map((one) => one.id)).toEqual([undefined]);
    const page = envelopeOf([derived({ time, n: 1 }, other), derived({ time, n: 2 }, other)]);
    expect(recordsIn(read(page, { outerIds })).map((one) => one.id)).toEqual([undefined, undefined]);
    expect(recordsIn(read(envelopeOf([derived({ time, n: 3 }, other)]), { outerIds })).map((one) => one.id)).toEqual([
      undefined,
    ]);
  });

  it("takes the id of a record that simply stands twice", () => {
    const twice = derived({ time, n: 1 }, "67c6b30700aa00bb00000001");
    expect(recordsIn(read(envelopeOf([twice, twice]))).map((one) => one.id)).toEqual([twice["id"], twice["id"]]);
  });

  it("takes no id from a group key, which is only a name", () => {
    const [found] = recordsIn(
      read(envelopeOf([derived({ _id: "North Tower", time, n: 1 }), derived({ _id: "South", time })])),
    );
    expect(found?.id).toBeUndefined();
  });

  it("finds clocks in the outer object where that is the record", () => {
    const plain = { id: "67c6b30700aa00bb00000001", createDate: time, data: [1, 2] };
    const [found] = recordsIn(read(envelopeOf([plain])));
    expect(found).toMatchObject({ head: plain, payload: [1, 2], place: [] });
  });
});

describe("a dashboard", () => {
  it("gives one record per entry of a line, with type, tags and content where plain records have them", () => {
    const seen = read(sample("dashboard-people-counter.json"));
    const found = recordsIn(seen);
    const entries = sampleObjects("dashboard-people-counter.json").flatMap((object) => {
      const line = valueAt(object, "data", "line") as { record: string }[];
      return line.map((entry) => ({ tags: textsAt(object, "data", "_id", "tags"), entry }));
    });
    expect(found.map((one) => bodyOf({ body: one.body() }))).toEqual(
      entries.map(({ tags, entry }) => ({ recType: "io.example", tags, data: entry })),
    );
    expect(found.map((one) => one.id)).toEqual(entries.map(({ entry }) => entry.record));
    expect(found.map((one) => one.place)).toEqual(entries.map(({ tags }) => tags));
    expect(seen).toMatchObject({ counted: entries.length, grouped: true });
  });

  it("knows no ids where a line has none: the outer ids are the view's", () => {
    const found = recordsIn(read(sample("dashboard-hourly-snapshot.json")));
    expect(found).toHaveLength(6);
    expect(new Set(found.map((one) => one.id))).toEqual(new Set([undefined]));
  });

  it("keeps the entry's own bytes, and writes no tags where the group has none", () => {
    const body = Buffer.from('{"objs":[{"data":{"_id":null,"line":[ {"time": "2025-03-04T08:00:00Z","v":1.0} ]}}]}');
    const [found] = recordsIn(read(body));
    expect(Buffer.from(found?.body() ?? []).toString()).toBe(
      '{"recType":"io.example","tags":[],"data":{"time": "2025-03-04T08:00:00Z","v":1.0}}',
    );
  });

  it("counts places when their lines are empty, and entries when they are not", () => {
    expect(read(envelopeOf([group([]), group([])])).counted).toBe(2);
    expect(read(envelopeOf([group([{}, {}, {}]), group([])])).counted).toBe(3);
  });

  it("hands on an entry that is no object as rubbish", () => {
    const seen = read(envelopeOf([derived({ _id: { tags: ["a"] }, line: [7, { time: 1 }] })]));
    expect(seen.found.map((one) => one.kind)).toEqual(["rubbish", "record"]);
    expect(bodyOf({ body: seen.found[0]?.body() ?? Buffer.alloc(0) })).toEqual({
      recType: "io.example",
      tags: ["a"],
      data: 7,
    });
  });
});

describe("a view without records", () => {
  it.each([
    ["a count", derived({ count: 17 })],
    ["a count under another id", derived({ _id: null, count: 0 }, "650000000000000000000077")],
    ["static JSON", derived({ title: "Lobby", limits: [1, 2] })],
    ["a static text", derived("hello")],
  ])("is refused when it returns %s", (_name, object) => {
    expect(() => read(envelopeOf([object]))).toThrow(
      expect.objectContaining({ code: "RESPONSE_UNREADABLE", message: expect.stringContaining(viewId) }),
    );
  });

  it("is not mistaken for one that returns a record with a count in it", () => {
    const plain = { id: "67c6b30700aa00bb00000001", createDate: "2025-03-04T08:00:00.000Z", data: { count: 3 } };
    expect(recordsIn(read(envelopeOf([plain])))).toHaveLength(1);
    expect(recordsIn(read(envelopeOf([derived({ count: 3, time: "2025-03-04T08:00:00.000Z" })])))).toHaveLength(1);
  });

  it("is not mistaken for one whose records are broken: the others go on", () => {
    const seen = read(envelopeOf([derived({ time: "2025-03-04T08:00:00.000Z" }), null, derived({ title: "x" })]));
    expect(seen.found.map((one) => one.kind)).toEqual(["record", "rubbish", "record"]);
  });
});
