// Settings that say what is read (one feed, or a list of feeds) and how each feed is read.
import { anyText, duration, oneOf, parsedBy, startFrom, textLike, wholeNumber, yesOrNo } from "./formats.ts";
import { textArray, textArrayOrName, viewParameters } from "./json-formats.ts";
import { settings } from "./setting.ts";
import type { DeviceCluster } from "./settings.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

const what = "What is read";
const how = "How it is read";

const REC_TYPE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const recType = textLike(REC_TYPE, "is not a record type in dot notation");

const objectId = textLike(/^[A-Za-z0-9]{1,64}$/, "is not an object id");

const names = textArray.refine((list) => list.length > 0, "is an empty list");

const deviceCluster = parsedBy<DeviceCluster>((text) => {
  const [type = "", id = "", ...rest] = text.split("/");
  const right = rest.length === 0 && REC_TYPE.test(type) && /^[A-Za-z0-9]{1,64}$/.test(id);
  return right ? { value: { recType: type, id } } : { problem: "is not of the form recType/id" };
});

/** About the one feed of a simple set-up; a list of feeds says it for each. */
export const feedSettings = settings({
  MICROSHARE_FEED_KIND: {
    group: what,
    schema: oneOf(["share", "view", "dashboard"]),
    format: "`share`, `view` or `dashboard`",
    example: "dashboard",
    reason:
      "Plain records, a view that passes records through, or a view grouped by place. Without it: `view` when a view id is given, else `share`.",
  },
  MICROSHARE_REC_TYPE: {
    group: what,
    schema: recType,
    default: "io.microshare.lake.snapshot.hourly",
    format: "a record type in dot notation",
    example: "io.microshare.peoplecounter.unpacked.event.agg",
    reason: "Type of the data, also when a view delivers it.",
  },
  MICROSHARE_VIEW_ID: {
    group: what,
    schema: objectId,
    format: "the id of a view: 24 hexadecimal digits",
    example: "650000000000000000000001",
    reason: "The view to read through. Needed for `view` and `dashboard`.",
    localExample: "",
  },
  MICROSHARE_VIEW_REC_TYPE: {
    group: what,
    schema: recType,
    default: "io.microshare.fm.master.agg",
    format: "a record type in dot notation",
    example: "io.microshare.fm.master.agg",
    reason: "Type of the view itself, which is part of its address. Most vendor views have the default.",
  },
  MICROSHARE_VIEW_PARAMETERS: {
    group: what,
    schema: viewParameters,
    format: "a JSON object of placeholder names and values",
    example: `{"field1":"current","category":"space","metric":"occupancy","ownerOrg":"\\"[a-zA-Z]\\""}`,
    reason:
      "Values for the view's other placeholders, such as field1 to field6, category, metric and ownerOrg. A view refuses the call when one is missing.",
  },
  MICROSHARE_VIEW_LIMIT: {
    group: what,
    schema: wholeNumber(1, 1_000_000),
    format: "records, 1 to 1000000",
    example: "2500",
    reason:
      "The `$limit` in the view's definition. Needed where the definition cannot be read: 999 is assumed then, the platform's own silent limit, with a warning on every run. Wins over the definition.",
  },
  MICROSHARE_LOCATIONS: {
    group: what,
    schema: names,
    format: "a JSON array of names, as the data itself spells them",
    example: `["North Tower","South Tower"]`,
    reason:
      "The places (loc1) a dashboard is read for, one after the other. For a view whose parameter loc1 is a pattern: the places to ask for one by one where a single moment is too full.",
  },
  MICROSHARE_DEVICE_CLUSTER: {
    group: what,
    schema: deviceCluster,
    format: "recType/id of a device cluster",
    example: "io.microshare.peoplecounter.packed/650000000000000000000002",
    reason:
      "Instead of MICROSHARE_LOCATIONS: the places are taken from the devices of this cluster. One that vanishes from it is still read, with a warning.",
  },
  MICROSHARE_CATEGORIES: {
    group: what,
    schema: names,
    format: "a JSON array of names",
    example: `["space","people"]`,
    reason:
      "For a view with a placeholder category: the categories to read, each on its own. Where the view's parameters give category as a pattern, only what is too full otherwise is read one by one.",
  },
  MICROSHARE_METRICS: {
    group: what,
    schema: names,
    format: "a JSON array of names",
    example: `["occupancy","temperature"]`,
    reason: "The same for a view with a placeholder metric.",
  },
  MICROSHARE_COUNT_VIEW_ID: {
    group: what,
    schema: objectId,
    format: "the id of a view: 24 hexadecimal digits",
    example: "650000000000000000000003",
    reason:
      "A view that ends in `$count`, with the same time field and placeholders as the feed's view: each window is counted by it, and a window of which fewer records were read stops the feed. It costs one call per window.",
  },
  FEED_PUSH: {
    group: what,
    schema: yesOrNo,
    default: "false",
    format: "`true` or `false`",
    example: "true",
    reason:
      "Takes this feed's records from the webhook too, within a second, beside the polling that finds what was missed: see docs/push.md. For `share` feeds, and views that pass records through, to event hubs.",
  },
  FEEDS: {
    group: what,
    schema: anyText,
    format: "a JSON array of feeds (see below)",
    example: `[{"name":"rooms","recType":"io.microshare.lake.snapshot.hourly"}]`,
    reason:
      'Several feeds. Takes the place of the single-feed settings above; those under "How it is read" stay the default of every feed.',
  },
  FEEDS_FILE: {
    group: what,
    schema: anyText,
    format: "path of a JSON file, from the folder of the app",
    example: "feeds.json",
    reason: "The same as FEEDS, in a file of the deployed package.",
  },
});

/** Defaults for every feed. */
export const readingSettings = settings({
  MICROSHARE_DATA_CONTEXT: {
    group: how,
    schema: textArrayOrName,
    format: "a JSON array of tags, or one bare name",
    example: `["Example Facilities","solutions","room"]`,
    reason:
      "Tags that must all be in `data.meta.global`: a parameter of views and dashboards, a filter of the bridge for share feeds.",
    localExample: "",
  },
  MICROSHARE_OWNER_FILTER: {
    group: how,
    schema: anyText,
    format: "part of a name",
    example: "com.example",
    reason:
      "Only records whose `owner.org` contains it. An error for feeds whose records carry no owner, such as dashboards.",
  },
  MICROSHARE_TIME_FIELD: {
    group: how,
    schema: oneOf(["auto", "createDate", "data.meta.iot.time", "data.time"]),
    default: "auto",
    format: "`auto`, `createDate`, `data.meta.iot.time` or `data.time`",
    example: "createDate",
    reason:
      "The clock by which a view chooses the records of a window. `auto` accepts any of a record's clocks. Share feeds always go by the time of storage.",
  },
  MICROSHARE_VIEW_TRAILING_SLASH: {
    group: how,
    schema: yesOrNo,
    default: "true",
    format: "`true` or `false`",
    example: "false",
    reason: "Whether the address of a view ends with a slash. Some tenants answer 403 without it.",
  },
  MICROSHARE_PAGE_SIZE: {
    group: how,
    schema: wholeNumber(1, 999),
    default: "999",
    format: "records, 1 to 999",
    example: "500",
    reason: "Records per page. More than 999 is not known to work.",
  },
  START_FROM: {
    group: how,
    schema: startFrom,
    default: "PT24H",
    format: "an ISO 8601 time with its zone, or an ISO 8601 duration back from the first attempt",
    example: "2026-03-01T00:00:00Z",
    reason:
      "Where a feed begins. Resolved at the first attempt and stored: a later change has no effect on a feed that has begun.",
  },
  LOOKBACK: {
    group: how,
    schema: duration(0, 7 * DAY_MS),
    default: "PT6H",
    format: "an ISO 8601 duration, PT0S to P7D",
    example: "PT12H",
    reason: "How far behind the watermark each run reads again, to catch late records.",
  },
  DEEP_LOOKBACK: {
    group: how,
    schema: duration(0, 31 * DAY_MS),
    default: "P3D",
    format: "an ISO 8601 duration, at least LOOKBACK, at most P31D",
    example: "P7D",
    reason: "The same once a day, further back. The ids of all records of this span are kept to tell what is new.",
  },
  SETTLE_DELAY: {
    group: how,
    schema: duration(SECOND_MS, 60 * MINUTE_MS),
    default: "PT1M",
    format: "an ISO 8601 duration, PT1S to PT1H",
    example: "PT5M",
    reason:
      "How far behind now a run stops, so that records still being written wait for the next run. A clock that is wrong by more stops the feed.",
  },
  WINDOW: {
    group: how,
    schema: duration(MINUTE_MS, 31 * DAY_MS),
    default: "PT1H",
    format: "an ISO 8601 duration, PT1M to P31D",
    example: "PT15M",
    reason: "Time span of one query. Smaller ones stay clear of the views' silent limit; too large ones are split.",
  },
  UPDATES: {
    group: how,
    schema: oneOf(["forward", "first-only"]),
    default: "forward",
    format: "`forward` or `first-only`",
    example: "first-only",
    reason:
      "What happens to a new version of a record that was delivered before: it is sent as well, or left out. Counted either way.",
  },
});
