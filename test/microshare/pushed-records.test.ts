import { describe, expect, it } from "vitest";
import type { FeedSource } from "../../src/pipeline/ports.ts";
import {
  pushedRecords,
  recTypeOf,
  viewWithVersions,
  type PushFeedOptions,
} from "../../src/microshare/pushed-records.ts";
import { createShareFeed } from "../../src/microshare/share-feed.ts";
import { defined, envelopeOf, fakeApi, hour, options, recordsOf, sample, sampleObjects } from "./feeds.ts";

const streamed = sample("streaming-envelope.json").toString("utf8");
const envelope: Record<string, unknown> = Object(JSON.parse(streamed));
const recType = "io.microshare.occupancy.unpacked.event";
const SHARE: PushFeedOptions = {
  kind: "share",
  recType,
  dataContext: [],
  timeField: "auto",
  removePersonalFields: false,
};

function read(body: unknown, feed: Partial<PushFeedOptions> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const parsed: unknown = JSON.parse(text);
  const list: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return pushedRecords(text, new Map(list.entries()), { ...SHARE, ...feed });
}

function changed(change: Readonly<Record<string, unknown>>): unknown {
  return { ...envelope, obj: { ...Object(envelope["obj"]), ...change } };
}

describe("a record out of the stream", () => {
  it("is the one that the share list shows: same event id, key, version, time and device", async () => {
    const [first] = sampleObjects("share-page-details.json");
    const api = fakeApi(() => envelopeOf([first]));
    const feed = createShareFeed(api, options({ kind: "share", recType }), { definitions: defined() });
    const [polled] = await recordsOf(feed, hour);
    const [pushed] = read(streamed).records;
    const { body: _, ...identity } = polled ?? {};
    expect(pushed).toMatchObject(identity);
    // The body is not: the stream writes a time as a number and leaves two fields out.
    expect(JSON.parse(String(Buffer.from(pushed?.body ?? [])))).toEqual(envelope["obj"]);
  });

  it("keeps its own bytes, also in a list and with spaces around", () => {
    const spaced = `\n [ ${JSON.stringify(changed({ n: 1 }))} ,\n {"obj" :  {"id":"67c6b30700aa00bb00000002","checksum":"C","data":{"x": 1.0},"tstamp":1741075207655}, "event_type":"create"} ] `;
    const { records, unsure } = read(spaced);
    expect(unsure).toBe(0);
    expect(String(Buffer.from(records[1]?.body ?? []))).toBe(
      '{"id":"67c6b30700aa00bb00000002","checksum":"C","data":{"x": 1.0},"tstamp":1741075207655}',
    );
    expect(records[1]?.recType).toBe(recType);
  });

  const unsure: [string, unknown][] = [
    ["checksum", changed({ checksum: undefined })],
    ["id", changed({ id: undefined })],
    ["time of storage", changed({ tstamp: undefined, createDate: undefined })],
    ["data", changed({ data: undefined })],
    ["record at all", { ...envelope, obj: 7 }],
  ];
  it.each(unsure)("without %s is left to polling, which may find another identity", (_, body) => {
    expect(read(body)).toEqual({ records: [], filtered: 0, unsure: 1 });
  });

  it("is left out where the feed leaves it out", () => {
    expect(read(streamed, { dataContext: ["solutions", "room"] })).toMatchObject({ filtered: 0, unsure: 0 });
    expect(read(streamed, { dataContext: ["elsewhere"] })).toEqual({ records: [], filtered: 1, unsure: 0 });
    expect(read(streamed, { ownerFilter: "com.other" })).toEqual({ records: [], filtered: 1, unsure: 0 });
    expect(read(streamed, { ownerFilter: "com.example" }).records).toHaveLength(1);
    expect(read(changed({ owner: undefined }), { ownerFilter: "com.example" })).toMatchObject({ unsure: 1 });
  });

  it("has the time that its feed goes by", () => {
    const late = changed({ data: { ...Object(Object(envelope["obj"]).data), time: "2025-03-04T07:00:00.000Z" } });
    const timeOf = (feed: Partial<PushFeedOptions>) => read(late, feed).records[0]?.time;
    expect(timeOf({})).toBe(1_741_075_207_655);
    expect(timeOf({ kind: "view", timeField: "createDate" })).toBe(1_741_075_207_655);
    expect(timeOf({ kind: "view", timeField: "data.meta.iot.time" })).toBe(Date.parse("2025-03-04T08:00:07.212Z"));
    expect(timeOf({ kind: "view", timeField: "data.time" })).toBe(Date.parse("2025-03-04T07:00:00.000Z"));
    expect(timeOf({ kind: "view", timeField: "auto" })).toBeUndefined();
  });

  it("loses its personal fields where that is set, and no identity with them", () => {
    const [whole] = read(streamed).records;
    const [without] = read(streamed, { removePersonalFields: true }).records;
    expect(without?.eventId).toBe(whole?.eventId);
    expect(String(Buffer.from(without?.body ?? []))).not.toContain("pipeline@example.com");
  });

  it("tells its type itself, else its envelope does", () => {
    expect(recTypeOf(envelope)).toBe(recType);
    expect(recTypeOf({ recType: "io.example", obj: {} })).toBe("io.example");
    expect(recTypeOf({ obj: {} })).toBeUndefined();
  });
});

describe("a view with push", () => {
  const sourceOf = (version: string, key = "67c6b30700aa00bb00000001"): FeedSource => ({
    ascending: false,
    parts: async () => [""],
    async *readPages() {
      const record = {
        recType,
        key,
        version,
        eventId: "0".repeat(32),
        time: hour.from,
        device: "d",
        body: Buffer.from("{}"),
      };
      yield { records: [record], unreadable: [], filtered: 0, bytes: 1, hidden: 0 };
    },
  });

  it("is read as long as its records show ids and checksums", async () => {
    expect(await recordsOf(viewWithVersions(sourceOf("4814L7"), "rooms"), hour)).toHaveLength(1);
  });

  it.each([
    ["checksum", sourceOf("h:abc")],
    ["id", sourceOf("4814L7", "k:abc")],
  ])("stops when one shows no %s", async (_, source) => {
    await expect(recordsOf(viewWithVersions(source, "rooms"), hour)).rejects.toMatchObject({
      code: "PUSH_NOT_SAFE",
    });
  });
});
