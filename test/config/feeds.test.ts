import { describe, expect, it } from "vitest";
import { linesOf, load, twentyMinutes } from "./environments.ts";

const HOUR_MS = 3_600_000;
const feedsOf = (feeds: readonly object[], changes: Readonly<Record<string, string>> = {}) =>
  load({ FEEDS: JSON.stringify(feeds), ...changes }).feeds;

describe("a list of feeds", () => {
  it("may override everything per feed, in JSON", () => {
    const [feed] = feedsOf([
      {
        name: "people.2-x_1",
        kind: "dashboard",
        recType: "io.example.agg",
        viewId: "abc",
        viewRecType: "io.example.view",
        viewParameters: { field1: "daily_total" },
        viewLimit: 2500,
        categories: ["space"],
        metrics: ["occupancy", "co2"],
        countViewId: "def",
        locations: ["North Tower", "Süd, Turm"],
        dataContext: ["people"],
        timeField: "data.time",
        startFrom: "2026-03-01T00:00:00Z",
        lookback: "PT2H",
        deepLookback: "P1D",
        settleDelay: "PT5M",
        window: "PT15M",
        updates: "first-only",
        pageSize: 100,
      },
    ]);
    expect(feed).toEqual({
      name: "people.2-x_1",
      kind: "dashboard",
      recType: "io.example.agg",
      viewId: "abc",
      viewRecType: "io.example.view",
      viewParameters: { field1: "daily_total" },
      viewLimit: 2500,
      categories: ["space"],
      metrics: ["occupancy", "co2"],
      countViewId: "def",
      viewTrailingSlash: true,
      locations: ["North Tower", "Süd, Turm"],
      dataContext: ["people"],
      timeField: "data.time",
      timing: {
        startFrom: { kind: "time", at: Date.UTC(2026, 2, 1) },
        lookbackMs: 2 * HOUR_MS,
        deepLookbackMs: 24 * HOUR_MS,
        settleDelayMs: 300_000,
        windowMs: HOUR_MS / 4,
      },
      updates: "first-only",
      pageSize: 100,
    });
  });

  it("takes what an entry leaves out from the settings that say how feeds are read", () => {
    const shared = { LOOKBACK: "PT1H", MICROSHARE_DATA_CONTEXT: "room", MICROSHARE_OWNER_FILTER: "com.example" };
    const [rooms, doors] = feedsOf(
      [{ name: "rooms" }, { name: "doors", lookback: "PT3H", dataContext: "", ownerFilter: null }],
      shared,
    );
    expect(rooms).toMatchObject({ dataContext: ["room"], ownerFilter: "com.example", timing: { lookbackMs: HOUR_MS } });
    expect(doors).toMatchObject({ dataContext: [], timing: { lookbackMs: 3 * HOUR_MS } });
    expect(doors).not.toHaveProperty("ownerFilter");
  });

  it("makes an entry with a view id a view, unless it says otherwise", () => {
    const feeds = feedsOf([{ name: "a" }, { name: "b", viewId: "abc" }]);
    expect(feeds.map(({ kind }) => kind)).toEqual(["share", "view"]);
  });

  it("may give a view whose loc1 is a pattern the places to divide it by", () => {
    const view = { viewId: "abc", viewParameters: { loc1: ".*" } };
    const feeds = feedsOf([
      { name: "a", ...view, locations: ["North Tower", "South Annex"] },
      { name: "b", ...view, deviceCluster: "io.example.packed/abc" },
    ]);
    expect(feeds).toMatchObject([
      { kind: "view", locations: ["North Tower", "South Annex"] },
      { kind: "view", deviceCluster: { recType: "io.example.packed", id: "abc" } },
    ]);
  });

  it("may be checked by a counting view, whatever its kind", () => {
    const feeds = feedsOf([
      { name: "a", countViewId: "abc" },
      { name: "b", viewId: "abc", countViewId: "def" },
    ]);
    expect(feeds.map(({ countViewId }) => countViewId)).toEqual(["abc", "def"]);
  });

  it("leaves a share feed alone when the common time field is for views", () => {
    const feeds = feedsOf([{ name: "a" }, { name: "b", viewId: "abc" }], { MICROSHARE_TIME_FIELD: "data.time" });
    expect(feeds).toHaveLength(2);
  });

  it("may stand in a file", () => {
    const files = { ...twentyMinutes, feedsFile: { text: '[{"name":"a"},{"name":"b"}]' } };
    expect(load({ FEEDS_FILE: "feeds.json" }, files).feeds.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("has problems told for each entry, and those of common settings once", () => {
    const lines = linesOf({
      FEEDS: JSON.stringify([{ name: "a" }, { name: "b", window: "1h" }, { name: "c", window: 5 }]),
      LOOKBACK: "P2D",
      DEEP_LOOKBACK: "P1D",
    });
    expect(lines.map((line) => line.split(" ").slice(0, 4).join(" ")).toSorted()).toEqual([
      "DEEP_LOOKBACK is P1D, shorter",
      'FEEDS (feed "b", window)',
      'FEEDS (feed "c", window)',
    ]);
  });

  it("is checked by its own values where a common setting is wrong", () => {
    const lines = linesOf({ LOOKBACK: "6", FEEDS: '[{"name":"a","lookback":"PT5H","deepLookback":"PT1H"}]' });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('FEEDS (feed "a", deepLookback) is PT1H, shorter than the lookback');
  });

  it("is refused when it is too long", () => {
    const feeds = Array.from({ length: 101 }, (_, index) => ({ name: `feed-${index}` }));
    expect(linesOf({ FEEDS: JSON.stringify(feeds) })[0]).toContain("FEEDS lists 101 feeds, more than 100");
  });
});
