import { describe, expect, it } from "vitest";
import { linesOf, load } from "./environments.ts";

const MINUTE_MS = 60_000;
const on = { WEBHOOK: "on", FEED_PUSH: "true" };
const view = { MICROSHARE_FEED_KIND: "view", MICROSHARE_VIEW_ID: "650000000000000000000001" };

describe("a feed with push", () => {
  it("keeps a quarter of an hour behind, unless more is set", () => {
    expect(load({}).feeds[0]).not.toHaveProperty("push");
    expect(load({}).feeds[0]?.timing.settleDelayMs).toBe(MINUTE_MS);
    expect(load(on).feeds[0]).toMatchObject({ push: true, timing: { settleDelayMs: 15 * MINUTE_MS } });
    expect(load({ ...on, SETTLE_DELAY: "PT20M" }).feeds[0]?.timing.settleDelayMs).toBe(20 * MINUTE_MS);
  });

  it("is one of several, each by its own entry", () => {
    const feeds = JSON.stringify([{ name: "rooms", push: true }, { name: "doors" }]);
    const [rooms, doors] = load({ WEBHOOK: "on", FEEDS: feeds }).feeds;
    expect(rooms).toMatchObject({ push: true, timing: { settleDelayMs: 15 * MINUTE_MS } });
    expect(doors).not.toHaveProperty("push");
    expect(doors?.timing.settleDelayMs).toBe(MINUTE_MS);
  });

  it("may read through a view that says its time", () => {
    expect(load({ ...on, ...view, MICROSHARE_TIME_FIELD: "createDate" }).feeds[0]).toMatchObject({ push: true });
  });

  const wrong: [string, Record<string, string>, RegExp][] = [
    ["a settle delay below a quarter of an hour", { ...on, SETTLE_DELAY: "PT5M" }, /^SETTLE_DELAY .*at least PT15M/],
    ["no webhook", { FEED_PUSH: "true" }, /^FEED_PUSH .*webhook.*off.*Set WEBHOOK to on/],
    ["a view whose time is not told", { ...on, ...view }, /^MICROSHARE_TIME_FIELD is auto, but push is on/],
    [
      "a view that chooses",
      { ...on, ...view, MICROSHARE_TIME_FIELD: "createDate", MICROSHARE_VIEW_PARAMETERS: `{"field1":"x"}` },
      /^MICROSHARE_VIEW_PARAMETERS makes the view choose/,
    ],
    [
      "a dashboard",
      { ...on, ...view, MICROSHARE_FEED_KIND: "dashboard", MICROSHARE_LOCATIONS: `["Tower"]` },
      /^FEED_PUSH .*dashboard/,
    ],
    [
      "a sink that cannot be read back",
      {
        ...on,
        SINKS: `[{"name":"queue","kind":"service-bus","connectionStringSetting":"QUEUE_CONNECTION"}]`,
        QUEUE_CONNECTION:
          "Endpoint=sb://example.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=a2V5;EntityPath=records",
        EVENT_HUB_CONNECTION_STRING: "",
      },
      /^SINKS \(sink "queue"\) is of kind service-bus, which cannot be read back.*feed "default"/,
    ],
  ];
  it.each(wrong)("cannot have %s", (_, settings, line) => {
    expect(linesOf(settings).filter((one) => line.test(one))).toHaveLength(1);
  });

  it("says in which entry of the list something is wrong", () => {
    const feeds = (entry: object): string => JSON.stringify([{ name: "rooms", push: true, ...entry }]);
    expect(linesOf({ WEBHOOK: "on", FEEDS: feeds({ settleDelay: "PT1M" }) })).toEqual([
      expect.stringContaining('FEEDS (feed "rooms", settleDelay) is PT1M, but push is on'),
    ]);
    expect(linesOf({ FEEDS: feeds({}) })).toEqual([expect.stringContaining('FEEDS (feed "rooms", push) is true')]);
  });
});
