// REMOVE_PERSONAL_FIELDS: what leaves then has no address in it, and nothing is repeated when it is turned on or off.
import { beforeAll, describe, expect, it } from "vitest";
import { bridgeOpener } from "../../src/app.ts";
import { removePersonalFields } from "../../src/microshare/personal-fields.ts";
import { sharedAzurite } from "../azurite.ts";
import { parsedWithout } from "../microshare/personal-paths.ts";
import { failuresOf, MINUTE_MS, START, startBridge, summaryOf, type BridgeUnderTest } from "./bridge-under-test.ts";
import { entriesOf, feedsOfAllKinds } from "./feeds.ts";
import { addRecords, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const on = { REMOVE_PERSONAL_FIELDS: "true" };
const { recType } = ROOMS;
const storedAt = START - 40 * MINUTE_MS;
/** E-mail addresses, IP addresses and token ids as the simulator writes them. */
const address = /@example\.com|192\.0\.2\.|00000000-0000-4000-8000/;

describe.concurrent("a bridge that removes personal fields", () => {
  it("sends the same records of every kind of feed under the same ids, without any address", async () => {
    await using bridge = await startBridge({
      feeds: (microshare) => entriesOf(feedsOfAllKinds(microshare)),
      simulator: { fleet: { buildings: 1, roomsPerBuilding: 2, devicesPerRoom: 2 } },
    });
    expect(failuresOf(await bridge.run())).toEqual([]);
    const whole = byId(bridge);
    const feeds = entriesOf(feedsOfAllKinds(bridge.microshare));
    // Other routes, so that everything is sent once more.
    bridge.set({ ...on, FEEDS: JSON.stringify(feeds.map((feed) => ({ ...feed, name: `${String(feed["name"])}2` }))) });
    expect(failuresOf(await bridge.run())).toEqual([]);
    const short = byId(bridge, "2");

    expect(new Set(short.keys())).toEqual(new Set(whole.keys()));
    expect(new Set([...whole.values()].map(({ properties }) => properties["feed"])).size).toBe(feeds.length);
    let shorter = 0;
    for (const [id, { body, properties }] of short) {
      const original = whole.get(id);
      expect(properties).toEqual({ ...original?.properties, route: properties["route"], feed: properties["feed"] });
      expect(body.toString()).not.toMatch(address);
      expect(JSON.parse(body.toString())).toEqual(parsedWithout(JSON.parse(String(original?.body))));
      expect(body.equals(removePersonalFields(original?.body ?? Buffer.alloc(0)))).toBe(true);
      if (address.test(String(original?.body))) shorter += 1;
    }
    expect(shorter).toBeGreaterThan(20);
  });

  it("repeats nothing when it is turned on, and nothing when it is turned off again", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    let records = addRecords(bridge, recType).length;
    expect(failuresOf(await bridge.run())).toEqual([]);
    for (const value of ["true", "false"]) {
      bridge.set({ REMOVE_PERSONAL_FIELDS: value });
      bridge.nextHour();
      records += addRecords(bridge, recType, [20]).length;
      const run = await bridge.run();
      expect(summaryOf(run, "rooms")).toMatchObject({ outcome: "caught-up", delivered: 1, updates: 0 });
      expect(bridge.events()).toHaveLength(records);
      expect(address.test(String(bridge.events().at(-1)?.body))).toBe(value === "false");
    }
  });

  it("keeps dead letters without them, with the size that they have", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS], settings: on });
    const large = bridge.microshare.add({ recType, time: storedAt, data: { text: "x".repeat(2_000_000) } });
    const timeless = JSON.stringify({ recType, creatorId: "pipeline@example.com", data: { value: 1.5 } });
    bridge.microshare.add({ recType, time: storedAt, raw: timeless });
    expect(summaryOf(await bridge.run(), "rooms")).toMatchObject({ deadLettered: 2 });
    const letters = await bridge.state.deadLetters("rooms");
    expect(new Set(letters.map(({ body }) => body.toString()))).toEqual(new Set([large.json, timeless].map(shortened)));
    for (const { row, body } of letters) expect(row["bytes"]).toBe(body.byteLength);
    // Both are known by the ids of the whole records: they are not noted twice.
    bridge.set({ REMOVE_PERSONAL_FIELDS: "false" });
    bridge.nextHour();
    expect(summaryOf(await bridge.run(), "rooms")).toMatchObject({ deadLettered: 0 });
  });

  it("replays a dead letter from before without them, and says so of one that somebody has broken", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    const records = [600_000, 700_000].map((length, index) =>
      bridge.microshare.add({ recType, time: storedAt + index, data: { text: "x".repeat(length) } }),
    );
    bridge.hubs.faults.limitMessageBytes({ bytes: 500_000 });
    expect(summaryOf(await bridge.run(), "rooms")).toMatchObject({ deadLettered: 2 });
    bridge.hubs.faults.clear();
    bridge.set(on);
    const [first, second] = await bridge.state.deadLetters("rooms");
    expect(String(first?.body)).toMatch(address);

    await bridge.state.overwriteDeadLetter(second, Buffer.from(`{"creatorId":"pipeline@example.com"`));
    const outcome = await replay(bridge);
    expect(outcome).toMatchObject({ kind: "blocked", error: { code: "DEAD_LETTER_FAILED" } });
    expect(bridge.events()).toEqual([]);
    await bridge.state.overwriteDeadLetter(second, second?.body ?? Buffer.alloc(0));
    expect(await replay(bridge)).toMatchObject({ kind: "done", delivered: 2 });
    const bodies = bridge.events().map(({ body }) => body.toString());
    expect(new Set(bodies)).toEqual(new Set(records.map(({ json }) => shortened(json))));
  });
});

/** By feed, two of which may show the same record, and event id. */
function byId(bridge: BridgeUnderTest, suffix = "") {
  const own = bridge.events().filter(({ properties }) => String(properties["feed"]).endsWith(suffix));
  return new Map(
    own.map((event) => [`${String(event.properties["feed"]).replace(/2$/, "")} ${event.messageId}`, event]),
  );
}

function shortened(json: string): string {
  return JSON.stringify(parsedWithout(JSON.parse(json)));
}

async function replay({ settings }: BridgeUnderTest) {
  const open = bridgeOpener({ environment: settings, readFiles: () => ({ functionTimeout: "00:10:00" }) });
  const opened = await open(() => undefined);
  try {
    return await opened.operations("a test").replayDeadLetters("rooms@event-hub");
  } finally {
    await opened.close();
  }
}
