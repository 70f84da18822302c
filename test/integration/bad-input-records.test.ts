// Records that cannot be told apart, placed in time or sent: dead-lettered with a reason, and their neighbours go on.
import { beforeAll, describe, expect, it } from "vitest";
import type { MicroshareSimulator } from "../../dev/microshare-simulator/index.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, MINUTE_MS, START, startBridge, summaryOf, type FeedEntry } from "./bridge-under-test.ts";
import { addRecords, keysOf, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const recType = ROOMS.recType;
const storedAt = START - 40 * MINUTE_MS;
/** Of the platform: nothing else can be told apart by its id alone. */
const objectId = "67c6a4b4d15d83c60263edcb";

interface BadRecord {
  /** What the API shows instead of a record. */
  readonly raw: string;
  readonly feed?: (microshare: MicroshareSimulator) => FeedEntry;
  /** Words of the dead letter; without them the record is good enough to be delivered. */
  readonly reason?: string;
  /** Record key of what is delivered. */
  readonly key?: unknown;
}

const view = ({ views, viewRecType }: MicroshareSimulator): FeedEntry => ({
  ...ROOMS,
  kind: "view",
  viewId: views.eventPassThrough,
  viewRecType,
});

const badRecords: Readonly<Record<string, BadRecord>> = {
  "without an id, but with a time": {
    raw: JSON.stringify({ recType, tstamp: storedAt, data: { time: new Date(storedAt).toISOString(), value: 1 } }),
    key: expect.stringMatching(/^k:[0-9a-f]{64}$/),
  },
  "without a time, but with an id that tells one": {
    raw: JSON.stringify({ id: objectId, recType, data: { value: 1 } }),
    key: objectId,
  },
  "without an id and without a time": {
    raw: JSON.stringify({ recType, data: { value: 1 } }),
    reason: "no time",
  },
  "with an id of another kind and without a time": {
    raw: JSON.stringify({ id: "17", recType, data: { value: 1 } }),
    reason: "no time",
  },
  "with a time that is none": {
    raw: JSON.stringify({ id: "17", recType, tstamp: "yesterday", createDate: "31/31/2025", data: { time: true } }),
    reason: "no time",
  },
  "that is a text": { raw: `"record"`, reason: "not a JSON object" },
  "that is a list": { raw: "[1, 2]", reason: "not a JSON object" },
  "that is nothing": { raw: "null", reason: "not a JSON object" },
  "without a time in a view": {
    feed: view,
    raw: JSON.stringify({ _id: "17", recType, data: { value: 1 } }),
    reason: "no time",
  },
  "without an id and without a time in a view": { feed: view, raw: JSON.stringify({ data: {} }), reason: "no time" },
};

describe.concurrent("a record", () => {
  it.each(Object.entries(badRecords))("%s stops nobody", async (_, { raw, feed = () => ROOMS, reason, key }) => {
    await using bridge = await startBridge({ feeds: (microshare) => [feed(microshare)] });
    const good = addRecords(bridge, recType);
    bridge.microshare.add({ recType, time: storedAt, raw });

    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    const bad = reason === undefined ? 0 : 1;
    expect(summaryOf(run, "rooms")).toMatchObject({
      outcome: "caught-up",
      read: good.length + 1,
      delivered: good.length + 1 - bad,
      deadLettered: bad,
      leftForNextRun: 0,
    });
    const keys = reason === undefined ? [...good, key] : good;
    expect(keysOf(bridge, "rooms")).toHaveLength(keys.length);
    expect(keysOf(bridge, "rooms")).toEqual(expect.arrayContaining(keys));

    const letters = await bridge.state.deadLetters("rooms");
    expect(letters).toHaveLength(bad);
    for (const { row, body, metadata } of letters) {
      expect(row["reason"]).toContain(reason);
      expect(row["bytes"]).toBe(body.byteLength);
      expect(body.toString()).toContain(feed === view ? raw.slice(1, -1) : raw);
      expect(decodeURIComponent(metadata["reason"] ?? "")).toBe(row["reason"]);
    }

    bridge.nextHour();
    const again = await bridge.run();
    expect(failuresOf(again)).toEqual([]);
    expect(summaryOf(again, "rooms")).toMatchObject({ delivered: 0, deadLettered: 0 });
    expect(bridge.events("rooms")).toHaveLength(keys.length);
  });

  it("of 2 MB, larger than the hub takes, becomes a dead letter that says how large; its neighbours are delivered", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS], settings: { LOG_LEVEL: "warn" } });
    const before = addRecords(bridge, recType, [90, 41]);
    const large = bridge.microshare.add({ recType, time: storedAt, data: { text: "x".repeat(2_000_000) } });
    const after = addRecords(bridge, recType, [39, 5]);

    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    // Written although only warnings are: it asks for attention.
    expect(summaryOf(run, "rooms")).toMatchObject({ outcome: "caught-up", read: 5, delivered: 4, deadLettered: 1 });
    expect(keysOf(bridge, "rooms")).toEqual([...before, ...after].toSorted());
    const [letter, ...others] = await bridge.state.deadLetters("rooms");
    expect(others).toEqual([]);
    expect(letter?.row).toMatchObject({ recType, recordKey: large.id, bytes: Buffer.byteLength(large.json) });
    expect(letter?.row["reason"]).toContain(`${Buffer.byteLength(large.json)} bytes`);
    expect(letter?.row["reason"]).toContain("1048576 bytes");
    expect(letter?.body.equals(Buffer.from(large.json))).toBe(true);

    bridge.restart();
    bridge.nextHour();
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(bridge.events("rooms")).toHaveLength(4);
    expect(await bridge.state.deadLetters("rooms")).toHaveLength(1);
  });

  it("that no dead letter can be made of stays undone, and its neighbours are not sent again for it", async () => {
    await using bridge = await startBridge({
      feeds: () => [ROOMS],
      settings: { LOOKBACK: "PT0S", DEEP_LOOKBACK: "PT0S" },
    });
    const good = addRecords(bridge, recType);
    bridge.microshare.add({ recType, time: storedAt, data: { text: "x".repeat(2_000_000) } });
    bridge.microshare.add({ recType, time: storedAt, raw: "null" });
    const { AzureWebJobsStorage: right = "" } = bridge.settings;
    // The container's name cannot be: an answer at once, where a storage that is down costs seconds of trying.
    bridge.set({ AzureWebJobsStorage: right.replace(/BlobEndpoint=[^;]*/, "$&/no/such/place") });

    for (let attempt = 1; attempt <= 2; attempt += 1) {
      expect(failuresOf(await bridge.run())).toMatchObject([
        { code: "DEAD_LETTER_FAILED", fix: expect.stringContaining("AzureWebJobsStorage") },
      ]);
      expect(keysOf(bridge, "rooms")).toEqual(good.toSorted());
      bridge.nextHour();
    }

    bridge.set({ AzureWebJobsStorage: right });
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(keysOf(bridge, "rooms")).toEqual(good.toSorted());
    expect(await bridge.state.deadLetters("rooms")).toHaveLength(2);
  });
});
